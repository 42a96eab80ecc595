/**
 * `npm run openapi`: writes openapi.yaml as the Worker serves it, generated from its routes. A
 * test fails when the two differ.
 */
import { writeFileSync } from "node:fs";
import { createTestHarness } from "wrangler";
import { buildPublic } from "./build.ts";
import { ROOT } from "./paths.ts";
import { keepWranglerQuiet } from "./wrangler.ts";

keepWranglerQuiet();
await buildPublic();
const server = createTestHarness({ workers: [{ configPath: `${ROOT}wrangler.toml` }] });
await server.listen();
try {
  const response = await server.fetch("/openapi.yaml");
  if (!response.ok) throw new Error(`/openapi.yaml answered ${response.status}`);
  writeFileSync(`${ROOT}openapi.yaml`, await response.text());
} finally {
  await server.close();
}
