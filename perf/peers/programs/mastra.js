// Mastra: workflows in the process, a snapshot of the run in a libSQL file after each step.
import { Mastra } from "@mastra/core";
import { createStep, createWorkflow } from "@mastra/core/workflows";
import { LibSQLStore } from "@mastra/libsql";
import { z } from "zod";
import { serve } from "./serve.js";
import { draftOf, ruleOf } from "./steps.js";

// The schemas of steps are not what is measured.
const anything = z.unknown();

const form = createStep({
  id: "form",
  inputSchema: anything,
  outputSchema: anything,
  resumeSchema: anything,
  suspendSchema: anything,
  execute: async ({ resumeData, suspend }) => resumeData ?? suspend({}),
});
const generate = createStep({
  id: "generate",
  inputSchema: anything,
  outputSchema: anything,
  execute: async ({ inputData }) => draftOf(inputData),
});
const approval = createStep({
  id: "approval",
  inputSchema: anything,
  outputSchema: anything,
  resumeSchema: anything,
  suspendSchema: anything,
  execute: async ({ inputData, resumeData, suspend }) =>
    resumeData ? { approved: resumeData.approved, draft: inputData } : suspend({}),
});

const mainJob = createWorkflow({ id: "mainJob", inputSchema: anything, outputSchema: anything })
  .then(form)
  .then(generate)
  .then(approval)
  .commit();

let steps = createWorkflow({ id: "pureJob", inputSchema: anything, outputSchema: anything });
for (let step = 0; step < 10; step++) {
  steps = steps.then(
    createStep({
      id: `rule${step}`,
      inputSchema: anything,
      outputSchema: anything,
      execute: async () => ruleOf(step),
    }),
  );
}
const pureJob = steps.commit();

const mastra = new Mastra({
  workflows: { mainJob, pureJob },
  storage: new LibSQLStore({ id: "peer", url: `file:${process.env.DATABASE_FILE}` }),
  logger: false,
});
const job = mastra.getWorkflow("mainJob");
const pure = mastra.getWorkflow("pureJob");

async function resume(id, step, resumeData, expected) {
  const run = await job.createRun({ runId: id });
  const result = await run.resume({ step, resumeData });
  if (result.status !== expected) throw new Error(`the run is ${result.status}`);
  return { status: result.status };
}

serve({
  start: async () => {
    const run = await job.createRun();
    await run.start({ inputData: {} });
    return { id: run.runId };
  },
  answer: (id, inputs) => resume(id, "form", inputs, "suspended"),
  decide: (id, decision) => resume(id, "approval", decision, "success"),
  pure: async () => {
    const result = await (await pure.createRun()).start({ inputData: {} });
    if (result.status !== "success") throw new Error(`the run is ${result.status}`);
    return { status: result.status };
  },
});
