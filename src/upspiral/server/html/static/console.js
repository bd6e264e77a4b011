// What moves by itself where scripts run? A form that sends itself, keys for labels, and charts that answer the pointer.
// Every page works without this file.
"use strict";

document.documentElement.classList.add("scripted");

// htmx writes what this server sends into the page; no other script may write markup.
if (window.htmx && window.trustedTypes) {
  const policy = window.trustedTypes.createPolicy("upspiral", { createHTML: (text) => text });
  window.htmx.registerExtension("upspiral", { init: (api) => api.initSecurity(policy) });
}

document.addEventListener("change", (event) => {
  const field = event.target.closest("[data-submit]");
  if (field) field.form.requestSubmit();
});

// A key presses the button that names it, unless somebody is writing.
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
  const button = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (button) button.click();
});

function readNumbers(figure) {
  const cells = (row) => [...row.cells].map((cell) => cell.textContent.trim());
  const share = (text) => (/\d/.test(text) ? parseFloat(text) / 100 : null);
  const rows = [...figure.querySelectorAll("tbody tr")].map(cells);
  return {
    labels: rows.map((row) => row[0]),
    series: [1, 2, 3].map((at) => rows.map((row) => share(row[at]))),
    notes: rows.map((row) => ("notes" in figure.dataset && row[4]) || ""),
  };
}

// What happened on a day, such as the end of a night, is marked on the line.
function markNotes(chart, notes, color) {
  const context = chart.ctx;
  context.save();
  context.strokeStyle = color;
  context.lineWidth = 2 * devicePixelRatio;
  notes.forEach((note, at) => {
    if (!note) return;
    const height = chart.valToPos(chart.data[1][at] ?? 0, "y", true);
    context.beginPath();
    context.arc(chart.valToPos(at, "x", true), height, 5 * devicePixelRatio, 0, 2 * Math.PI);
    context.stroke();
  });
  context.restore();
}

function drawChart(figure) {
  const drawing = figure.querySelector("svg");
  const { labels, series, notes } = readNumbers(figure);
  if (labels.length < 2) return;
  const probe = figure.appendChild(document.createElement("span"));
  const color = (name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const mark = color("--text");
  const place = document.createElement("div");
  const percent = (value) => (value === null || value === undefined ? "–" : `${(100 * value).toFixed(1)} %`);
  const axis = { stroke: color("--muted"), grid: { stroke: color("--line"), width: 1 }, ticks: { show: false } };
  const showNewest = (chart) => chart.cursor.idx === null && chart.setLegend({ idx: labels.length - 1 }, false);
  const bound = { points: { show: false }, stroke: "transparent", value: (_, value) => percent(value) };
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", drawing.getAttribute("aria-label"));
  const options = {
    width: Math.max(280, figure.clientWidth),
    height: 240,
    scales: { x: { time: false }, y: { range: [0, 1] } },
    axes: [
      { ...axis, values: (_, at) => at.map((one) => labels[one] || ""), space: 90, incrs: [1, 2, 5, 10, 20, 50, 100] },
      { ...axis, values: (_, at) => at.map((one) => `${Math.round(100 * one)} %`), size: 56 },
    ],
    series: [
      { label: "Day", value: (_, at) => [labels[at] || "–", notes[at]].filter(Boolean).join(": ") },
      { label: "Rate", stroke: color("--accent"), width: 2, value: (_, value) => percent(value), points: { size: 5 } },
      { label: "Low", ...bound },
      { label: "High", ...bound },
    ],
    bands: [{ series: [3, 2], fill: color("--band") }],
    hooks: { draw: [(chart) => markNotes(chart, notes, mark)], setCursor: [showNewest], ready: [showNewest] },
  };
  probe.remove();
  const chart = new window.uPlot(options, [labels.map((_, at) => at), ...series], place);
  drawing.replaceWith(place);
  new ResizeObserver(() => chart.setSize({ width: Math.max(280, figure.clientWidth), height: 240 })).observe(figure);
}

function drawCharts() {
  if (!window.uPlot) return;
  document.querySelectorAll("figure[data-chart]").forEach((figure) => {
    if (figure.querySelector("svg")) drawChart(figure);
  });
}

drawCharts();
document.addEventListener("htmx:after:swap", drawCharts);
