/**
 * `If-None-Match` (RFC 9110, 13.1.2): a client that has the current version gets 304 and no body.
 * Applies to every response with an ETag, so that no route can forget it.
 */
import { createMiddleware } from "hono/factory";
import { z } from "zod";
import type { DescribedHeaders } from "./route/answers.ts";
import type { AppEnv } from "./types.ts";

/** Headers of the body, which is not sent. */
const ABOUT_THE_BODY = ["content-type", "content-length", "content-encoding"];

/** For the description of routes; the header is read here, and a malformed one is ignored. */
export const ifNoneMatch = z.object({
  "if-none-match": z.string().optional().meta({
    description:
      "ETags that the client has, or `*`: the response is 304 when one of them is current.",
    example: '"3-5f2b8c1d9e0a4b67"',
  }),
});

export const notModified = {
  description:
    "The client has the current version: `If-None-Match` names its ETag. There is no body.",
};

export const etagHeader = {
  ETag: { description: "Identifies this version.", schema: { type: "string" } },
} as const satisfies DescribedHeaders;

export const answerConditionally = createMiddleware<AppEnv>(async (c, next) => {
  await next();
  const { method } = c.req.raw;
  const wanted = c.req.header("if-none-match");
  const known = c.res.headers.get("etag");
  if (wanted === undefined || known === null || c.res.status !== 200) return;
  if ((method !== "GET" && method !== "HEAD") || !namesTag(wanted, known)) return;
  const headers = new Headers(c.res.headers);
  for (const name of ABOUT_THE_BODY) headers.delete(name);
  await c.res.body?.cancel();
  c.res = undefined;
  c.res = new Response(null, { status: 304, headers });
});

/** Weak comparison: a reader does not care whether the tag is strong. */
export function namesTag(header: string, etag: string): boolean {
  if (header.trim() === "*") return true;
  const tags = header.match(/(?:W\/)?"[^"]*"/g) ?? [];
  return tags.some((tag) => opaque(tag) === opaque(etag));
}

function opaque(tag: string): string {
  return tag.startsWith("W/") ? tag.slice(2) : tag;
}
