import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { FOLDERS, ROOT, testsIn } from "./folders.ts";

export default defineConfig({
  root: ROOT,
  plugins: [
    cloudflareTest(async () => ({
      main: "./test/run/support/worker.ts",
      wrangler: { configPath: "./wrangler.toml" },
      miniflare: {
        // A copy of D1 that lags, for `support/replicated.ts`: the local runtime has none.
        d1Databases: { REPLICA: "replica" },
        // In wrangler.toml it is optional; the tests try both.
        r2Buckets: ["ARCHIVE"],
        bindings: {
          ENVIRONMENT: "development",
          SERVER_SECRET: "a-secret-for-tests-of-at-least-32-characters",
          DEV_API_KEY: "wo_testtestte_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
          LOG_LEVEL: "ERROR",
          API_CALL_ALLOW_HTTP_HOSTS: "127.0.0.1:9",
          TEST_MIGRATIONS: await readD1Migrations(`${ROOT}migrations`),
        },
      },
    })),
  ],
  test: {
    name: "workerd",
    // Ends a test that hangs; beside another layer everything takes twice as long.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
    include: testsIn(FOLDERS.workerd),
    setupFiles: ["test/run/support/apply-migrations.ts"],
  },
});
