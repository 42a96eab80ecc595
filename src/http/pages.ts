/** Pages that need no key: the console, the API description, the explanation of each problem. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { PROBLEMS } from "#model/problem.ts";
import { workflowJsonSchema } from "#workflow/json-schema.ts";
import { createDescription } from "./description/openapi.ts";
import { once } from "./description/once.ts";
import { PRESSABLE_STYLE_HASH } from "./inserted-style.ts";
import { isProblemCode, ProblemError } from "./problems/problems.ts";
import type { AppContext, AppEnv } from "./types.ts";

/**
 * What a page may load: everything comes from here, nothing is inline but what a hash names. React
 * sets styles by script, which no policy restricts.
 */
function policy(more: Readonly<Record<string, string>> = {}): string {
  const directives = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    ...more,
  };
  return Object.entries(directives)
    .map(([name, value]) => `${name} ${value}`)
    .join("; ");
}

const CONSOLE_POLICY = policy({ "style-src": `'self' '${PRESSABLE_STYLE_HASH}'` });
/** Around the viewer: it sends the viewer's requests. */
const DOCS_POLICY = policy({ "frame-src": "'self'" });
/**
 * The viewer, also when it is opened by itself: without an origin it reaches no storage of ours and
 * no cookie, and the network only through the page around it.
 */
const VIEWER_POLICY = policy({
  sandbox: "allow-scripts allow-forms allow-downloads",
  "connect-src": "'none'",
  "frame-ancestors": "'self'",
});

const PAGE_HEADERS = { "content-security-policy": policy(), "referrer-policy": "no-referrer" };

/** All of them serve one page; `console/app/routes.ts` chooses what to show by the address. */
const CONSOLE_PATHS = ["/", "/runs", "/runs/:id", "/start", "/check"] as const;

const CONSOLE_HEADERS = {
  "cache-control": "no-cache",
  "content-security-policy": CONSOLE_POLICY,
};

const workflowSchema = once(() => JSON.stringify(workflowJsonSchema()));

/** The names of these files change with their content. */
const FOREVER = "public, max-age=31536000, immutable";

export function mountPages(app: OpenAPIHono<AppEnv>): void {
  for (const path of CONSOLE_PATHS) {
    app.get(path, (c) => page(c, "/", CONSOLE_HEADERS));
  }
  app.get("/console/*", (c) => page(c, c.req.path, { "cache-control": FOREVER }));
  const description = createDescription(app);
  app.get("/openapi.json", (c) =>
    c.body(description.json(), 200, { "content-type": "application/json" }),
  );
  app.get("/openapi.yaml", (c) =>
    c.body(description.yaml(), 200, { "content-type": "application/yaml" }),
  );
  app.get("/schema/workflow-0.2.json", (c) =>
    c.body(workflowSchema(), 200, { "content-type": "application/schema+json" }),
  );
  const docs = { "content-security-policy": DOCS_POLICY };
  app.get("/docs", (c) => page(c, "/docs/", docs));
  app.get("/docs/", (c) => page(c, "/docs/", docs));
  // Everything below, however its address is written: the viewer must not open without its sandbox.
  app.get("/docs/*", (c) => page(c, c.req.path, { "content-security-policy": VIEWER_POLICY }));
  app.get("/problems/:slug", (c) => problemPage(c, c.req.param("slug")));
}

async function page(
  c: AppContext,
  path: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  const asset = await c.env.ASSETS.fetch(new URL(path, c.req.url));
  if (asset.status === 404) throw new ProblemError({ code: "not_found", detail: "No such page." });
  const response = new Response(asset.body, asset);
  for (const [name, value] of Object.entries({ ...PAGE_HEADERS, ...headers })) {
    response.headers.set(name, value);
  }
  return response;
}

/** Whether there is a page at this address, where it is one of those that are looked up. */
export async function pageExists(c: AppContext): Promise<boolean> {
  const { path } = c.req;
  const slug = /^\/problems\/([^/]+)$/.exec(path)?.[1];
  if (slug !== undefined) return isProblemCode(slug.replaceAll("-", "_"));
  if (!path.startsWith("/console/") && !path.startsWith("/docs/")) return true;
  return (await c.env.ASSETS.fetch(new URL(path, c.req.url), { method: "HEAD" })).status !== 404;
}

function problemPage(c: AppContext, slug: string): Response {
  const code = slug.replaceAll("-", "_");
  if (!isProblemCode(code)) throw new ProblemError({ code: "not_found", detail: "No such page." });
  const { status, title } = PROBLEMS[code];
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<h1>${title}</h1>
<p>Code <code>${code}</code>, HTTP status ${status}.</p>
<p>The <code>detail</code> of the answer says what happened, its <code>errors</code> where. All problems are listed in <code>docs/problems.md</code> of the project, and with each route in the <a href="/docs">API description</a>.</p>
</html>
`;
  return c.body(html, 200, { "content-type": "text/html; charset=utf-8", ...PAGE_HEADERS });
}
