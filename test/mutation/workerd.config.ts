import { defineConfig } from "vitest/config";
import workerd from "../config/workerd.ts";
import { plantedFault, testsBeside } from "./plant.ts";

// Modules are kept on disk between runs, by their text as it is there: without the fault.
export default defineConfig({
  ...workerd,
  plugins: [...(workerd.plugins ?? []), plantedFault()],
  test: { ...workerd.test, include: testsBeside(), bail: 1, fsModuleCache: false },
});
