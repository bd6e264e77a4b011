// Where does feedback wait until it is sent? Each entry under a key of its own, so that two tabs disturb nothing.

/**
 * One request that waits.
 *
 * @typedef {object} Entry
 * @property {string} id Its idempotency key: the server does it once, however often it comes.
 * @property {number} at When it was given, in milliseconds since 1970.
 * @property {string} path
 * @property {Record<string, unknown>} body
 * @property {string | null} token What lets a page rate; null where the client's own key is sent.
 * @property {string | null} replaces What it is about: a newer entry about the same takes its place.
 */

/**
 * The part of `Storage` that is used, so that a page may keep its feedback elsewhere.
 *
 * @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">} KeyValueStorage
 */

export const MAX_ENTRIES = 100;
export const MAX_ENTRY_CHARS = 65_536;
const PREFIX = "upspiral:feedback:";

/** Entries in the storage of the browser, or in memory where it has none or refuses. */
export class Outbox {
  #storage;

  /** @param {KeyValueStorage} [storage] */
  constructor(storage = findStorage()) {
    this.#storage = storage;
  }

  /**
   * Keep an entry; the oldest make room for it.
   *
   * @param {Entry} entry
   * @returns {Entry[]} What was dropped for it: the oldest, or itself where it is too large.
   */
  put(entry) {
    const text = JSON.stringify(entry);
    if (text.length > MAX_ENTRY_CHARS) return [entry];
    const older = this.list();
    for (const one of older) {
      if (entry.replaces !== null && one.replaces === entry.replaces) this.remove(one.id);
    }
    const left = this.list();
    const dropped = left.slice(0, Math.max(0, left.length + 1 - MAX_ENTRIES));
    for (const one of dropped) this.remove(one.id);
    return this.#write(entry.id, text) ? dropped : [...dropped, entry];
  }

  /** @param {string} id */
  remove(id) {
    this.#storage.removeItem(PREFIX + id);
  }

  /** @param {string} id */
  has(id) {
    return this.#storage.getItem(PREFIX + id) !== null;
  }

  /**
   * Give what waits, oldest first.
   *
   * @returns {Entry[]}
   */
  list() {
    const names = Array.from({ length: this.#storage.length }, (_, at) => this.#storage.key(at));
    const found = names.filter((name) => name?.startsWith(PREFIX)).map((name) => this.#read(String(name)));
    return found.filter((one) => one !== null).sort((a, b) => a.at - b.at);
  }

  /**
   * @param {string} name
   * @returns {Entry | null}
   */
  #read(name) {
    try {
      const entry = JSON.parse(this.#storage.getItem(name) ?? "null");
      if (typeof entry?.id === "string" && typeof entry.path === "string") return entry;
    } catch {
      // Somebody else's value under our name: it is of no use to anybody.
    }
    this.#storage.removeItem(name);
    return null;
  }

  /**
   * @param {string} id
   * @param {string} text
   */
  #write(id, text) {
    try {
      this.#storage.setItem(PREFIX + id, text);
      return true;
    } catch {
      return false; // the storage is full
    }
  }
}

/** @returns {KeyValueStorage} */
function findStorage() {
  try {
    const found = globalThis.localStorage;
    found.setItem(`${PREFIX}?`, "1");
    found.removeItem(`${PREFIX}?`);
    return found;
  } catch {
    return new MemoryStorage();
  }
}

/** Keeps values as long as the page is open. */
export class MemoryStorage {
  /** @type {Map<string, string>} */
  #values = new Map();

  get length() {
    return this.#values.size;
  }

  /** @param {number} at */
  key(at) {
    return [...this.#values.keys()][at] ?? null;
  }

  /** @param {string} name */
  getItem(name) {
    return this.#values.get(name) ?? null;
  }

  /**
   * @param {string} name
   * @param {string} value
   */
  setItem(name, value) {
    this.#values.set(name, value);
  }

  /** @param {string} name */
  removeItem(name) {
    this.#values.delete(name);
  }
}
