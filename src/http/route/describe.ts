/** From a declaration to its entry in the API description. */
import type { RouteConfig } from "@hono/zod-openapi";
import { z } from "zod";
import { type ProblemCode, PROBLEMS, problemSchema } from "#model/problem.ts";
import { etagHeader, ifNoneMatch, notModified } from "../conditional.ts";
import { keyHeaders } from "../idempotency/key.ts";
import { bookmarkAnswerHeader, bookmarkHeaders } from "../sessions.ts";
import { type Answers, type DescribedAnswer, requestIdHeader } from "./answers.ts";
import { JSON_TYPE } from "./body.ts";
import { hasSession, type Idempotency, type Operation } from "./define.ts";

export function describe(operation: Operation): RouteConfig {
  const { method, path, operationId, summary, access, tag } = operation;
  const { note } = access;
  return {
    method,
    path,
    operationId,
    summary,
    description: operation.description + (note === undefined ? "" : `\n\n${note}`),
    tags: [tag],
    security: access.security,
    request: describeRequest(operation),
    responses: { ...describeAnswers(operation), ...describeProblems(problemsOf(operation)) },
  };
}

function describeRequest(operation: Operation): NonNullable<RouteConfig["request"]> {
  const { params, query, body, headers, idempotent, conditional } = operation;
  const shape = {
    ...headers?.shape,
    ...(idempotent === undefined ? {} : keyHeaders.shape),
    ...(conditional ? ifNoneMatch.shape : {}),
    ...(hasSession(operation) ? bookmarkHeaders.shape : {}),
  };
  return {
    ...(params ? { params } : {}),
    ...(query ? { query } : {}),
    ...(Object.keys(shape).length === 0 ? {} : { headers: z.object(shape) }),
    ...(body ? { body: body.described } : {}),
  };
}

function describeAnswers(operation: Operation): RouteConfig["responses"] {
  const { answers, conditional } = operation;
  const declared: Answers = conditional ? { ...answers, 304: notModified } : answers;
  const all = Object.entries(declared).map(([status, answer]) => {
    const headers = {
      ...answer.headers,
      ...(conditional ? etagHeader : {}),
      ...(hasSession(operation) ? bookmarkAnswerHeader : {}),
    };
    return [status, describeAnswer({ ...answer, headers })] as const;
  });
  return Object.fromEntries(all);
}

function describeAnswer({ description, headers, schema, media = JSON_TYPE }: DescribedAnswer) {
  return {
    description,
    headers: { ...requestIdHeader, ...headers },
    ...(schema ? { content: { [media]: { schema } } } : {}),
  };
}

/** Every problem that the operation may return: those of its parts, and its own. */
function problemsOf(operation: Operation): ProblemCode[] {
  const { method, access, body, problems = [], idempotent, existsIf } = operation;
  return [
    ...new Set([
      ...access.problems,
      ...(existsIf ? (["not_found"] as const) : []),
      ...(body?.problems ?? problemsOfUnread(method)),
      ...problems,
      ...problemsOfKey(idempotent),
    ]),
  ];
}

/** A body where none is taken is held to the limit all the same: the key's fingerprint covers it. */
function problemsOfUnread(method: Operation["method"]): readonly ProblemCode[] {
  return method === "get" ? [] : ["malformed_body", "payload_too_large"];
}

function problemsOfKey(idempotent: Idempotency | undefined): readonly ProblemCode[] {
  if (idempotent === undefined) return [];
  // A run orders its requests itself, so that none of them finds another one in progress.
  if (idempotent === "run") return ["invalid_parameter", "idempotency_key_reused"];
  return ["invalid_parameter", "idempotency_key_reused", "request_in_progress"];
}

/** One entry for each status. */
function describeProblems(codes: readonly ProblemCode[]): RouteConfig["responses"] {
  const byStatus = Map.groupBy(codes, (code) => PROBLEMS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, same]) => [
      status,
      {
        description: same.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(" "),
        headers: requestIdHeader,
        content: { "application/problem+json": { schema: problemSchema } },
      },
    ]),
  );
}
