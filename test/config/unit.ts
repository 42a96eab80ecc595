import { defineConfig } from "vitest/config";
import { FOLDERS, ROOT, testsIn } from "./folders.ts";

export default defineConfig({
  root: ROOT,
  test: {
    name: "unit",
    include: ["test/**/*.test.ts"],
    exclude: Object.values(FOLDERS).flatMap(testsIn),
    // Ends a test that hangs; what a test gates on is never a time.
    testTimeout: 60_000,
  },
});
