/**
 * `npm run fuzz`: requests made from the API description and the lists of naughty texts, against
 * the whole Worker. Prints what was seen, each fault with the smallest session that shows it, and
 * ends with 1 when there is one.
 *
 *     npm run fuzz -- --requests 2000 --seed 7
 *     npm run fuzz -- --session 7000012      one session again, by the number that was printed
 */
import { parseArgs } from "node:util";
import { campaign } from "./campaign.ts";
import { openTarget } from "./target.ts";

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
    lanes: { type: "string", default: "4" },
    session: { type: "string" },
  },
});

const target = await openTarget();
const startedAt = Date.now();
try {
  const { coverage, found } = await campaign(target, {
    requests: Number(values.requests),
    seed: Number(values.seed),
    lanes: Number(values.lanes),
    session: values.session === undefined ? null : Number(values.session),
  });
  console.log(coverage.table());
  for (const { session, signature, count, text } of found) {
    console.log(
      `\n✗ ${count}× ${signature}\n${text}\n  again: npm run fuzz -- --session ${session}`,
    );
  }
  for (const defect of target.defects().slice(0, 10)) console.log(`\nlogged: ${defect}`);
  const never = values.session === undefined ? coverage.neverSucceeded() : [];
  const share = Math.round(coverage.share * 1000) / 10;
  const isMet =
    coverage.crashes === 0 &&
    coverage.undocumented === 0 &&
    never.length === 0 &&
    (values.session !== undefined || share >= 30);
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  const each = never.length === 0 ? "each operation did" : `never: ${never.join(", ")}`;
  const figure = `${coverage.crashes} of 500, ${coverage.undocumented} undocumented; ${share} % succeeded, ${each}`;
  console.log(`\nS1 fuzz: ${figure}; ${coverage.sent} requests, seed ${values.seed}, ${seconds} s`);
  process.exitCode = isMet ? 0 : 1;
} finally {
  await target.close();
}
