// What does a small application look like in Vercel's AI SDK? It asks for the weather with one tool.
import { createOpenAI } from "@ai-sdk/openai";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { generateText, stepCountIs, tool } from "ai";
import { z } from "zod";

const telemetry = new NodeSDK({ traceExporter: new OTLPTraceExporter() });
telemetry.start();
await generateText({
  model: createOpenAI({}).chat("gpt-x"),
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
await telemetry.shutdown();
