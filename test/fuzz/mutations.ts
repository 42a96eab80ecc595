/** What is done to a valid request: one change at a time, each at one of its places. */
import * as fc from "fast-check";
import { changedJson, changedText, TEXT_CHANGE_NAMES } from "./json-changes.ts";
import { naughtyString } from "./naughty-strings.ts";
import { bytesOf, encode, type Plan } from "./plan.ts";
import type { Setting } from "./valid-plans.ts";

type Mutation = (setting: Setting, plan: Plan) => string;

const METHODS = fc.constantFrom(
  "GET",
  "POST",
  "PUT",
  "DELETE",
  "PATCH",
  "HEAD",
  "OPTIONS",
  "TRACE",
  "PROPFIND",
  "COPY",
);

const SEGMENTS = fc.oneof(
  fc.constantFrom(
    "",
    ".",
    "..",
    "%2e%2e",
    "%2f",
    "%00",
    "%",
    "%zz",
    "%ff",
    "%ed%a0%80",
    "a%2Fb",
    "\u00ff",
    "{id}",
    "*",
    "__proto__",
    "constructor",
    "a;b",
    "a?b",
    "a#b",
    "//",
    "\\",
    "x".repeat(3_000),
  ),
  naughtyString.map(encode),
);

const HEADER_NAMES = fc.constantFrom(
  "idempotency-key",
  "if-match",
  "if-none-match",
  "prefer",
  "last-event-id",
  "accept",
  "accept-encoding",
  "accept-language",
  "content-encoding",
  "content-language",
  "x-request-id",
  "cookie",
  "origin",
  "referer",
  "range",
  "if-modified-since",
  "if-range",
  "traceparent",
  "tracestate",
  "baggage",
  "x-forwarded-for",
  "x-forwarded-host",
  "cf-connecting-ip",
  "x-http-method-override",
  "access-control-request-method",
  "sec-fetch-site",
  "user-agent",
  "upgrade-insecure-requests",
  "x-d1-bookmark",
  "host",
  "expect",
  "te",
  "x-",
  "__proto__",
);

/** The runtime answers by itself to a host that is none; the edge never passes one on. */
const HOSTS = fc.constantFrom(
  "example.com",
  "localhost:1",
  "[::1]",
  "127.0.0.1:65535",
  "xn--bcher-kva.example",
  "A.b.C",
);

const QUERY_NAMES = fc.constantFrom(
  "limit",
  "cursor",
  "status",
  "workflow_id",
  "tag",
  "after",
  "created_after",
  "created_before",
  "q",
  "__proto__",
  "constructor",
  "limit[]",
  "",
  "a",
);

const TYPES = fc.constantFrom(
  "application/json",
  "application/json; charset=utf-16",
  'application/json;charset="utf-8"',
  "APPLICATION/JSON",
  "text/json",
  "application/yaml",
  "text/yaml",
  "text/plain",
  "multipart/form-data",
  "multipart/form-data; boundary=x",
  "application/x-www-form-urlencoded",
  "application/problem+json",
  "application/jsonx",
  "application/",
  "/",
  ";",
  "*/*",
  "",
);

const CREDENTIALS = fc.oneof(
  fc.constantFrom(
    "",
    "Bearer",
    "Bearer ",
    "Basic dXNlcjpwYXNz",
    "Bearer a.b.c",
    "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.",
    "Bearer eyJ.eyJ.x",
    `Bearer wo_fuzzingkey_${"0".repeat(32)}`,
    "Bearer wo_x_y",
    `Bearer ${"x".repeat(9_000)}`,
  ),
  naughtyString.map((text) => `Bearer ${text}`),
  naughtyString,
);

const CHUNK = fc.integer({ min: 1, max: 4_000 });

const MUTATIONS: readonly (readonly [weight: number, mutation: Mutation])[] = [
  [30, changeBody],
  [16, changeBodyText],
  [10, changePath],
  [10, changeQuery],
  [12, changeHeader],
  [5, changeType],
  [4, changeMethod],
  [6, changeCredentials],
  [4, chunkBody],
  [3, breakFraming],
];

const BY_WEIGHT = fc.oneof(
  ...MUTATIONS.map(([weight, mutation]) => ({ weight, arbitrary: fc.constant(mutation) })),
);

/** Changes the plan in place. */
export function mutate(setting: Setting, plan: Plan): void {
  plan.changes.push(setting.draw(BY_WEIGHT)(setting, plan));
}

function changeBody(setting: Setting, plan: Plan): string {
  const { draw } = setting;
  const { body } = plan;
  if (body === null || body.kind === "bytes") return changeHeader(setting, plan);
  if (body.kind === "form") {
    const pairs = body.pairs.map(([name, value]): [string, string] => [
      name,
      draw.chance(50) ? draw(naughtyString) : value,
    ]);
    plan.body = {
      kind: "form",
      pairs: draw.chance(40) ? [...pairs, [draw(naughtyString), "x"]] : pairs,
    };
    return "a field of the form";
  }
  plan.body = { kind: body.kind, value: changedJson(draw, body.value) };
  return `a value in the ${body.kind} body`;
}

function changeBodyText(setting: Setting, plan: Plan): string {
  const { draw } = setting;
  const { body } = plan;
  if (body === null) {
    plan.body = { kind: "bytes", bytes: Buffer.from(draw(naughtyString)), type: draw(TYPES) };
    return "a body where there was none";
  }
  const type =
    body.kind === "bytes"
      ? body.type
      : body.kind === "json"
        ? "application/json"
        : body.kind === "yaml"
          ? "application/yaml"
          : "application/x-www-form-urlencoded";
  const how = draw.oneOf(TEXT_CHANGE_NAMES) ?? "";
  plan.body = { kind: "bytes", bytes: changedText(draw, how, bytesOf(body).toString()), type };
  return `the text of the body: ${how}`;
}

function changePath({ draw }: Setting, plan: Plan): string {
  const names = Object.keys(plan.params);
  const name = draw.chance(80) ? draw.oneOf(names) : null;
  if (name !== null && draw.chance(60)) {
    plan.params[name] = draw(naughtyString);
    return `the parameter ${name} in the path`;
  }
  const segments = plan.operation.path.split("/");
  const segment = draw(SEGMENTS);
  const index = 1 + (draw(CHUNK) % (segments.length - 1));
  plan.rawPath = draw.chance(20)
    ? `${plan.operation.path}/${segment}`
    : segments
        .with(index, segment)
        .map((part) => (part.startsWith("{") ? (plan.params[part.slice(1, -1)] ?? part) : part))
        .join("/");
  // A request line cannot contain these, and bytes above 0x7f go out as they are.
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  plan.isBroken ||= /[\u0000-\u0020\u007f-\uffff]/.test(plan.rawPath);
  return "a segment of the path";
}

function changeQuery({ draw }: Setting, plan: Plan): string {
  const known = plan.operation.parameters
    .filter((one) => one.in === "query")
    .map(({ name }) => name);
  const name =
    (draw.chance(70) ? draw.oneOf(known) : null) ??
    (draw.chance(80) ? draw(QUERY_NAMES) : draw(naughtyString));
  plan.query.push([name, draw(naughtyString)]);
  if (draw.chance(15)) plan.query.push([name, draw(naughtyString)]);
  return `the query parameter ${JSON.stringify(name)}`;
}

function changeHeader({ draw, world }: Setting, plan: Plan): string {
  const known = plan.operation.parameters
    .filter((one) => one.in === "header")
    .map(({ name }) => name);
  const name = (draw.chance(60) ? draw.oneOf(known) : null) ?? draw(HEADER_NAMES);
  if (name === "host") {
    // Two of them are no HTTP, and the runtime says so with a 500 of its own.
    plan.headers = plan.headers.filter(([other]) => other !== name);
    plan.headers.push([name, draw(HOSTS)]);
    return "the host";
  }
  const value = draw.chance(10)
    ? (draw.oneOf([...world.etags, ...world.idempotencyKeys]) ?? "")
    : draw(naughtyString);
  if (!draw.chance(20)) plan.headers = plan.headers.filter(([known_]) => known_ !== name);
  plan.headers.push([name, value]);
  // The runtime reads these itself: a host that is none ends the request before it is one.
  plan.isBroken ||= name === "expect" || name === "te";
  return `the header ${name}`;
}

function changeType({ draw }: Setting, plan: Plan): string {
  plan.contentType = draw.chance(80) ? draw(TYPES) : draw(naughtyString);
  return "the content type";
}

function changeMethod({ draw }: Setting, plan: Plan): string {
  plan.method = draw(METHODS);
  return "the method";
}

function changeCredentials({ draw, world }: Setting, plan: Plan): string {
  const known = draw.chance(40) ? draw.oneOf(world.credentials) : null;
  const isNone = known === null && draw.chance(20);
  plan.authorization = isNone ? null : known === null ? draw(CREDENTIALS) : `Bearer ${known.key}`;
  return known === null ? "the credentials" : known.what;
}

function chunkBody({ draw }: Setting, plan: Plan): string {
  if (plan.body === null) return "nothing";
  plan.framing = { kind: "chunks", sizes: draw(CHUNK) };
  return "in chunks";
}

const LENGTHS = fc.constantFrom(
  "1",
  "99999",
  "-1",
  "0x10",
  "1e3",
  "",
  "18446744073709551616",
  "5, 6",
  "abc",
);

function breakFraming({ draw }: Setting, plan: Plan): string {
  plan.body ??= { kind: "bytes", bytes: Buffer.from("{}"), type: "application/json" };
  plan.isBroken = true;
  const kind =
    draw.oneOf(["broken_chunks", "length", "length_and_chunks", "none"] as const) ?? "none";
  plan.framing = kind === "length" ? { kind, length: draw(LENGTHS) } : { kind };
  return `framed by ${kind}`;
}
