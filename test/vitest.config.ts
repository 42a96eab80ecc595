import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { storybookTest } from "@storybook/addon-vitest/vitest-plugin";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { launchOptions } from "./support/chromium.ts";

const root = new URL("..", import.meta.url).pathname;

/** Folders whose tests run inside workerd. */
const WORKERD = ["test/run/**/*.test.ts", "test/http/**/*.test.ts"];
/** Folders whose tests start the whole Worker and speak HTTP to it. */
const SERVICE = ["test/service/**/*.test.ts"];
/** Both sides of dual runs: services, and the reference in this process. */
const PARITY = ["test/parity/service/**/*.test.ts"];
const FAULTS = ["test/faults/**/*.test.ts"];
/** Folders whose tests open the console of the whole Worker in Chromium. */
const BROWSER = ["test/browser/**/*.test.ts"];

export default defineConfig({
  root,
  test: {
    reporters: ["default"],
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          // Ends a test that hangs; what a test gates on is never a time.
          testTimeout: 60_000,
          include: ["test/**/*.test.ts"],
          exclude: [...WORKERD, ...SERVICE, ...PARITY, ...FAULTS, ...BROWSER],
        },
      },
      {
        extends: true,
        plugins: [
          cloudflareTest(async () => ({
            main: "./test/run/support/worker.ts",
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: {
                ENVIRONMENT: "development",
                SERVER_SECRET: "a-secret-for-tests-of-at-least-32-characters",
                DEV_API_KEY: "wo_testtestte_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                LOG_LEVEL: "ERROR",
                API_CALL_ALLOW_HTTP_HOSTS: "127.0.0.1:9",
                TEST_MIGRATIONS: await readD1Migrations(`${root}migrations`),
              },
            },
          })),
        ],
        test: {
          name: "workerd",
          include: WORKERD,
          setupFiles: ["test/run/support/apply-migrations.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "service",
          include: SERVICE,
          fileParallelism: false,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "browser",
          include: BROWSER,
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: "parity",
          include: PARITY,
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "faults",
          include: FAULTS,
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        plugins: [storybookTest({ configDir: `${root}.storybook` })],
        test: {
          name: "stories",
          browser: {
            enabled: true,
            headless: true,
            provider: playwright({ launchOptions: await launchOptions() }),
            instances: [{ browser: "chromium" }],
          },
        },
      },
    ],
  },
});
