import { defineConfig } from "vitest/config";
import { FOLDERS, ROOT, testsIn } from "./folders.ts";

export default defineConfig({
  root: ROOT,
  test: {
    name: "faults",
    include: testsIn(FOLDERS.faults),
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
