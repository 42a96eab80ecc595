/**
 * Requests of an operator to the service: JSON, or lines in either direction, with the restore
 * token. A request that met a limit or a moment without the service is sent again: each of them may
 * be repeated.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { z } from "zod";
import { problemSchema } from "#model/problem.ts";
import { parseRetryAfter } from "#model/retry-after.ts";
import { DEV_VARS_FILE, readDevVars } from "../dev-vars.ts";
import { ADDRESS_HELP, ADDRESS_OPTIONS, type Address, addressOf } from "../following/address.ts";
import { refusalText } from "../following/api-client.ts";
import { findLocalService } from "../local-service.ts";
import { usageError } from "../terminal/arguments.ts";
import { CommandError } from "../terminal/command-error.ts";

export const OPERATOR_OPTIONS = {
  ...ADDRESS_OPTIONS,
  "restore-token": { type: "string" },
} as const;

export const OPERATOR_HELP = `${ADDRESS_HELP}
  --restore-token TOKEN  the setting RESTORE_TOKEN of the service (WORKFLOW_RESTORE_TOKEN, or
                     RESTORE_TOKEN in .dev.vars)`;

/** How often a request is sent before the command ends. */
const TRIES = 6;
const LONGEST_PAUSE_MS = 60_000;
const ANSWERS_WITHIN_MS = 120_000;

interface Message {
  json?: object;
  lines?: string;
}

export interface Operator {
  address: Address;
  /** The body of the answer. */
  ask<T>(method: "GET" | "POST", path: string, schema: z.ZodType<T>, message?: Message): Promise<T>;
  /** Hands each line of the answer on. Where it breaks off, `again` is called, and it begins again. */
  lines(path: string, onLine: (line: string) => void, again: () => void): Promise<void>;
}

interface OperatorValues {
  url?: string | undefined;
  "api-key"?: string | undefined;
  "restore-token"?: string | undefined;
}

export function createOperator(
  command: string,
  values: OperatorValues,
  needsToken = true,
): Operator {
  const address = addressOf(command, values);
  const token = values["restore-token"] ?? restoreToken();
  if (needsToken && token === undefined) {
    const ways =
      "Use --restore-token or WORKFLOW_RESTORE_TOKEN: the setting RESTORE_TOKEN of the service.";
    throw usageError(command, `There is no restore token. ${ways}`);
  }
  const headers = {
    authorization: `Bearer ${address.key}`,
    ...(token === undefined ? {} : { "x-restore-token": token }),
  };
  const exchange = (method: string, path: string, message: Message = {}) =>
    repeated(address, () => send(address, path, method, headers, message));
  return {
    address,
    async ask(method, path, schema, message) {
      const { text } = await exchange(method, path, message);
      const read = schema.safeParse(JSON.parse(text));
      if (read.success) return read.data;
      const what = `The answer of the service at ${address.url} has an unknown form.`;
      throw new CommandError(1, `${what} Do the service and this program have the same version?`);
    },
    async lines(path, onLine, again) {
      await repeated(address, async () => {
        again();
        return readPage(address, path, headers, onLine);
      });
    },
  };
}

function restoreToken(): string | undefined {
  const environment = process.env["WORKFLOW_RESTORE_TOKEN"];
  if (environment !== undefined) return environment;
  const started = process.env["DEV_VARS"] === undefined ? findLocalService() : null;
  return readDevVars(started?.devVars ?? DEV_VARS_FILE)["RESTORE_TOKEN"];
}

/** What one try came to: an answer, or a reason to try again. */
type Tried = { text: string } | { reason: string; pauseMs?: number };

async function repeated(
  address: Address,
  attempt: () => Promise<Tried | CommandError>,
): Promise<{ text: string }> {
  for (let tries = 1; ; tries += 1) {
    const tried = await attempt();
    if (tried instanceof CommandError) throw tried;
    if ("text" in tried) return tried;
    if (tries === TRIES) {
      throw new CommandError(1, `The service at ${address.url} did not answer: ${tried.reason}.`);
    }
    await pause(Math.min(tried.pauseMs ?? 250 * 2 ** tries, LONGEST_PAUSE_MS));
  }
}

async function send(
  address: Address,
  path: string,
  method: string,
  headers: Record<string, string>,
  { json, lines }: Message,
): Promise<Tried | CommandError> {
  const type = json === undefined ? "application/x-ndjson" : "application/json";
  const body = json === undefined ? lines : JSON.stringify(json);
  try {
    const response = await fetch(`${address.url}${path}`, {
      method,
      signal: AbortSignal.timeout(ANSWERS_WITHIN_MS),
      headers: { ...headers, ...(body === undefined ? {} : { "content-type": type }) },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    return response.ok ? { text } : refused(address, response, text);
  } catch (error) {
    return { reason: reasonOf(error) };
  }
}

/** The lines of an answer, as they come: it may be larger than memory. */
async function readPage(
  address: Address,
  path: string,
  headers: Record<string, string>,
  onLine: (line: string) => void,
): Promise<Tried | CommandError> {
  try {
    const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS);
    const response = await fetch(`${address.url}${path}`, { headers, signal });
    if (!response.ok || response.body === null) {
      return refused(address, response, await response.text());
    }
    let rest = "";
    for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine(line);
    }
    // Each page ends with a line that says where to go on.
    return rest === "" ? { text: "" } : { reason: "the answer was cut off" };
  } catch (error) {
    if (error instanceof CommandError) return error;
    return { reason: reasonOf(error) };
  }
}

/** Limits and outages pass; everything else is final. */
function refused(
  address: Address,
  { status, headers }: Response,
  text: string,
): Tried | CommandError {
  const problem = problemSchema.safeParse(parsed(text));
  if (status === 429 || status === 503) {
    const pauseMs = parseRetryAfter(headers.get("retry-after") ?? undefined, Date.now());
    const code = problem.success ? problem.data.code : "no reason";
    return { reason: `${status} (${code})`, ...(pauseMs === null ? {} : { pauseMs }) };
  }
  if (!problem.success) {
    const what = `The server at ${address.url} is not this service (status ${status}).`;
    return new CommandError(1, what);
  }
  if (problem.data.code !== "not_found") {
    return new CommandError(1, refusalText(problem.data, address));
  }
  const what =
    "The service takes no backups and no restores: its setting RESTORE_TOKEN is not set.";
  return new CommandError(1, what);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && "code" in cause ? String(cause.code) : error.message;
}
