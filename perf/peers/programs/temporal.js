// Temporal: a server of its own keeps the history, the worker runs in this process.
import { Client, Connection } from "@temporalio/client";
import { DefaultLogger, NativeConnection, Runtime, Worker } from "@temporalio/worker";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { serve } from "./serve.js";
import { draftOf, ruleOf } from "./steps.js";

const TASK_QUEUE = "peer";
const address = process.env.TEMPORAL_ADDRESS;

Runtime.install({ logger: new DefaultLogger("ERROR") });
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  taskQueue: TASK_QUEUE,
  workflowsPath: fileURLToPath(new URL("temporal-workflows.js", import.meta.url)),
  activities: {
    generate: async (inputs) => draftOf(inputs),
    rule: async (step) => ruleOf(step),
  },
});
void worker.run();

const client = new Client({ connection: await Connection.connect({ address }) });
const start = (type) =>
  client.workflow.start(type, { taskQueue: TASK_QUEUE, workflowId: randomUUID(), args: [] });

serve({
  start: async () => ({ id: (await start("mainJob")).workflowId }),
  answer: (id, inputs) => client.workflow.getHandle(id).executeUpdate("answer", { args: [inputs] }),
  decide: async (id, decision) => {
    const job = client.workflow.getHandle(id);
    await job.executeUpdate("decide", { args: [decision] });
    return job.result();
  },
  pure: async () => (await start("pureJob")).result(),
});
