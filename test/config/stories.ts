import { storybookTest } from "@storybook/addon-vitest/vitest-plugin";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { launchOptions } from "../support/chromium.ts";
import { ROOT } from "./folders.ts";

export default defineConfig({
  root: ROOT,
  plugins: [storybookTest({ configDir: `${ROOT}.storybook` })],
  test: {
    name: "stories",
    // Ends a test that hangs; beside another layer everything takes twice as long.
    testTimeout: 60_000,
    browser: {
      enabled: true,
      headless: true,
      provider: playwright({ launchOptions: await launchOptions() }),
      instances: [{ browser: "chromium" }],
    },
  },
});
