/**
 * Whether an answer is one that the API description allows for the request. Knows nothing of what
 * was sent but its method, its path and whether it was HTTP at all.
 */
import { isDeepStrictEqual } from "node:util";
import { PROBLEMS, problemSchema } from "#model/problem.ts";
import type { Answer } from "../support/http.ts";
import {
  type ApiDescription,
  type DescribedOperation,
  faultsOf,
  matching,
} from "../service/api-description.ts";
import type { Exchange, WireRequest } from "./wire.ts";

export interface Verdict {
  /** Null: no operation is at that address with that method. */
  operation: DescribedOperation | null;
  /** 0 without an answer. */
  status: number;
  faults: string[];
}

export function judge(
  description: ApiDescription,
  request: WireRequest,
  result: Exchange,
  isBroken: boolean,
): Verdict {
  const path = pathOf(request.target);
  const operation = path === null ? null : matching(description, { method: request.method, path });
  if (result.kind !== "answer") {
    // What is no HTTP may be hung up on; waiting for ever is a fault even then.
    const isFault = result.kind === "silent" || !isBroken;
    return { operation, status: 0, faults: isFault ? [`no answer: ${result.kind}`] : [] };
  }
  const { answer } = result;
  if (isBroken && isOfRuntime(answer))
    return { operation, status: answer.status, faults: brokenFaults(answer) };
  const isHead = request.method === "HEAD";
  const known =
    isHead && path !== null ? matching(description, { method: "GET", path }) : operation;
  if (!isReadable(answer)) {
    return { operation, status: answer.status, faults: [`no JSON: ${answer.text.slice(0, 200)}`] };
  }
  const faults =
    known === null
      ? elsewhereFaults(description, request.method, path, answer)
      : isHead
        ? headFaults(known, answer)
        : faultsOf(description, known, answer);
  return {
    operation,
    status: answer.status,
    faults: [...faults, ...headerFaults(answer, path ?? "")],
  };
}

function isReadable({ mediaType, text }: Answer): boolean {
  if (!mediaType.endsWith("json") || text === "") return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    // Its message says where; the text itself is shown with the fault.
    return false;
  }
}

/** As the runtime resolves it: `..` and `%2e%2e` are gone. Null for what is no path. */
function pathOf(target: string): string | null {
  const parsed = URL.parse(target, "http://service");
  return parsed?.host === "service" ? parsed.pathname : null;
}

/** The parser in front of the Worker: it has no request id, and says what it thinks as text. */
function isOfRuntime(answer: Answer): boolean {
  return !answer.headers.has("x-request-id");
}

function brokenFaults({ status, text }: Answer): string[] {
  return status >= 500 && status !== 501 && status !== 505
    ? [`the runtime: ${status} ${text}`]
    : [];
}

/** The same status and headers as the GET, and no body. */
function headFaults(operation: DescribedOperation, { status, text }: Answer): string[] {
  return [
    ...(operation.responses[String(status)] ? [] : [`status ${status} is not documented`]),
    ...(text === "" ? [] : ["a body in the answer to HEAD"]),
  ];
}

/** Pages, and what is nowhere. */
function elsewhereFaults(
  description: ApiDescription,
  method: string,
  path: string | null,
  answer: Answer,
): string[] {
  const { status, mediaType, text } = answer;
  if (status >= 500) return [`status ${status} at no operation: ${text}`];
  if (status < 400) return [];
  if (method === "HEAD") return text === "" ? [] : ["a body in the answer to HEAD"];
  const faults = mediaType === "text/html" ? [] : problemFaults(answer);
  if (status !== 405) return faults;
  const allowed = (answer.headers.get("allow") ?? "").split(",").map((name) => name.trim());
  // The operation of an address by itself hides those of patterns that match it too.
  const served = ["GET", "POST", "PUT", "DELETE"].flatMap((name) =>
    path === null ? [] : (matching(description, { method: name, path }) ?? []),
  );
  const nearest = served.toSorted(
    (left, right) => left.path.split("{").length - right.path.split("{").length,
  )[0];
  const there = served.filter((one) => one.path === nearest?.path).map((one) => one.method);
  const wrong = allowed.filter(
    (name) => !there.includes(name) && name !== "HEAD" && name !== "OPTIONS",
  );
  return there.length > 0 && wrong.length > 0
    ? [...faults, `Allow names ${wrong.join(", ")}`]
    : faults;
}

function problemFaults(answer: Answer): string[] {
  if (answer.mediaType !== "application/problem+json") return [`an error as ${answer.mediaType}`];
  const read = problemSchema.safeParse(answer.json());
  if (!read.success) return [`no problem: ${read.error.message}`];
  const { code, status, type, title } = read.data;
  const known = Object.entries(PROBLEMS).find(([name]) => name === code)?.[1];
  const isAsListed = isDeepStrictEqual({ ...known }, { status, title }) && status === answer.status;
  const isTyped = type === `/problems/${code.replaceAll("_", "-")}`;
  return isAsListed && isTyped ? [] : [`the problem ${code} is not as it is listed`];
}

const ONCE = new Set(["content-type", "content-length", "x-request-id", "location", "retry-after"]);

function headerFaults(answer: Answer, path: string): string[] {
  const { status, headers } = answer;
  const faults: string[] = [];
  const expect = (isRight: boolean, fault: string) => {
    if (!isRight) faults.push(fault);
  };
  expect(/^[\x21-\x7e]{1,128}$/.test(headers.get("x-request-id") ?? ""), "no usable X-Request-Id");
  expect(status !== 401 || headers.has("www-authenticate"), "401 without WWW-Authenticate");
  expect(status !== 405 || headers.has("allow"), "405 without Allow");
  const needsRetry = status === 503 || status === 429;
  expect(
    !needsRetry || /^\d+$/.test(headers.get("retry-after") ?? ""),
    `${status} without Retry-After`,
  );
  const isApi = path.startsWith("/v1/");
  expect(
    !isApi || headers.get("cache-control") === "no-store" || status === 304 || status === 200,
    "an answer of the API that may be cached",
  );
  const isEmpty = answer.text === "" || headers.has("content-type");
  expect(isEmpty, "a body without a content type");
  for (const [name, value] of headers) {
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    expect(!/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value), `control characters in ${name}`);
    expect(!ONCE.has(name) || !value.includes(", "), `${name} twice`);
  }
  return faults;
}
