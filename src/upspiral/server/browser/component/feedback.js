// The feedback component: load it once, and <response-feedback> and <response-message> work in the page.

import { ResponseFeedback } from "./response-feedback.js";
import { ResponseMessage } from "./response-message.js";

const ELEMENTS = { "response-feedback": ResponseFeedback, "response-message": ResponseMessage };
for (const [name, kind] of Object.entries(ELEMENTS)) {
  if (!customElements.get(name)) customElements.define(name, kind);
}

export { Refused, UpspiralClient } from "./client.js";
export { LANGUAGES } from "./words.js";
export { ResponseFeedback, ResponseMessage };
