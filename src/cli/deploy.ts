/**
 * `npm run deploy`: builds the pages, applies the migrations to the remote database, then deploys.
 * docs/operations.md lists the prerequisites.
 */
import { buildPublic } from "./build.ts";
import { runWrangler } from "./wrangler.ts";

const PRODUCTION = ["--env", "production"];

await buildPublic();
console.log(await runWrangler(["d1", "migrations", "apply", "DB", "--remote", ...PRODUCTION]));
console.log(await runWrangler(["deploy", "--minify", ...PRODUCTION, ...process.argv.slice(2)]));
