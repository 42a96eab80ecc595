import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

const root = new URL("..", import.meta.url).pathname;

/** Folders whose tests run inside workerd; all others are plain and run in Node. */
const WORKERD = ["test/run/**/*.test.ts", "test/http/**/*.test.ts", "test/db/**/*.test.ts"];

export default defineConfig({
  root,
  test: {
    reporters: ["default"],
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: [...WORKERD, "test/faults/**"],
        },
      },
    ],
  },
});
