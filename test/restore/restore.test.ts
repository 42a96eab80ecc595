/** The small form of `npm run restore-check`, and a fault that it must find. */
import { expect, test } from "vitest";
import { checkRestore } from "./check.ts";

test("runs in every state come back from a backup, held, and go on", async () => {
  const report = await checkRestore({ runs: 42 });
  expect(report.faults).toEqual([]);
}, 300_000);
