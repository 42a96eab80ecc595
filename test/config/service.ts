import { defineConfig } from "vitest/config";
import { FOLDERS, ROOT, testsIn } from "./folders.ts";

export default defineConfig({
  root: ROOT,
  test: {
    name: "service",
    include: testsIn(FOLDERS.service),
    fileParallelism: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
