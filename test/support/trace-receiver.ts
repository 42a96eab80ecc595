/**
 * A trace store for tests: takes OTLP over HTTP as a collector does, and reads it with the official
 * protocol definitions. What they do not know, or would read otherwise, is an error.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { isDeepStrictEqual } from "node:util";
import root from "@opentelemetry/otlp-transformer/build/src/generated/root.js";

/** Generated from the .proto files of OpenTelemetry; its types say nothing of what is in it. */
const { ExportTraceServiceRequest } = (root as unknown as OtlpDefinitions).opentelemetry.proto
  .collector.trace.v1;

interface OtlpDefinitions {
  opentelemetry: {
    proto: { collector: { trace: { v1: { ExportTraceServiceRequest: MessageType } } } };
  };
}

/** What protobufjs makes of a message. */
interface MessageType {
  fromObject(object: unknown): object;
  verify(message: object): string | null;
  encode(message: object): { finish(): Uint8Array };
  decode(bytes: Uint8Array): object;
  toObject(message: object, options: object): unknown;
}

export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  /** Empty: none. */
  parentSpanId: string;
  name: string;
  kind: string;
  startMs: number;
  endMs: number;
  attributes: Record<string, string | number | boolean>;
  events: { name: string; atMs: number; attributes: Record<string, string | number | boolean> }[];
  status: { code: string; message: string };
  service: Record<string, string | number | boolean>;
  scope: string;
}

export interface ReceivedPost {
  path: string;
  headers: Readonly<Record<string, string>>;
  body: string;
  spans: ReceivedSpan[];
}

export class TraceReceiver {
  readonly posts: ReceivedPost[] = [];
  /** Statuses of the next answers; then 200. */
  readonly answers: number[] = [];
  /** Bodies that the definitions do not allow, and spans that came again as others. */
  readonly faults: string[] = [];
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** `port`: that of a receiver that was closed. */
  static async start(port = 0): Promise<TraceReceiver> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const receiver = new TraceReceiver(server, address.port);
    server.on("request", (request, response) => {
      void receiver.#answer(request, response);
    });
    return receiver;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** As a store keeps them: one that comes again takes the place of the first. */
  get spans(): ReceivedSpan[] {
    const spans = new Map<string, ReceivedSpan>();
    for (const span of this.posts.flatMap((post) => post.spans)) {
      const known = spans.get(span.spanId);
      if (known && !isDeepStrictEqual(known, span)) this.faults.push(`${span.name} has changed`);
      spans.set(span.spanId, span);
    }
    return [...spans.values()];
  }

  spansOf(runId: string): ReceivedSpan[] {
    return this.spans.filter((span) => span.attributes["run_id"] === runId);
  }

  /** Once the condition holds; throws when it does not come to. */
  async until(holds: (receiver: TraceReceiver) => boolean, withinMs = 15_000): Promise<void> {
    const deadline = Date.now() + withinMs;
    while (!holds(this)) {
      if (Date.now() > deadline)
        throw new Error(`only ${this.spans.map((span) => span.name).join(", ")}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request).catch(() => null);
    // The sender was killed in the middle of it.
    if (body === null) return;
    const status = this.#take(request, body);
    response.writeHead(status, { "content-type": "application/json" }).end("{}");
  }

  #take(request: IncomingMessage, body: string): number {
    const status = this.answers.shift() ?? 200;
    if (status !== 200) return status;
    try {
      const spans = decode(body);
      const headers = request.headers as Record<string, string>;
      this.posts.push({ path: request.url ?? "", headers, body, spans });
      return 200;
    } catch (error) {
      this.faults.push(`${String(error)} in ${body}`);
      return 400;
    }
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

interface Message {
  resourceSpans: {
    resource: { attributes: KeyValue[] };
    scopeSpans: { scope: { name: string }; spans: WireSpan[] }[];
  }[];
}

interface WireSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes?: KeyValue[];
  events?: { name: string; timeUnixNano: string; attributes?: KeyValue[] }[];
  status?: { code?: string; message?: string };
}

interface KeyValue {
  key: string;
  value: Record<string, unknown>;
}

const IDS: ReadonlySet<string> = new Set(["traceId", "spanId", "parentSpanId"]);

/** Through the wire format and back: what does not survive is not part of the protocol. */
function decode(body: string): ReceivedSpan[] {
  const sent: unknown = JSON.parse(body, (key, value: unknown) =>
    IDS.has(key) ? Buffer.from(hexId(key, value), "hex") : value,
  );
  const message = ExportTraceServiceRequest.fromObject(sent);
  const problem = ExportTraceServiceRequest.verify(message);
  if (problem !== null) throw new Error(problem);
  const decoded = ExportTraceServiceRequest.decode(
    ExportTraceServiceRequest.encode(message).finish(),
  );
  const read = ExportTraceServiceRequest.toObject(decoded, {
    longs: String,
    enums: String,
    bytes: String,
    json: true,
  }) as Message;
  rejectUnknown(JSON.parse(body), read, "");
  return read.resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) =>
      spans.map((span) => toSpan(span, attributesOf(resource.attributes), scope.name)),
    ),
  );
}

/** In JSON, ids are hexadecimal, unlike all other bytes. */
function hexId(key: string, value: unknown): string {
  const length = key === "traceId" ? 32 : 16;
  if (typeof value !== "string" || !new RegExp(`^[0-9a-f]{${length}}$`).test(value)) {
    throw new Error(`${key} is ${JSON.stringify(value)}`);
  }
  return value;
}

/** Every name that was sent is one that was read, unless it held the default. */
function rejectUnknown(sent: unknown, read: unknown, path: string): void {
  if (typeof sent !== "object" || sent === null) return;
  for (const [key, value] of Object.entries(sent)) {
    const isDefault = value === 0 || value === "" || (Array.isArray(value) && value.length === 0);
    const known = typeof read === "object" && read !== null && Object.hasOwn(read, key);
    const isEmpty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
    if (!known && !isDefault && !isEmpty) {
      const isStatus = key === "status" && (value as { code: number }).code === 0;
      if (!isStatus) throw new Error(`${path}.${key} is not part of the protocol`);
    } else if (known) {
      rejectUnknown(value, Reflect.get(read, key), `${path}.${key}`);
    }
  }
}

function toSpan(span: WireSpan, service: ReceivedSpan["service"], scope: string): ReceivedSpan {
  const hex = (bytes: string | undefined) => Buffer.from(bytes ?? "", "base64").toString("hex");
  return {
    traceId: hex(span.traceId),
    spanId: hex(span.spanId),
    parentSpanId: hex(span.parentSpanId),
    name: span.name,
    kind: span.kind,
    startMs: toMs(span.startTimeUnixNano),
    endMs: toMs(span.endTimeUnixNano),
    attributes: attributesOf(span.attributes),
    events: (span.events ?? []).map((event) => ({
      name: event.name,
      atMs: toMs(event.timeUnixNano),
      attributes: attributesOf(event.attributes),
    })),
    status: {
      code: span.status?.code ?? "STATUS_CODE_UNSET",
      message: span.status?.message ?? "",
    },
    service,
    scope,
  };
}

function toMs(nanos: string): number {
  return Number(BigInt(nanos) / 1_000_000n);
}

function attributesOf(pairs: KeyValue[] = []): Record<string, string | number | boolean> {
  return Object.fromEntries(
    pairs.map(({ key, value }) => {
      const [[kind, content] = []] = Object.entries(value);
      if (kind === "intValue") return [key, Number(content)];
      return [key, content as string | number | boolean];
    }),
  );
}
