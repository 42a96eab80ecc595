// DBOS: workflows in the process, each step a row in PostgreSQL.
import { DBOS } from "@dbos-inc/dbos-sdk";
import { serve } from "./serve.js";
import { draftOf, ruleOf } from "./steps.js";

const HOUR_S = 3600;

DBOS.setConfig({
  name: "peer",
  systemDatabaseUrl: process.env.DATABASE_URL,
  systemDatabasePoolSize: 40,
  logLevel: "error",
  // The least it takes: the client of this program waits for the draft.
  notificationCoalesceMs: 1,
});

const mainJob = DBOS.registerWorkflow(
  async () => {
    const inputs = await DBOS.recv("answer", HOUR_S);
    const draft = await DBOS.runStep(async () => draftOf(inputs), { name: "generate" });
    await DBOS.setEvent("draft", draft);
    const { approved } = await DBOS.recv("decision", HOUR_S);
    return { approved, draft };
  },
  { name: "mainJob" },
);

const pureJob = DBOS.registerWorkflow(
  async () => {
    let next = 0;
    while (next < 10) {
      const step = next;
      ({ next } = await DBOS.runStep(async () => ruleOf(step), { name: `rule${step}` }));
    }
    return next;
  },
  { name: "pureJob" },
);

await DBOS.launch();

// A handle of the process that runs the job waits without polling.
const handles = new Map();

serve({
  start: async () => {
    const handle = await DBOS.startWorkflow(mainJob)();
    handles.set(handle.workflowID, handle);
    return { id: handle.workflowID };
  },
  answer: async (id, inputs) => {
    await DBOS.send(id, inputs, "answer");
    return DBOS.getEvent(id, "draft", HOUR_S);
  },
  decide: async (id, decision) => {
    await DBOS.send(id, decision, "decision");
    const handle = handles.get(id);
    handles.delete(id);
    return handle.getResult();
  },
  pure: async () => (await DBOS.startWorkflow(pureJob)()).getResult(),
});
