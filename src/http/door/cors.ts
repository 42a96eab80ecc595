/**
 * Which pages of other origins may call the API from a browser: those that `CORS_ALLOW_ORIGINS`
 * names, exactly. Credentials of the browser (cookies) are never allowed with it: a caller sends its
 * key, or a resume token in the body.
 *
 * Other origins get no header of CORS, and their preflights are what they are without CORS: 405.
 */
import { cors } from "hono/cors";
import { createMiddleware } from "hono/factory";
import { readSettings } from "#settings.ts";
import type { AppEnv } from "../types.ts";

/** How long a browser may remember a preflight; more than two hours is cut by Chromium. */
const MAX_AGE_S = 7_200;

const REQUEST_HEADERS = [
  "Authorization",
  "Content-Type",
  "Idempotency-Key",
  "If-Match",
  "If-None-Match",
  "Last-Event-ID",
  "Prefer",
  "Traceparent",
  "X-D1-Bookmark",
  "X-Request-Id",
];

/** What a page may read, beside what browsers always show. */
const EXPOSED_HEADERS = [
  "ETag",
  "Idempotent-Replayed",
  "Location",
  "Preference-Applied",
  "RateLimit",
  "RateLimit-Policy",
  "Retry-After",
  "WWW-Authenticate",
  "X-D1-Bookmark",
  "X-Request-Id",
];

const forAllowed = cors({
  // Asked only for an origin that is on the list.
  origin: (origin) => origin,
  allowMethods: ["GET", "HEAD", "POST", "PUT", "DELETE"],
  allowHeaders: REQUEST_HEADERS,
  exposeHeaders: EXPOSED_HEADERS,
  maxAge: MAX_AGE_S,
});

export const answerOrigins = createMiddleware<AppEnv>(async (c, next) => {
  const result = readSettings(c.env);
  const allowed = result.ok ? result.settings.CORS_ALLOW_ORIGINS : [];
  if (allowed.length === 0) return next();
  const origin = c.req.header("origin");
  if (origin !== undefined && allowed.includes(origin)) return forAllowed(c, next);
  await next();
  // A cache must not give this answer to an origin that is allowed.
  c.header("Vary", "Origin", { append: true });
});
