/**
 * Builds the static files: the console, and the API description page from swagger-ui-dist, so that
 * it works without a network. `npm run build` calls it, and so do `npm start` and the tests.
 */
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { buildConsole } from "./build-console.ts";
import { PUBLIC_DIR } from "./paths.ts";

const FILES = [
  "swagger-ui.css",
  "swagger-ui-bundle.js",
  "favicon-32x32.png",
  "favicon-16x16.png",
] as const;

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Workflow Orchestrator: API</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css" />
    <link rel="icon" type="image/png" href="/docs/favicon-32x32.png" sizes="32x32" />
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

const SCRIPT = `SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  persistAuthorization: true,
  validatorUrl: null,
});
`;

export async function buildPublic(): Promise<void> {
  buildDocs();
  await buildConsole();
}

function buildDocs(): void {
  const source = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  const target = `${PUBLIC_DIR}/docs`;
  mkdirSync(target, { recursive: true });
  for (const file of FILES) copyFileSync(`${source}/${file}`, `${target}/${file}`);
  writeFileSync(`${target}/index.html`, PAGE);
  writeFileSync(`${target}/start.js`, SCRIPT);
}

if (import.meta.main) await buildPublic();
