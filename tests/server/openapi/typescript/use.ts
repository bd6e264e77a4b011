// What an application in TypeScript does with the generated types; it must type-check as it stands.
import createClient from "openapi-fetch";
import type { components, paths } from "./api";

const api = createClient<paths>({ baseUrl: "http://127.0.0.1:8080" });

export async function failures(agent: string): Promise<string[]> {
  const found: string[] = [];
  let after: string | null = null;
  do {
    const page: components["schemas"]["OutcomePage"] = await read(agent, after);
    found.push(...page.items.map((one) => one.reason));
    after = page.next;
  } while (after !== null);
  return found;
}

async function read(agent: string, after: string | null): Promise<components["schemas"]["OutcomePage"]> {
  const { data, error } = await api.GET("/api/v1/outcomes", {
    params: { query: { agent, after, status: "failure" } },
  });
  if (error) throw new Error(`${error.code}: ${error.title} ${error.hint}`);
  return data;
}

export async function rate(interaction: string): Promise<components["schemas"]["Outcome"] | undefined> {
  const { data } = await api.POST("/api/v1/feedback", { body: { interaction, thumbs: "up" } });
  return data?.outcomes[0];
}

export async function live(agent: string): Promise<string> {
  const { data } = await api.GET("/api/v1/agents/{agent}", { params: { path: { agent } } });
  const versions: number[] = data?.versions.map((one) => one.number) ?? [];
  // @ts-expect-error: an agent has no such field
  data?.agent.no_such_field;
  return `${data?.card.version} of ${versions.length}`;
}
