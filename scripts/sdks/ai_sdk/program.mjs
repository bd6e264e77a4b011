// What does a small application look like in Vercel's AI SDK? It asks for the weather with one tool.
// The argument is how the model's name ends: the played host refuses one that ends in `refused`.
import { createOpenAI } from "@ai-sdk/openai";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { generateText, stepCountIs, tool } from "ai";
import { z } from "zod";

const telemetry = new NodeSDK({ traceExporter: new OTLPTraceExporter() });
telemetry.start();
const ending = process.argv[2] ?? "x";
const asked = generateText({
  model: createOpenAI({}).chat(`gpt-${ending}`),
  system: "Be brief.",
  prompt: "What is the weather in Oslo?",
  temperature: 0.5,
  tools: {
    get_weather: tool({
      description: "Tell the weather of a city.",
      inputSchema: z.object({ city: z.string() }),
      execute: async () => "7 degrees",
    }),
  },
  stopWhen: stepCountIs(3),
  experimental_telemetry: {
    isEnabled: true,
    functionId: "helper",
    metadata: { sessionId: "talk", userId: "anna" },
  },
});
await asked.catch((error) => {
  if (ending !== "refused") throw error;
});
await telemetry.shutdown();
