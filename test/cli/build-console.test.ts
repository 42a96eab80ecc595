/** The console stays quick to load, and is built no more often than it changes. */
import { expect, test } from "vitest";
import { statSync, utimesSync } from "node:fs";
import { buildConsole, FIRST_LOAD_LIMIT_BYTES } from "#cli/build-console.ts";
import { PUBLIC_DIR, ROOT } from "#cli/paths.ts";

const BUILD_WITHIN_MS = 60_000;

test(
  "the first load takes 130 kB at most, also when it is the page of a run",
  async () => {
    const { firstLoad, runPage } = await buildConsole();
    expect(FIRST_LOAD_LIMIT_BYTES).toBe(130_000);
    // React alone is over 50 kB: a figure below is one of nothing.
    expect(firstLoad).toBeGreaterThan(50_000);
    expect(runPage).toBeGreaterThan(1_000);
    expect(firstLoad + runPage).toBeLessThanOrEqual(FIRST_LOAD_LIMIT_BYTES);
  },
  BUILD_WITHIN_MS,
);

test(
  "without a change nothing is built, for any times of the files",
  async () => {
    const sizes = await buildConsole();
    const before = statSync(`${PUBLIC_DIR}/index.html`);
    const now = new Date();
    utimesSync(`${ROOT}src/console/main.tsx`, now, now);
    expect(await buildConsole()).toEqual(sizes);
    expect(statSync(`${PUBLIC_DIR}/index.html`).ino).toBe(before.ino);
  },
  BUILD_WITHIN_MS,
);
