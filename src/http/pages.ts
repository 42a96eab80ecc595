/** Pages that need no key: the console, the API description, the explanation of each problem. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { PROBLEMS } from "#model/problem.ts";
import { workflowJsonSchema } from "#workflow/json-schema.ts";
import { apiYaml, describeApi } from "./description/openapi.ts";
import { isProblemCode, ProblemError } from "./problems/problems.ts";
import type { AppContext, AppEnv } from "./types.ts";

/** The content security policy of our pages: everything comes from here, nothing is inline. */
const PAGE_HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

/** All of them serve one page; `console/app/routes.ts` chooses what to show by the address. */
const CONSOLE_PATHS = ["/", "/runs", "/runs/:id", "/start", "/check"] as const;

/** The names of these files change with their content. */
const FOREVER = "public, max-age=31536000, immutable";

export function mountPages(app: OpenAPIHono<AppEnv>): void {
  for (const path of CONSOLE_PATHS) {
    app.get(path, (c) => page(c, "/", { "cache-control": "no-cache" }));
  }
  app.get("/console/*", (c) => page(c, c.req.path, { "cache-control": FOREVER }));
  app.get("/openapi.json", (c) => c.json(describeApi(app)));
  app.get("/openapi.yaml", (c) =>
    c.body(apiYaml(app), 200, { "content-type": "application/yaml" }),
  );
  app.get("/schema/workflow-0.2.json", (c) =>
    c.body(JSON.stringify(workflowJsonSchema()), 200, {
      "content-type": "application/schema+json",
    }),
  );
  app.get("/docs", (c) => page(c, "/docs/"));
  app.get("/docs/*", (c) => page(c, c.req.path));
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
