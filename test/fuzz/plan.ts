/** A request before it is bytes: in parts, so that each part can be replaced by itself. */
import type { ApiOperation } from "./api.ts";
import { yamlOf } from "./yaml-text.ts";
import type { Framing, WireRequest } from "./wire.ts";

export type PlannedBody =
  | { kind: "json"; value: unknown }
  | { kind: "yaml"; value: unknown }
  | { kind: "form"; pairs: readonly (readonly [string, string])[] }
  | { kind: "bytes"; bytes: Buffer; type: string };

export interface Plan {
  operation: ApiOperation;
  method: string;
  /** By name; not encoded. */
  params: Record<string, string>;
  /** Replaces the encoded path. */
  rawPath?: string;
  query: [name: string, value: string][];
  headers: [name: string, value: string][];
  /** null: none. */
  authorization: string | null;
  body: PlannedBody | null;
  contentType?: string;
  framing?: Framing;
  /** What was done to it, in words; empty: it is valid as far as we know. */
  changes: string[];
  /** No HTTP request by the grammar: the runtime's parser may answer, or end the connection. */
  isBroken: boolean;
}

const TYPES = {
  json: "application/json",
  yaml: "application/yaml",
  form: "application/x-www-form-urlencoded",
} as const;

export function toWire(plan: Plan): WireRequest {
  const bytes = plan.body === null ? undefined : bytesOf(plan.body);
  const type = plan.contentType ?? typeOf(plan.body);
  return {
    method: plan.method,
    target: targetOf(plan),
    headers: [
      ...(plan.authorization === null
        ? []
        : [["authorization", asBytes(plan.authorization)] as const]),
      ...(type === null ? [] : [["content-type", asBytes(type)] as const]),
      ...plan.headers.map(([name, value]) => [name, asBytes(value)] as const),
    ],
    ...(bytes === undefined ? {} : { body: bytes }),
    ...(plan.framing === undefined ? {} : { framing: plan.framing }),
  };
}

function targetOf({ operation, params, rawPath, query }: Plan): string {
  const path =
    rawPath ??
    operation.path.replaceAll(/\{([^}]+)\}/g, (_, name: string) => encode(params[name] ?? ""));
  const pairs = query.map(([name, value]) => `${encode(name)}=${encode(value)}`);
  return pairs.length === 0 ? path : `${path}?${pairs.join("&")}`;
}

/** Half of a character cannot be encoded; it is sent as the bytes that it would have. */
export function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll("%EF%BF%BD", "%ED%A0%80");
}

export function bytesOf(body: PlannedBody): Buffer {
  switch (body.kind) {
    case "json":
      return Buffer.from(JSON.stringify(body.value) ?? "null");
    case "yaml":
      return Buffer.from(yamlOf(body.value));
    case "form":
      return Buffer.from(body.pairs.map((pair) => pair.map(encode).join("=")).join("&"));
    case "bytes":
      return body.bytes;
  }
}

function typeOf(body: PlannedBody | null): string | null {
  if (body === null) return null;
  return body.kind === "bytes" ? body.type : TYPES[body.kind];
}

/**
 * A header value as UTF-8, each byte a character. Line breaks and NUL would make another request
 * of it, and are tried where requests are broken on purpose.
 */
function asBytes(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is removed
  return Buffer.from(text.replaceAll(/[\u0000-\u0008\u000a-\u001f\u007f]/g, "")).toString("latin1");
}
