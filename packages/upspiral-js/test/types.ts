// What must be refused before anything runs? Checked by tsc; each line that must fail says so.

import { Refused, UpspiralClient, type Delivery, type IssuedToken } from "upspiral-js";
import { ResponseFeedback } from "upspiral-js/component";

const client = new UpspiralClient({ server: "http://127.0.0.1:8080", key: "ups_x", attempts: 2 });
const sent: Delivery = await client.feedback({ responseId: "r", thumbs: "up", labels: ["helpful"] });
const token: IssuedToken = await client.feedbackToken({ interaction: "r", endUser: "anna" });
await client.response({ responseId: "r", modelId: "m", query: "q", response: "a", timestamp: new Date() });
await client.feedback({ responseId: "r", rating: 4 }, { token: token.token });
const element = new ResponseFeedback();
const chosen: number | undefined = element.value.rating;
const status: "sent" | "queued" = sent.status;
const why: string = new Refused(401, "unauthorized", "No.").code;

// @ts-expect-error thumbs are up or down
await client.feedback({ responseId: "r", thumbs: "sideways" });
// @ts-expect-error feedback is about a response
await client.feedback({ thumbs: "up" });
// @ts-expect-error a response has an answer
await client.response({ responseId: "r", modelId: "m", query: "q" });
// @ts-expect-error a misspelt option
new UpspiralClient({ sever: "http://127.0.0.1:8080" });

export { chosen, status, why };
