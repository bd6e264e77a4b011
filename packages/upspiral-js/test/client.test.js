// A client in Node.js against a real server, with a proxy between them that fails on command.

import assert from "node:assert/strict";
import http from "node:http";
import { after, afterEach, before, test } from "node:test";
import { Refused, UpspiralClient } from "upspiral-js";

const { UPSPIRAL_URL: server, UPSPIRAL_KEY: key } = process.env;
/** @type {((request: http.IncomingMessage, response: http.ServerResponse) => boolean)[]} */
const faults = [];
/** @type {{at: number, path: string, id: string}[]} */
const seen = [];
/** @type {http.Server} */
let proxy;
let url = "";
let count = 0;
/** @type {UpspiralClient[]} */
const opened = [];

/** Keeps values as `localStorage` does. */
class Shelf extends Map {
  get length() {
    return this.size;
  }
  key = (at) => [...this.keys()][at] ?? null;
  getItem = (name) => this.get(name) ?? null;
  setItem = (name, value) => void this.set(name, value);
  removeItem = (name) => void this.delete(name);
}

before(async () => {
  proxy = http.createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    seen.push({ at: Date.now(), path: request.url, id: request.headers["idempotency-key"] });
    const fault = faults.shift();
    if (fault?.(request, response)) return;
    const { host: _host, connection: _connection, ...headers } = request.headers;
    const answer = await fetch(server + request.url, { method: "POST", headers, body: Buffer.concat(parts) });
    const body = await answer.text();
    if (fault) return void response.destroy(); // it was done, and nobody learns of it
    response.writeHead(answer.status, { "content-type": "application/json" }).end(body);
  });
  await new Promise((done) => proxy.listen(0, "127.0.0.1", done));
  url = `http://127.0.0.1:${proxy.address().port}`;
});

after(() => proxy.close());

afterEach(() => {
  for (const one of opened.splice(0)) one.close();
  faults.length = seen.length = 0;
});

function open(more = {}) {
  const client = new UpspiralClient({ server: url, key, pauseMs: 20, storage: new Shelf(), ...more });
  opened.push(client);
  return client;
}

async function record(client, more = {}) {
  const responseId = `js-${process.pid}-${(count += 1)}`;
  await client.response({ responseId, modelId: "shop-bot", query: "Hi", response: "Hello.", ...more });
  return responseId;
}

async function listFeedback(ident) {
  const headers = { authorization: `Bearer ${key}` };
  const answer = await fetch(`${server}/api/v1/feedback?interaction=${ident}`, { headers });
  return (await answer.json()).items;
}

const refuse = (status, headers = {}) => (_, response) => {
  response.writeHead(status, headers).end("{}");
  return true;
};
const cut = (_, response) => {
  response.destroy();
  return true;
};
const loseAnswer = () => false;

test("a response with its feedback, and feedback later, arrive", async () => {
  const client = open();
  const ident = await record(client, { timestamp: new Date(0), rating: 5 });
  assert.deepEqual(await client.feedback({ responseId: ident, thumbs: "down", userId: "ben" }), { status: "sent" });
  const found = await listFeedback(ident);
  assert.deepEqual(found.map((one) => [one.rater, one.score]).sort(), [["anonymous", 1], ["ben", 0]]);
});

test("a token made by the server lets a client without a key rate that answer", async () => {
  const ident = await record(open());
  const { token } = await open().feedbackToken({ interaction: ident, endUser: "anna", hours: 1 });
  const page = open({ key: undefined });
  await page.feedback({ responseId: ident, thumbs: "down" }, { token });
  await page.feedback({ responseId: ident, thumbs: "up" }, { token });
  assert.deepEqual((await listFeedback(ident)).map((one) => [one.rater, one.score]), [["anna", 1]]);
  await assert.rejects(page.feedback({ responseId: "another", thumbs: "up" }, { token }), (error) => {
    assert(error instanceof Refused);
    assert.deepEqual([error.status, error.code], [403, "forbidden"]);
    return true;
  });
  assert.equal(page.waiting, 0);
});

test("what fails in passing is tried again after growing pauses, under one idempotency key", async () => {
  const client = open({ pauseMs: 60 });
  const ident = await record(client);
  seen.length = 0;
  faults.push(refuse(503), cut, refuse(429));
  assert.deepEqual(await client.feedback({ responseId: ident, thumbs: "up" }), { status: "sent" });
  assert.equal(seen.length, 4);
  assert.equal(new Set(seen.map((one) => one.id)).size, 1);
  const [first, , third] = seen.slice(1).map((one, at) => one.at - seen[at].at);
  assert(first >= 55 && third >= 235, `${first} and ${third} ms`);
});

test("the server says how long to wait", async () => {
  const client = open();
  const ident = await record(client);
  seen.length = 0;
  faults.push(refuse(429, { "retry-after": "1" }));
  await client.feedback({ responseId: ident, thumbs: "up" });
  assert(seen[1].at - seen[0].at >= 990);
});

test("what was done although its answer was lost is not done again", async () => {
  const client = open();
  const ident = await record(client);
  faults.push(loseAnswer);
  await client.feedback({ responseId: ident, comment: "Once." });
  assert.equal((await listFeedback(ident)).length, 1);
});

test("what cannot be sent waits, outlives its client, and is sent once", async () => {
  const storage = new Shelf();
  const [down, other] = [await record(open()), await record(open())];
  const gone = open({ server: "http://127.0.0.1:9", attempts: 1, storage });
  for (const responseId of [down, other]) {
    assert.deepEqual(await gone.feedback({ responseId, thumbs: "up" }), { status: "queued" });
  }
  assert.equal(gone.waiting, 2);
  gone.close();
  assert(![...storage.values()].some((one) => one.includes(key)), "the key is not kept");
  const keyless = open({ key: undefined, storage });
  await keyless.flush();
  assert.equal(keyless.waiting, 2); // they need a key, which this client has not
  const back = open({ storage });
  const sent = [];
  back.addEventListener("sent", (event) => sent.push(event.detail.body.responseId));
  await Promise.all([back.flush(), back.flush()]);
  assert.deepEqual([sent, back.waiting], [[down, other], 0]);
  for (const ident of sent) assert.equal((await listFeedback(ident)).length, 1);
});

test("what the server refuses is told, and stands in nobody's way", async () => {
  const client = open();
  await assert.rejects(client.feedback({ responseId: "nowhere", thumbs: "up" }), { status: 404, code: "not_found" });
  assert.equal(client.waiting, 0);
  assert.equal(seen.length, 1);
});

test("a newer rating takes the place of one that waits; other feedback stays", async () => {
  const client = open({ server: "http://127.0.0.1:9", attempts: 1, key: undefined });
  for (const thumbs of ["up", "down"]) await client.feedback({ responseId: "r1", thumbs }, { token: "upf_1" });
  await client.feedback({ responseId: "r1", actions: ["copied"] }, { token: "upf_1" });
  await client.feedback({ responseId: "r2", thumbs: "up" }, { token: "upf_2" });
  assert.equal(client.waiting, 3);
});

test("at most a hundred wait; the oldest make room, and that is told", async () => {
  const client = open({ server: "http://127.0.0.1:9", attempts: 1 });
  const dropped = [];
  client.addEventListener("dropped", (event) => dropped.push(event.detail.body.comment));
  for (let at = 0; at < 103; at += 1) await client.feedback({ responseId: "r", comment: `${at}` });
  assert.equal(client.waiting, 100);
  assert.deepEqual(dropped, ["0", "1", "2"]);
  const long = { responseId: "r", comment: "x".repeat(70_000) };
  await assert.rejects(client.feedback(long), { code: "no_room" });
});

test("a page may hold no key, and nothing is told without a token or a key", async () => {
  globalThis.document = {};
  assert.throws(() => open(), /A page must not hold an API key/);
  delete globalThis.document;
  await assert.rejects(open({ key: undefined }).feedback({ responseId: "r", thumbs: "up" }), TypeError);
});
