/**
 * Checks that the compared services may call the fake API. Done before the comparison: otherwise
 * the workflows before the first one with a call would run, and the others not.
 */
import { z } from "zod";
import { type ApiClient, json, readBody } from "../following/api-client.ts";
import { CommandError } from "../terminal/command-error.ts";

const definitionSchema = z.object({
  definition: z.object({ steps: z.array(z.object({ type: z.string() })) }),
});
const validationSchema = z.object({ diagnostics: z.array(z.object({ code: z.string() })) });

interface Compared {
  client: ApiClient;
  baseline: ApiClient | null;
  standIn: string;
}

/** Ends the command when one of the workflows calls an API and a service may not. */
export async function requireReach(
  ids: readonly string[],
  { client, baseline, standIn }: Compared,
): Promise<void> {
  if (!(await someCall(ids, client))) return;
  for (const place of baseline === null ? [client] : [client, baseline]) {
    const body = json(callOf(standIn));
    const answer = await place.send("POST", "/v1/workflows/parity_reach/validate", { body });
    const { diagnostics } = readBody(answer, place, validationSchema);
    if (diagnostics.some(({ code }) => code === "url_not_allowed")) {
      throw outOfReach(place, standIn);
    }
  }
}

async function someCall(ids: readonly string[], client: ApiClient): Promise<boolean> {
  for (const id of ids) {
    const answer = await client.send("GET", `/v1/workflows/${encodeURIComponent(id)}`);
    const { definition } = readBody(answer, client, definitionSchema);
    if (definition.steps.some(({ type }) => type === "api_call")) return true;
  }
  return false;
}

function callOf(standIn: string): object {
  const call = { id: "call", type: "api_call", name: "Call" };
  const config = { url: `http://${standIn}/`, method: "GET" };
  return { name: "Parity reach", start_step: "call", steps: [{ ...call, config }] };
}

export function outOfReach({ address }: ApiClient, standIn: string): CommandError {
  const message = `${address.url} is not allowed to call the fake API at ${standIn}.`;
  const setting = `API_CALL_ALLOW_HTTP_HOSTS=${standIn}`;
  const where = "in .dev.vars for a local copy";
  return new CommandError(1, `${message} Set ${setting} there (${where}), and start it again.`);
}
