/** `npm run migrate`: brings the local database up to the newest migration. */
import { runWrangler } from "./wrangler.ts";
import { stateDir } from "./paths.ts";

console.log(
  await runWrangler(["d1", "migrations", "apply", "DB", "--local", "--persist-to", stateDir()]),
);
