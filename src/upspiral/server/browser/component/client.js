// How does JavaScript tell a server of Upspiral what somebody thought of an answer? It is sent once, now or later.

import { Outbox } from "./storage.js";

/**
 * What somebody thinks of a response.
 *
 * @typedef {object} Opinion
 * @property {"up" | "down"} [thumbs]
 * @property {number} [rating] 1 to 5 stars.
 * @property {string[]} [labels] Up to 20 words that describe it.
 * @property {("copied" | "continued")[]} [actions] What was done with it.
 * @property {string} [comment]
 * @property {string} [correction] What should have been said.
 */

/**
 * An opinion with the response that it is about.
 *
 * @typedef {Opinion & {responseId: string, userId?: string}} Feedback
 */

/**
 * A response, with or without an opinion on it.
 *
 * @typedef {Feedback & {modelId: string, query: string, response: string, timestamp?: Date | string}} ModelResponse
 */

/**
 * What became of what was told: sent, or kept until the server can be reached.
 *
 * @typedef {{status: "sent" | "queued"}} Delivery
 */

/**
 * A token with which a page may rate one answer.
 *
 * @typedef {object} IssuedToken
 * @property {string} token
 * @property {string} interaction
 * @property {string} expires ISO 8601.
 */

/**
 * @typedef {object} ClientOptions
 * @property {string} [server] Address of the server; by default where this module came from.
 * @property {string} [key] An API key, on a server. A page must not have one; it gives a token with each call.
 * @property {typeof fetch} [fetch]
 * @property {import("./storage.js").KeyValueStorage} [storage] Where feedback waits; else localStorage.
 * @property {number} [attempts] How often a request is tried before it waits; 4.
 * @property {number} [pauseMs] Before the second attempt; each following pause is twice as long; 500.
 * @property {number} [timeoutMs] For one attempt; 10,000.
 */

const PATHS = {
  page: "/api/v1/response-feedback",
  feedback: "/api/analytics/response-quality/feedback",
  response: "/api/analytics/response-quality/response",
  token: "/api/v1/feedback-tokens",
};
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);
const MAX_PAUSE_MS = 600_000;
const MAX_RETRY_AFTER_S = 60;

/** The server will not do it, however often it is asked. */
export class Refused extends Error {
  /**
   * @param {number} status Of HTTP; 0 where it was never sent.
   * @param {string} code A stable word for the reason.
   * @param {string} message
   */
  constructor(status, code, message) {
    super(message);
    this.name = "Refused";
    this.status = status;
    this.code = code;
  }
}

/**
 * Tells a server what was thought of responses.
 *
 * Events: `sent` and `refused` for each entry of the queue, also for those of an earlier visit, and `dropped`
 * for one that there was no room for; each with the entry as `detail`.
 */
export class UpspiralClient extends EventTarget {
  #server;
  #key;
  #fetch;
  #attempts;
  #pauseMs;
  #timeoutMs;
  #outbox;
  /** @type {Promise<void> | null} */
  #flushing = null;
  /** @type {Map<string, Refused>} */
  #refused = new Map();
  #later = 0;
  #wait = 0;

  /** @param {ClientOptions} [options] */
  constructor(options = {}) {
    super();
    if (options.key && typeof document !== "undefined") {
      throw new TypeError("A page must not hold an API key: everybody who sees the page could read it. Give a token.");
    }
    this.#server = (options.server ?? new URL(import.meta.url).origin).replace(/\/+$/, "");
    this.#key = options.key ?? null;
    this.#fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
    this.#attempts = options.attempts ?? 4;
    this.#pauseMs = options.pauseMs ?? 500;
    this.#timeoutMs = options.timeoutMs ?? 10_000;
    this.#outbox = new Outbox(options.storage);
    globalThis.addEventListener?.("online", this.#retry);
  }

  /** How many requests wait to be sent. */
  get waiting() {
    return this.#outbox.list().length;
  }

  /**
   * Say what somebody thinks of a response. What a token's owner said before is replaced.
   *
   * @param {Feedback} said
   * @param {{token?: string}} [by] The token that came with the answer; needed in a page.
   * @returns {Promise<Delivery>}
   * @throws {Refused} The server refuses it.
   */
  feedback(said, { token } = {}) {
    const { userId: _who, ...opinion } = said;
    return token
      ? this.#tell(PATHS.page, opinion, { token, replaces: isJudgement(said) ? said.responseId : null })
      : this.#tell(PATHS.feedback, said, {});
  }

  /**
   * Record a response, together with what was thought of it; from a server, with a key.
   *
   * @param {ModelResponse} said
   * @returns {Promise<Delivery>}
   * @throws {Refused} The server refuses it.
   */
  response(said) {
    const { timestamp } = said;
    const at = timestamp instanceof Date ? timestamp.toISOString() : timestamp;
    return this.#tell(PATHS.response, { ...said, timestamp: at }, {});
  }

  /**
   * Ask for a token with which a page may rate one answer; from a server, with a key. It waits for the answer.
   *
   * @param {{interaction: string, endUser?: string, hours?: number}} wanted
   * @returns {Promise<IssuedToken>}
   * @throws {Refused} The server refuses it, or cannot be reached.
   */
  async feedbackToken({ interaction, endUser, hours }) {
    const body = { interaction, end_user: endUser, hours };
    const answer = await this.#sendOften(makeEntry(PATHS.token, body, {}));
    if (answer === null) throw new Refused(0, "unreachable", `${this.#server} does not answer.`);
    if (!answer.ok) throw await readRefusal(answer);
    return answer.json();
  }

  /** Send what waits, now; resolves when all of it was tried. */
  async flush() {
    this.#flushing ??= this.#sendAll().finally(() => {
      this.#flushing = null;
    });
    await this.#flushing;
  }

  /** Stop trying; what waits is sent by the next client. */
  close() {
    globalThis.removeEventListener?.("online", this.#retry);
    clearTimeout(this.#later);
  }

  /**
   * @param {string} path
   * @param {object} body
   * @param {{token?: string, replaces?: string | null}} about
   * @returns {Promise<Delivery>}
   */
  async #tell(path, body, about) {
    if (!about.token && !this.#key) {
      throw new TypeError("There is neither a token nor a key. A page gives the token that came with the answer.");
    }
    const entry = makeEntry(path, body, about);
    for (const dropped of this.#outbox.put(entry)) {
      this.#announce("dropped", dropped);
      if (dropped.id === entry.id) throw new Refused(0, "no_room", "The feedback is too large to be kept.");
    }
    await this.#flushing; // what came before goes first
    await this.flush();
    const refused = this.#refused.get(entry.id);
    this.#refused.delete(entry.id);
    if (refused) throw refused;
    return { status: this.#outbox.has(entry.id) ? "queued" : "sent" };
  }

  async #sendAll() {
    /** @type {Set<string>} */
    const tried = new Set();
    for (;;) {
      const entry = this.#outbox.list().find((one) => !tried.has(one.id) && this.#maySend(one));
      if (!entry) break;
      tried.add(entry.id);
      const answer = await this.#sendOften(entry);
      if (answer === null) break; // the others would fare no better
      if (!answer.ok) {
        const refusal = await readRefusal(answer);
        this.#refused.set(entry.id, refusal);
        this.#announce("refused", { ...entry, refusal });
      } else {
        this.#announce("sent", entry);
      }
      this.#outbox.remove(entry.id);
    }
    this.#planRetry();
  }

  /**
   * Say whether this client can send an entry: one of a server's key waits for a client that has it.
   *
   * @param {import("./storage.js").Entry} entry
   */
  #maySend(entry) {
    return entry.token !== null || this.#key !== null;
  }

  /**
   * Send an entry, again after growing pauses.
   *
   * @param {import("./storage.js").Entry} entry
   * @returns {Promise<Response | null>} A final answer; null where there was none.
   */
  async #sendOften(entry) {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#send(entry);
      if (answer !== null && !(await isPassing(answer))) return answer;
      if (attempt >= this.#attempts) return null;
      const asked = Number(answer?.headers.get("retry-after")) || 0;
      if (asked > MAX_RETRY_AFTER_S) return null;
      await sleep(Math.max(asked * 1000, this.#pauseMs * 2 ** (attempt - 1) * (1 + Math.random())));
    }
  }

  /**
   * @param {import("./storage.js").Entry} entry
   * @returns {Promise<Response | null>} Null where the server cannot be reached.
   */
  async #send(entry) {
    try {
      return await this.#fetch(this.#server + entry.path, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          authorization: `Bearer ${entry.token ?? this.#key}`,
          "idempotency-key": entry.id,
        },
        body: JSON.stringify(entry.body),
        credentials: "omit",
        referrerPolicy: "no-referrer",
        keepalive: true,
        signal: AbortSignal.timeout(this.#timeoutMs),
      });
    } catch {
      return null;
    }
  }

  #retry = () => {
    this.#wait = 0;
    this.flush();
  };

  /** Try again later what still waits, ever more seldom. */
  #planRetry() {
    clearTimeout(this.#later);
    if (!this.#outbox.list().some((one) => this.#maySend(one))) {
      this.#wait = 0;
      return;
    }
    this.#wait = Math.min(Math.max(this.#wait * 2, this.#pauseMs * 20), MAX_PAUSE_MS);
    /** @type {any} */
    const timer = setTimeout(() => this.flush(), this.#wait);
    timer.unref?.(); // a program in Node.js ends nevertheless
    this.#later = timer;
  }

  /**
   * @param {string} kind
   * @param {object} detail
   */
  #announce(kind, detail) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}

/** @param {Opinion} said */
function isJudgement({ thumbs, rating, labels, comment, correction }) {
  return [thumbs, rating, comment, correction].some((one) => one !== undefined) || Boolean(labels?.length);
}

/**
 * @param {string} path
 * @param {object} body
 * @param {{token?: string, replaces?: string | null}} about
 * @returns {import("./storage.js").Entry}
 */
function makeEntry(path, body, { token, replaces }) {
  const said = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
  return { id: makeId(), at: Date.now(), path, body: said, token: token ?? null, replaces: replaces ?? null };
}

/** Make a random name; `crypto.randomUUID` is missing in pages that came by plain HTTP. */
function makeId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
}

/** @param {number} ms */
function sleep(ms) {
  return new Promise((done) => setTimeout(done, ms));
}

/**
 * Say whether an answer is none yet: too much at once, a fault inside, or the same request under way.
 *
 * @param {Response} answer
 */
async function isPassing(answer) {
  if (PASSING.has(answer.status)) return true;
  if (answer.status !== 409) return false;
  const said = await answer.clone().json().catch(() => null);
  return said?.title?.startsWith("The same request is under way") === true;
}

/**
 * @param {Response} answer
 * @returns {Promise<Refused>}
 */
async function readRefusal(answer) {
  const said = await answer.json().catch(() => ({}));
  const words = [said.title ?? `The server answered ${answer.status}.`, said.hint].filter(Boolean).join(" ");
  return new Refused(answer.status, said.code ?? "http_error", words);
}
