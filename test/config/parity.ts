import { defineConfig } from "vitest/config";
import { FOLDERS, ROOT, testsIn } from "./folders.ts";

export default defineConfig({
  root: ROOT,
  test: {
    name: "parity",
    include: testsIn(FOLDERS.parity),
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
