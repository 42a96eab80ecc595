import { defineConfig } from "vitest/config";
import unit from "../config/unit.ts";
import { plantedFault, testsBeside } from "./plant.ts";

// Modules are kept on disk between runs, by their text as it is there: without the fault.
export default defineConfig({
  ...unit,
  plugins: [plantedFault()],
  test: { ...unit.test, include: testsBeside(), bail: 1, fsModuleCache: false },
});
