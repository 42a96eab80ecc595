/** The plugin that puts the fault of `PLANTED_FAULT` into its module while tests load it. */
import { readFileSync } from "node:fs";
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

function faultOfEnvironment(): z.infer<typeof faultSchema> | null {
  const planted = process.env["PLANTED_FAULT"];
  return planted === undefined ? null : faultSchema.parse(JSON.parse(planted));
}

/** The fault that puts one text of a module in the place of another, which stands there once. */
export function faultAt(file: string, original: string, replacement: string) {
  const text = readFileSync(`${ROOT}${file}`, "utf8");
  const start = text.indexOf(original);
  if (start < 0 || text.indexOf(original, start + 1) >= 0) {
    throw new Error(`${file} does not have this text once: ${original}`);
  }
  const line = text.slice(0, start).split("\n").length;
  return { file, line, start, end: start + original.length, original, replacement };
}

/** The tests of the folder that a fault is planted in. */
export function testsBeside(): string[] {
  return [`test/${process.env["PLANTED_IN"]}/**/*.test.ts`];
}

export function plantedFault(fault = faultOfEnvironment()): Plugin {
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
