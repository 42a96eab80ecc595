/**
 * The short form of `npm run simulate`: some hundred seeds break no law, the same seed is the same
 * schedule, and slips are found. In processes of their own, since the globals are replaced.
 */
import { execFile } from "node:child_process";
import { describe, expect, it } from "vitest";

const PROGRAM = new URL("run.ts", import.meta.url).pathname;

function simulate(...args: string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, ...args], (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
}

describe("a simulation", () => {
  it("breaks no law", async () => {
    const text = await simulate("--seeds", "200", "--seed", "1");
    expect(text).toContain("; 0 with a broken law");
    expect(text).toMatch(/cursor [1-9]\d*×/);
  });

  it("is the same for the same seed, after other seeds in the same process too", async () => {
    const [one, other] = await Promise.all([
      simulate("--seeds", "6", "--seed", "40", "--hashes"),
      simulate("--seeds", "3", "--seed", "43", "--hashes"),
    ]);
    const hashesOf = (text: string) => text.match(/^\d+ [0-9a-f]{8}$/gm) ?? [];
    expect(hashesOf(other)).toHaveLength(3);
    expect(hashesOf(one).slice(3)).toEqual(hashesOf(other));
    expect(new Set(hashesOf(one)).size).toBe(6);
  });

  it.each(["cursor-before-batch", "key-not-stored"])("finds the slip %s", async (name) => {
    expect(await simulate("--mutant", name, "--seeds", "300")).toContain("found after");
  });
});
