/**
 * A model server on this machine that speaks the wire format of Chat Completions: what the `openai`
 * provider talks to. It does what a test tells it, call by call, and remembers what it was asked.
 * What it sends is checked against the vendor's own types; what it is sent, against the vendor's
 * rules, so that a schema which the real service would refuse is refused here too.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type {
  ChatCompletion,
  ChatCompletionCreateParamsNonStreaming,
} from "openai/resources/chat/completions";
import type { ErrorObject } from "openai/resources/shared";

type ChatRequest = ChatCompletionCreateParamsNonStreaming;

export interface ModelCall {
  path: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  body: ChatRequest;
}

/** drop: closed without an answer. cut: closed in the middle of one. hold: no answer at all. */
export type Turn =
  | { kind: "answer"; status: number; body: string; headers?: Record<string, string> }
  | { kind: "drop" | "cut" | "hold" };

export const FAKE_KEY = "sk-fake-0123456789abcdefghijklmnop";
/** The model that completions say they are of, regardless of what was asked. */
export const FAKE_MODEL = "gpt-5.4-mini-2026-03-17";

interface CompletionOptions {
  finish_reason?: ChatCompletion.Choice["finish_reason"];
  refusal?: string;
  /** null: the server does not count. */
  usage?: ChatCompletion["usage"] | null;
  model?: string;
}

/** A completion whose text is this. Without other counts, it took 100 tokens and gave 20. */
export function completion(text: string | null, options: CompletionOptions = {}): Turn {
  const { finish_reason = "stop", refusal = null, model = FAKE_MODEL } = options;
  const usage = options.usage === undefined ? tokens(100, 20) : options.usage;
  const body = {
    id: "chatcmpl-fake",
    object: "chat.completion",
    created: 1_790_000_000,
    model,
    choices: [
      {
        index: 0,
        finish_reason,
        logprobs: null,
        message: { role: "assistant", content: text, refusal },
      },
    ],
    ...(usage === null ? {} : { usage }),
  } satisfies ChatCompletion;
  return { kind: "answer", status: 200, body: JSON.stringify(body) };
}

/** A completion whose text is this value as JSON. */
export function answering(value: unknown, options: CompletionOptions = {}): Turn {
  return completion(JSON.stringify(value), options);
}

export function tokens(prompt: number, output: number, cached = 0) {
  return {
    prompt_tokens: prompt,
    completion_tokens: output,
    total_tokens: prompt + output,
    prompt_tokens_details: { cached_tokens: cached, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  } satisfies ChatCompletion["usage"];
}

/** An error as the service words it. */
export function refusing(
  status: number,
  error: Partial<ErrorObject> = {},
  headers: Record<string, string> = {},
): Turn {
  const body = {
    error: { message: "No.", type: "server_error", param: null, code: null, ...error },
  } satisfies { error: ErrorObject };
  return { kind: "answer", status, body: JSON.stringify(body), headers };
}

export class FakeOpenAi {
  /** As `OPENAI_BASE_URL` takes it. */
  readonly baseUrl: string;
  readonly calls: ModelCall[] = [];
  readonly #server: Server;
  #next: (call: ModelCall, index: number) => Turn = () => answering({});

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.baseUrl = `http://127.0.0.1:${port}/v1`;
  }

  static async start(): Promise<FakeOpenAi> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const fake = new FakeOpenAi(server, address.port);
    server.on("request", (request, response) => void fake.#serve(request, response));
    return fake;
  }

  /** What the calls from now on meet, one after the other; the last one stays. */
  script(...turns: [Turn, ...Turn[]]): void {
    this.respond((_call, index) => turns[Math.min(index, turns.length - 1)] ?? turns[0]);
  }

  /** The same, decided call by call; `index` counts from 0. Forgets the calls so far. */
  respond(next: (call: ModelCall, index: number) => Turn): void {
    this.calls.length = 0;
    this.#next = next;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = await readCall(request);
    const index = this.calls.length;
    this.calls.push(call);
    const turn = violation(request, call) ?? this.#next(call, index);
    if (turn.kind === "drop") request.socket.destroy();
    else if (turn.kind === "cut") cut(response);
    else if (turn.kind === "answer") {
      response.writeHead(turn.status, { "content-type": "application/json", ...turn.headers });
      response.end(turn.body);
    }
  }
}

function cut(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
  response.write('{"id": "chatcmpl-fake", "choices": [', () => response.destroy());
}

async function readCall(request: IncomingMessage): Promise<ModelCall> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = String(value);
  }
  const body = JSON.parse(Buffer.concat(chunks).toString("utf8")) as ChatRequest;
  return { path: request.url ?? "", headers, body };
}

/** What the service answers to a request that breaks its rules; null when it is fine. */
function violation(request: IncomingMessage, { path, headers, body }: ModelCall): Turn | null {
  if (request.method !== "POST" || path !== "/v1/chat/completions") {
    return refusing(404, {
      message: `Invalid URL (${request.method} ${path})`,
      type: "invalid_request_error",
    });
  }
  if (headers["authorization"] !== `Bearer ${FAKE_KEY}`) {
    const given = headers["authorization"] ?? "";
    return refusing(401, {
      message: `Incorrect API key provided: ${given.slice(7)}.`,
      code: "invalid_api_key",
    });
  }
  const { messages, response_format: format } = body;
  const text = JSON.stringify(messages);
  if (format?.type === "json_object" && !/json/i.test(text)) {
    return invalid("'messages' must contain the word 'json' in some form.", "messages");
  }
  if (format?.type !== "json_schema") return null;
  const { name, schema = {}, strict } = format.json_schema;
  if (!/^[a-zA-Z0-9_-]{1,64}$/.test(name)) return invalid("Invalid name.", "response_format");
  const problem = schema["type"] === "object" ? null : "schema must be of type object";
  const found = problem ?? (strict === true ? strictProblem(schema, "") : null);
  return found === null
    ? null
    : invalid(`Invalid schema for response_format: ${found}`, "response_format");
}

function invalid(message: string, param: string): Turn {
  return refusing(400, { message, param, type: "invalid_request_error" });
}

const STRICT_KEYWORDS: ReadonlySet<string> = new Set(
  `type properties required additionalProperties items enum const anyOf $ref $defs title
   description pattern format minItems maxItems minimum maximum exclusiveMinimum exclusiveMaximum
   multipleOf`.split(/\s+/),
);

/** The rules of strict mode, as the service's guide to structured outputs lists them. */
export function strictProblem(schema: unknown, at: string): string | null {
  if (typeof schema !== "object" || schema === null) return `${at} is not a schema`;
  const fields = schema as Record<string, unknown>;
  const unknown = Object.keys(fields).find((key) => !STRICT_KEYWORDS.has(key));
  if (unknown !== undefined) return `${at} '${unknown}' is not permitted`;
  if ("$ref" in fields)
    return Object.keys(fields).length === 1 ? null : `${at} $ref cannot have keywords`;
  const { type, properties = {}, required, items, anyOf, $defs = {} } = fields;
  if (type === undefined && anyOf === undefined) return `${at} schema must have a 'type' key`;
  if (type === "array" && items === undefined) return `${at} array schema missing items`;
  const names = Object.keys(properties as object);
  if (type === "object") {
    if (fields["additionalProperties"] !== false)
      return `${at} 'additionalProperties' must be false`;
    if (JSON.stringify(required) !== JSON.stringify(names))
      return `${at} 'required' must hold every key`;
  }
  const alternatives: unknown[] = Array.isArray(anyOf) ? anyOf : [];
  const inside: [string, unknown][] = [
    ...Object.entries(properties as object),
    ...Object.entries($defs as object),
    ...alternatives.map((one, index): [string, unknown] => [`anyOf/${index}`, one]),
  ];
  if (items !== undefined) inside.push(["items", items]);
  for (const [name, child] of inside) {
    const problem = strictProblem(child, `${at}/${name}`);
    if (problem !== null) return problem;
  }
  return null;
}
