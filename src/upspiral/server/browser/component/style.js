// What does the component look like? A page changes it by the variables that begin with --upspiral.

export const STYLE = `
:host {
  display: block;
  color: var(--upspiral-text, light-dark(#1f2328, #e6e8eb));
  font: var(--upspiral-font, 0.9375rem / 1.5 system-ui, sans-serif);
  --accent: var(--upspiral-accent, light-dark(#1a56c4, #8ab4f8));
  --on-accent: var(--upspiral-on-accent, light-dark(#ffffff, #10213f));
  --muted: var(--upspiral-muted, light-dark(#57606a, #a7b0ba));
  --surface: var(--upspiral-surface, light-dark(#ffffff, #1b1f24));
  --border: var(--upspiral-border, light-dark(#767f89, #7d8792));
  --star: var(--upspiral-star, light-dark(#9a6700, #f2c744));
  --danger: var(--upspiral-danger, light-dark(#b42318, #ff9a8f));
  --radius: var(--upspiral-radius, 0.5rem);
}
:host([hidden]) { display: none }
:host([theme="light"]) { color-scheme: light }
:host([theme="dark"]) { color-scheme: dark }
* { box-sizing: border-box }
p, h3, fieldset, figure { margin: 0; padding: 0; border: 0; min-inline-size: 0 }
form, .root { display: grid; gap: 0.75rem }
.row { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem }
.question, legend, label.above { color: var(--muted); font-size: 0.875em; padding: 0 }
legend { margin-block-end: 0.25rem }
button, textarea, .chip {
  font: inherit; color: inherit; background: var(--surface);
  border: 1px solid var(--border); border-radius: var(--radius);
}
button { padding: 0.375rem 0.75rem; min-block-size: 2.25rem; min-inline-size: 2.25rem; cursor: pointer }
button:hover { border-color: var(--accent) }
button[aria-pressed="true"], button.primary {
  background: var(--accent); border-color: var(--accent); color: var(--on-accent);
}
button.icon { display: inline-grid; place-items: center; padding: 0.375rem }
button.plain { border-color: transparent; background: none; color: var(--muted) }
button[aria-disabled="true"] { cursor: progress }
svg { inline-size: 1.25rem; block-size: 1.25rem; fill: none; stroke: currentColor; stroke-width: 1.75;
  stroke-linecap: round; stroke-linejoin: round }
.down svg { transform: rotate(180deg) }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.stars { display: inline-flex; margin-inline-start: -0.5rem }
.stars label { position: relative; display: grid; place-items: center; inline-size: 2.25rem;
  block-size: 2.25rem; color: var(--border); cursor: pointer }
.stars label.on { color: var(--star) }
.stars label.on svg { fill: currentColor }
.stars input, .chip input { position: absolute; inset: 0; inline-size: 100%; block-size: 100%; margin: 0;
  opacity: 0; cursor: pointer }
.stars label:has(:focus-visible), .chip:has(:focus-visible) { outline: 3px solid var(--accent);
  outline-offset: 1px; border-radius: var(--radius) }
.chip { position: relative; padding: 0.25rem 0.75rem; min-block-size: 2rem }
.chip:hover { border-color: var(--accent) }
.chip:has(:checked) { background: var(--accent); border-color: var(--accent); color: var(--on-accent) }
.field { display: grid; gap: 0.25rem }
textarea { inline-size: 100%; padding: 0.5rem; resize: vertical; min-block-size: 2.75rem }
.status { min-block-size: 1.5em; color: var(--muted); font-size: 0.875em }
.status.bad { color: var(--danger) }
.message { display: grid; gap: 0.5rem }
.turn { padding: 0.75rem 1rem; border: 1px solid var(--border); border-radius: var(--radius);
  background: var(--surface) }
.turn.mine { background: none; border-style: dashed }
.who { color: var(--muted); font-size: 0.8125em; font-weight: 600 }
.text { white-space: pre-wrap; overflow-wrap: anywhere }
.foot { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 0.5rem }
time { color: var(--muted); font-size: 0.8125em }
@media (pointer: coarse) {
  button, .stars label { min-block-size: 2.75rem; min-inline-size: 2.75rem }
  .chip { min-block-size: 2.5rem; padding-block: 0.5rem }
}
@media (prefers-reduced-motion: no-preference) {
  button, .chip, .stars label { transition: background-color 120ms, color 120ms, border-color 120ms }
}
@media (forced-colors: active) {
  button[aria-pressed="true"], .chip:has(:checked), .stars label.on { outline: 2px solid Highlight }
}
`;

/** @type {CSSStyleSheet | null} */
let sheet = null;

/**
 * Dress a shadow root. A constructed sheet needs no permission of a page's content security policy.
 *
 * @param {ShadowRoot} root
 */
export function dress(root) {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
  }
  root.adoptedStyleSheets = [sheet];
}
