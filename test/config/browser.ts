import { defineConfig } from "vitest/config";
import { FOLDERS, ROOT, testsIn } from "./folders.ts";

export default defineConfig({
  root: ROOT,
  test: {
    name: "browser",
    include: testsIn(FOLDERS.browser),
    fileParallelism: false,
    // A condition that is waited for ends the wait; the limit only ends a test that hangs.
    expect: { poll: { timeout: 15_000 } },
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
