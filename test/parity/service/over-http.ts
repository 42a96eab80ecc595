/** A running service as one side of a dual run: the harness of the endpoint, driven from a test. */
import type { InterpretOptions } from "#parity/reference.ts";
import { driveRun, type Exchange, type SideResult } from "#dual-run/side.ts";
import type { JsonObject } from "#model/json.ts";
import type { Service } from "../../support/service.ts";

export type Told = Extract<SideResult, { kind: "told" }>;

export function exchangeWith({ url, key }: Pick<Service, "url" | "key">): Exchange {
  return async ({ method, path, body, waitS, isAnonymous = false }) => {
    const response = await fetch(new URL(path, url), {
      method,
      headers: {
        ...(isAnonymous ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(waitS === undefined ? {} : { prefer: `wait=${waitS}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  };
}

export interface Asked {
  workflow_id: string;
  inputs: JsonObject;
  mock: NonNullable<InterpretOptions["mock"]>;
}

/** Runs a workflow there, to its end. */
export async function runThere(
  exchange: Exchange,
  { workflow_id, inputs, mock }: Asked,
): Promise<Told> {
  const mock_ai = { mode: mock.mode as "success" };
  const result = await driveRun(
    exchange,
    { workflow_id, inputs, mock_ai },
    {
      now: Date.now,
      deadline: Date.now() + 60_000,
      pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    },
  );
  if (result.kind !== "told") throw new Error(JSON.stringify(result));
  return result;
}
