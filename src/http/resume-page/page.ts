/** A page as an answer: its headers, its description, and problems as pages. */
import { createMiddleware } from "hono/factory";
import { z } from "zod";
import { problemSchema, type ProblemSeed } from "#model/problem.ts";
import { isProblemCode } from "../problems/problems.ts";
import type { AppEnv } from "../types.ts";
import { type Html, problemPage } from "./html.ts";
import { styleSource } from "./style.ts";

/** An answer of an operation whose answers are pages. */
export function pageAnswer(description: string) {
  return { description, schema: z.string(), media: "text/html" } as const;
}

/** What the page of each problem is about. */
export const REFUSALS = {
  404: pageAnswer("A page: the link is not from this service, or incomplete."),
  409: pageAnswer("A page: the link was used, has expired, or its run has ended."),
  429: pageAnswer("A page: too many requests from this address; try again a little later."),
  500: pageAnswer("A page: a defect in the service."),
  503: pageAnswer("A page: the service is not configured, or its storage does not respond."),
} as const;

export async function toPage(body: Html) {
  const policy = `default-src 'none'; style-src ${await styleSource()}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;
  return {
    content: String(await body),
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy,
      // The address is the credential: it must not leak by a referrer, and the page must not be
      // cached.
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "x-robots-tag": "noindex",
    },
  };
}

/** Turns problems into pages. A token that is not ours gets the page of an invalid link. */
export const asPage = createMiddleware<AppEnv>(async (c, next) => {
  await next();
  if (!c.error) return;
  const retryAfter = c.res.headers.get("retry-after");
  const { code, status, detail } = problemSchema.parse(await c.res.json());
  const { content, headers } = await toPage(problemPage(asSeed(code, detail)));
  const page = new Response(content, { status: status === 401 ? 404 : status, headers });
  if (retryAfter !== null) page.headers.set("retry-after", retryAfter);
  // Without this, headers of the problem would be added to those of the page.
  c.res = undefined;
  c.res = page;
});

function asSeed(code: string, detail: string): ProblemSeed {
  return { code: isProblemCode(code) ? code : "internal_error", detail };
}
