// What Temporal's worker bundles: deterministic code only.
import { condition, defineUpdate, proxyActivities, setHandler } from "@temporalio/workflow";

const { generate, rule } = proxyActivities({ startToCloseTimeout: "1 minute" });

export async function mainJob() {
  let inputs = null;
  let draft = null;
  let decision = null;
  setHandler(defineUpdate("answer"), async (given) => {
    inputs = given;
    await condition(() => draft !== null);
    return draft;
  });
  setHandler(defineUpdate("decide"), (given) => {
    decision = given;
  });
  await condition(() => inputs !== null);
  draft = await generate(inputs);
  await condition(() => decision !== null);
  return { approved: decision.approved, draft };
}

export async function pureJob() {
  let next = 0;
  while (next < 10) ({ next } = await rule(next));
  return next;
}
