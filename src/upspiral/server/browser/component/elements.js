// How are the parts of the component made? Elements by name; every text is a text node, never markup.

const SVG = "http://www.w3.org/2000/svg";
const PATHS = {
  thumb: "M7 21V10l4-7.5c1.2 0 2.2 1 2 2.3L12.4 9H18a2 2 0 0 1 2 2.3l-1.2 8A2 2 0 0 1 16.8 21H7ZM7 10H4v11h3",
  star: "M12 3l2.7 5.7 6.3.8-4.6 4.3 1.2 6.2L12 17l-5.6 3 1.2-6.2L3 9.5l6.3-.8Z",
};

/**
 * Make an element.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | boolean | null | undefined>} [attributes] Null, undefined and false are left out.
 * @param {...(Node | string | null)} inside Strings become text.
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, attributes = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...inside.filter((one) => one !== null));
  return element;
}

/**
 * Make a picture that says nothing to a screen reader.
 *
 * @param {keyof typeof PATHS} name
 */
export function makeIcon(name) {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", "0 0 24 24");
  picture.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  picture.append(path);
  return picture;
}

/**
 * Give a class properties that are its attributes: `responseId` for `response-id`, as React sets them.
 *
 * @param {CustomElementConstructor} kind
 * @param {readonly string[]} attributes
 */
export function reflect(kind, attributes) {
  for (const name of attributes) {
    const property = name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
    if (property in kind.prototype) continue;
    Object.defineProperty(kind.prototype, property, {
      configurable: true,
      enumerable: true,
      get() {
        return this.getAttribute(name) ?? "";
      },
      set(value) {
        if (value === null || value === undefined) this.removeAttribute(name);
        else this.setAttribute(name, value instanceof Date ? value.toISOString() : String(value));
      },
    });
  }
}

/**
 * Read words that a page gives as JSON; what cannot be read is left out.
 *
 * @param {string | null} text
 * @returns {Record<string, string>}
 */
export function readTranslations(text) {
  try {
    const found = JSON.parse(text || "{}");
    const pairs = Object.entries(found).filter(([, value]) => typeof value === "string");
    return /** @type {Record<string, string>} */ (Object.fromEntries(pairs));
  } catch {
    return {};
  }
}
