import { defineConfig } from "vitest/config";
import { FOLDERS, ROOT, testsIn } from "./folders.ts";

export default defineConfig({
  root: ROOT,
  test: {
    name: "service",
    include: testsIn(FOLDERS.service),
    globalSetup: ["test/config/build-worker.ts"],
    fileParallelism: false,
    // A condition that is waited for ends the wait; the limit only ends a test that hangs.
    expect: { poll: { timeout: 15_000 } },
    // One process for all files: what they import is loaded once, and they can share services.
    isolate: false,
    testTimeout: 90_000,
    hookTimeout: 60_000,
  },
});
