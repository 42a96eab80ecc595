/** The plugin that puts the fault of `PLANTED_FAULT` into its module while tests load it. */
import type { Plugin } from "vite";
import { z } from "zod";
import { ROOT } from "../config/folders.ts";

export const faultSchema = z.object({
  file: z.string(),
  line: z.number(),
  start: z.number(),
  end: z.number(),
  original: z.string(),
  replacement: z.string(),
});

/** The tests of the folder that a fault is planted in. */
export function testsBeside(): string[] {
  return [`test/${process.env["PLANTED_IN"]}/**/*.test.ts`];
}

export function plantedFault(): Plugin {
  const planted = process.env["PLANTED_FAULT"];
  const fault = planted === undefined ? null : faultSchema.parse(JSON.parse(planted));
  return {
    name: "planted-fault",
    enforce: "pre",
    transform(code, id) {
      if (fault === null || id !== `${ROOT}${fault.file}`) return null;
      if (code.slice(fault.start, fault.end) !== fault.original) {
        throw new Error(`${fault.file} is not the text that the fault was drawn from`);
      }
      return code.slice(0, fault.start) + fault.replacement + code.slice(fault.end);
    },
  };
}
