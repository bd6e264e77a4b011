// <response-message>: a question, its answer, and what people think of it, as plain text whatever a model wrote.

import { make, reflect, readTranslations } from "./elements.js";
import { ResponseFeedback, clientOf } from "./response-feedback.js";
import { dress } from "./style.js";
import { findWords } from "./words.js";

const PASSED_ON = ["response-id", "token", "server", "lang", "translations", "labels"];
const ATTRIBUTES = [...PASSED_ON, "model-id", "query", "response", "timestamp", "feedback-variant"];
const COPIED_MS = 2000;

/** Shows one answer of a model with the element to rate it; without a `response-id` it cannot be rated. */
export class ResponseMessage extends HTMLElement {
  static observedAttributes = ATTRIBUTES;
  #root = this.attachShadow({ mode: "open" });
  #feedback = /** @type {ResponseFeedback} */ (document.createElement("response-feedback"));
  #drawing = false;

  constructor() {
    super();
    dress(this.#root);
  }

  connectedCallback() {
    this.#draw();
  }

  attributeChangedCallback() {
    if (this.#drawing || !this.isConnected) return;
    this.#drawing = true;
    queueMicrotask(() => {
      this.#drawing = false;
      if (this.isConnected) this.#draw();
    });
  }

  #draw() {
    const { words, lang, dir } = findWords(this, readTranslations(this.getAttribute("translations")));
    for (const name of PASSED_ON) {
      const value = this.getAttribute(name);
      if (value === null) this.#feedback.removeAttribute(name);
      else this.#feedback.setAttribute(name, value);
    }
    this.#feedback.setAttribute("variant", this.getAttribute("feedback-variant") ?? "thumbs");
    const query = this.getAttribute("query");
    const foot = make("div", { class: "foot" }, this.#drawTime(lang), this.#drawCopy(words));
    this.#root.replaceChildren(
      make(
        "article",
        { class: "message", lang, dir, "aria-label": words.assistant },
        query ? this.#drawTurn(words.you, query, "turn mine") : null,
        this.#drawTurn(this.getAttribute("model-id") || words.assistant, this.getAttribute("response") ?? "", "turn"),
        foot,
        this.getAttribute("response-id") ? this.#feedback : null,
      ),
    );
  }

  /**
   * @param {string} who
   * @param {string} text
   * @param {string} kind
   */
  #drawTurn(who, text, kind) {
    return make(
      "div",
      { class: kind },
      make("p", { class: "who", dir: "auto" }, who),
      make("p", { class: "text", dir: "auto" }, text),
    );
  }

  /** @param {string} lang */
  #drawTime(lang) {
    const at = new Date(this.getAttribute("timestamp") ?? "");
    if (Number.isNaN(at.getTime())) return make("span");
    const shown = new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeStyle: "short" }).format(at);
    return make("time", { datetime: at.toISOString() }, shown);
  }

  /** @param {import("./words.js").Words} words */
  #drawCopy(words) {
    if (!navigator.clipboard) return null; // the page came by plain HTTP
    const button = make("button", { class: "plain", type: "button" }, words.copy);
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(this.getAttribute("response") ?? "");
      } catch {
        return; // the browser did not let us
      }
      button.textContent = words.copied;
      setTimeout(() => (button.textContent = words.copy), COPIED_MS);
      await this.#tellCopied();
    });
    return button;
  }

  /** Copying an answer says a little of it: a hint that people's ratings have to confirm. */
  async #tellCopied() {
    const [token, responseId] = [this.getAttribute("token"), this.getAttribute("response-id")];
    if (!token || !responseId) return;
    const client = clientOf(this.getAttribute("server") ?? "");
    await client.feedback({ responseId, actions: ["copied"] }, { token }).catch(() => null);
  }
}

reflect(ResponseMessage, ATTRIBUTES);
