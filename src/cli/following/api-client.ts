/**
 * Requests to the service. Owns the possible results: a response, a problem, no response, or a
 * response of another program. Knows no route.
 */
import type { z } from "zod";
import { BookmarkJar } from "#model/bookmark.ts";
import { problemSchema } from "#model/problem.ts";
import { CommandError } from "../terminal/command-error.ts";
import type { Address } from "./address.ts";
import { type Problem, problemText } from "./problem-text.ts";

export type Answer =
  | { kind: "ok"; status: number; headers: Headers; body: unknown }
  | { kind: "problem"; problem: Problem }
  | { kind: "unreachable"; reason: string }
  /** The response is not from this service but from a proxy or another program on the port. */
  | { kind: "foreign"; status: number };

export interface Body {
  type: "application/json" | "application/yaml";
  text: string;
}

interface Message {
  body?: Body;
  headers?: Record<string, string>;
}

export interface ApiClient {
  address: Address;
  send(method: string, path: string, message?: Message): Promise<Answer>;
}

const ANSWERS_WITHIN_MS = 90_000;

export function createApiClient(address: Address): ApiClient {
  const jar = new BookmarkJar();
  const send: ApiClient["send"] = (method, path, message) =>
    exchange({ ...address, jar }, method, path, message);
  return { address, send };
}

/** A body of JSON. */
export function json(value: object): Body {
  return { type: "application/json", text: JSON.stringify(value) };
}

/** The body of a response; everything else ends the command (exit code 1). */
export function bodyOf(answer: Answer, address: Address): unknown {
  const { url } = address;
  switch (answer.kind) {
    case "ok":
      return answer.body;
    case "problem":
      throw new CommandError(1, refusalText(answer.problem, address));
    case "unreachable": {
      const ways = "Start one with npm start, or choose another with --url.";
      throw new CommandError(1, `No service responds at ${url} (${answer.reason}). ${ways}`);
    }
    case "foreign": {
      const what = `The server at ${url} is not this service (status ${answer.status}).`;
      throw new CommandError(1, `${what} Choose another with --url.`);
    }
  }
}

/** The text of a problem. A refused key often belongs to another service, so both are named. */
export function refusalText(problem: Problem, { url, keyFrom }: Address): string {
  const text = problemText(problem);
  if (problem.code !== "unauthorized") return text;
  const ways = "Choose another service with --url, or another key with --api-key.";
  return `${text}\nThe request went to ${url}, with the key from ${keyFrom}. ${ways}`;
}

/** The body of a response, parsed with the schema of the route. */
export function readBody<T>(answer: Answer, { address }: ApiClient, shape: z.ZodType<T>): T {
  const read = shape.safeParse(bodyOf(answer, address));
  if (read.success) return read.data;
  const what = `The response of the service at ${address.url} has an unknown form.`;
  throw new CommandError(1, `${what} Do the service and this program have the same version?`);
}

async function exchange(
  { url, key, jar }: Address & { jar: BookmarkJar },
  method: string,
  path: string,
  { body, headers = {} }: Message = {},
): Promise<Answer> {
  const bookmark = jar.headers();
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${url}${path}`, {
      method,
      signal: AbortSignal.timeout(ANSWERS_WITHIN_MS),
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { "content-type": body.type }),
        ...bookmark,
        ...headers,
      },
      ...(body === undefined ? {} : { body: body.text }),
    });
    jar.keep(bookmark, response);
    text = await response.text();
  } catch (error) {
    return { kind: "unreachable", reason: reasonOf(error) };
  }
  return toAnswer(response, text);
}

function toAnswer({ status, ok, headers }: Response, text: string): Answer {
  const value = parseJson(text);
  if (value !== undefined && ok) return { kind: "ok", status, headers, body: value };
  const problem = problemSchema.safeParse(value);
  return problem.success ? { kind: "problem", problem: problem.data } : { kind: "foreign", status };
}

/** undefined when it is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The cause of fetch's error has the code, such as `ECONNREFUSED`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no response within ${ANSWERS_WITHIN_MS / 1000} s`;
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return "code" in cause ? String(cause.code) : cause.message;
}
