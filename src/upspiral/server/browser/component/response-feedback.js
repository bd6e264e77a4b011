// <response-feedback>: how does somebody say in a page what they think of an answer?

import { Refused, UpspiralClient } from "./client.js";
import { make, makeIcon, readTranslations, reflect } from "./elements.js";
import { dress } from "./style.js";
import { findWords } from "./words.js";

/** @typedef {import("./client.js").Opinion} Opinion */
/** @typedef {import("./words.js").Words} Words */

const ATTRIBUTES = ["variant", "response-id", "token", "server", "lang", "translations", "labels"];
const LABELS = /** @type {const} */ ([
  ["helpful", "helpful"],
  ["wrong", "wrong"],
  ["incomplete", "incomplete"],
  ["too long", "tooLong"],
  ["rude", "rude"],
]);
const STARS = [1, 2, 3, 4, 5];
const SETTLE_MS = 400;
/** @type {Map<string, UpspiralClient>} */
const clients = new Map();

/**
 * Give the one client of a server in this page.
 *
 * @param {string} server
 */
export function clientOf(server) {
  const known = clients.get(server) ?? new UpspiralClient(server ? { server } : {});
  clients.set(server, known);
  return known;
}

/**
 * Lets somebody rate a response: `variant` is `thumbs`, `stars` or `full` (stars, labels, comment, correction).
 *
 * Events, which bubble: `feedback-sent` with the opinion and `status` (`sent` or `queued`), and
 * `feedback-refused` with the reason.
 */
export class ResponseFeedback extends HTMLElement {
  static observedAttributes = ATTRIBUTES;
  /** @type {Opinion} */
  #said = {};
  #root = this.attachShadow({ mode: "open", delegatesFocus: true });
  #status = make("p", { class: "status", role: "status" });
  #drawing = false;
  #settling = 0;
  #answersTo = "";
  /** @type {UpspiralClient | null} */
  #client = null;

  constructor() {
    super();
    dress(this.#root);
  }

  /** What somebody has chosen so far. @returns {Opinion} */
  get value() {
    return { ...this.#said };
  }

  /** Who sends it; a page may give a client of its own. */
  get client() {
    return this.#client ?? clientOf(this.getAttribute("server") ?? "");
  }

  set client(given) {
    this.#client = given;
  }

  connectedCallback() {
    this.#draw();
  }

  /**
   * @param {string} name
   * @param {string | null} before
   * @param {string | null} now
   */
  attributeChangedCallback(name, before, now) {
    if (before === now || !this.isConnected) return;
    if (name === "token" || name === "server") return; // nothing of it is seen
    this.#drawSoon();
  }

  /** Draw once, however many attributes a framework sets. */
  #drawSoon() {
    if (this.#drawing) return;
    this.#drawing = true;
    queueMicrotask(() => {
      this.#drawing = false;
      if (this.isConnected) this.#draw();
    });
  }

  #draw() {
    const about = this.getAttribute("response-id") ?? "";
    if (about !== this.#answersTo) {
      this.#said = {};
      this.#status.textContent = "";
    }
    this.#answersTo = about;
    const { words, lang, dir } = findWords(this, readTranslations(this.getAttribute("translations")));
    const variant = this.getAttribute("variant") ?? "thumbs";
    const parts = { stars: () => this.#drawStars(words), full: () => this.#drawFull(words) };
    const drawn = (parts[/** @type {keyof typeof parts} */ (variant)] ?? (() => this.#drawThumbs(words)))();
    this.#root.replaceChildren(make("div", { class: "root", lang, dir }, drawn, this.#status));
  }

  /** @param {Words} words */
  #drawThumbs(words) {
    const buttons = /** @type {const} */ (["up", "down"]).map((thumbs) => {
      const pressed = String(this.#said.thumbs === thumbs);
      const button = make("button", {
        type: "button",
        class: `icon ${thumbs}`,
        "aria-label": words[thumbs],
        title: words[thumbs],
        "aria-pressed": pressed,
      });
      button.append(makeIcon("thumb"));
      button.addEventListener("click", () => {
        this.#said = { thumbs };
        for (const one of buttons) one.setAttribute("aria-pressed", String(one === button));
        this.#send(words);
      });
      return button;
    });
    const question = make("span", { class: "question", id: "question" }, words.question);
    return make("div", { class: "row", role: "group", "aria-labelledby": "question" }, question, ...buttons);
  }

  /** @param {Words} words */
  #drawStars(words) {
    return this.#starRow(words, () => {
      clearTimeout(this.#settling); // with the arrow keys every star on the way is chosen
      const timer = /** @type {any} */ (setTimeout(() => this.#send(words), SETTLE_MS));
      this.#settling = timer;
    });
  }

  /**
   * @param {Words} words
   * @param {() => void} chosen
   */
  #starRow(words, chosen) {
    const row = make("div", { class: "stars" });
    const light = () => {
      for (const [at, label] of [...row.children].entries()) {
        label.classList.toggle("on", at < (this.#said.rating ?? 0));
      }
    };
    for (const rating of STARS) {
      const words_ = rating === 1 ? words.star : words.manyStars;
      const input = make("input", {
        type: "radio",
        name: "rating",
        value: String(rating),
        "aria-label": words_.replace("{n}", String(rating)),
        checked: this.#said.rating === rating,
      });
      input.addEventListener("change", () => {
        this.#said = { ...this.#said, rating };
        light();
        chosen();
      });
      const label = make("label", {}, input);
      label.append(makeIcon("star"));
      row.append(label);
    }
    light();
    return make("fieldset", {}, make("legend", {}, words.stars), row);
  }

  /** @param {Words} words */
  #drawFull(words) {
    const form = make(
      "form",
      { novalidate: true },
      this.#starRow(words, () => {}),
      this.#drawLabels(words),
      this.#drawField("comment", words.comment),
      this.#drawField("correction", words.correction),
      make("div", { class: "row" }, make("button", { class: "primary", type: "submit" }, words.send)),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send(words);
    });
    return form;
  }

  /** @param {Words} words */
  #drawLabels(words) {
    const own = this.getAttribute("labels")?.split(",").map((one) => one.trim()).filter(Boolean);
    const shown = own ? own.map((one) => [one, one]) : LABELS.map(([value, name]) => [value, words[name]]);
    const chips = shown.map(([value, text]) => {
      const box = make("input", { type: "checkbox", value, checked: this.#said.labels?.includes(value) });
      box.addEventListener("change", () => {
        const others = (this.#said.labels ?? []).filter((one) => one !== value);
        this.#said = { ...this.#said, labels: box.checked ? [...others, value] : others };
      });
      return make("label", { class: "chip" }, box, make("span", {}, text));
    });
    return make("fieldset", {}, make("legend", {}, words.labels), make("div", { class: "row" }, ...chips));
  }

  /**
   * @param {"comment" | "correction"} name
   * @param {string} text
   */
  #drawField(name, text) {
    const area = make("textarea", { id: name, rows: "2", maxlength: "10000", dir: "auto" });
    area.value = this.#said[name] ?? "";
    area.addEventListener("input", () => {
      this.#said = { ...this.#said, [name]: area.value };
    });
    return make("div", { class: "field" }, make("label", { class: "above", for: name }, text), area);
  }

  /** @param {Words} words */
  async #send(words) {
    const said = tidy(this.#said);
    if (Object.keys(said).length === 0) return this.#tell(words.empty, true);
    const about = this.#answersTo;
    this.#tell(words.sending);
    try {
      const token = this.getAttribute("token") ?? undefined;
      const { status } = await this.client.feedback({ responseId: about, ...said }, { token });
      if (about === this.#answersTo) this.#tell(status === "sent" ? words.sent : words.queued);
      this.#announce("feedback-sent", { responseId: about, ...said, status });
    } catch (error) {
      const expired = error instanceof Refused && error.status === 401;
      if (about === this.#answersTo) this.#tell(expired ? words.expired : words.refused, true);
      this.#announce("feedback-refused", { responseId: about, error });
    }
  }

  /**
   * @param {string} text
   * @param {boolean} [isBad]
   */
  #tell(text, isBad = false) {
    this.#status.textContent = text;
    this.#status.classList.toggle("bad", isBad);
  }

  /**
   * @param {string} name
   * @param {object} detail
   */
  #announce(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}

reflect(ResponseFeedback, ATTRIBUTES);

/**
 * Leave out what was not said.
 *
 * @param {Opinion} said
 * @returns {Opinion}
 */
function tidy(said) {
  const kept = Object.entries(said).map(([name, value]) => [name, typeof value === "string" ? value.trim() : value]);
  return Object.fromEntries(kept.filter(([, value]) => value !== "" && !(Array.isArray(value) && !value.length)));
}
