// Restate: a server of its own keeps the journal, the handlers run in this process.
import * as restate from "@restatedev/restate-sdk";
import * as clients from "@restatedev/restate-sdk-clients";
import { randomUUID } from "node:crypto";
import { serve } from "./serve.js";
import { draftOf, ruleOf } from "./steps.js";

const mainJob = restate.workflow({
  name: "mainJob",
  handlers: {
    run: async (ctx) => {
      const inputs = await ctx.promise("answer");
      const draft = await ctx.run("generate", () => draftOf(inputs));
      await ctx.promise("draft").resolve(draft);
      const { approved } = await ctx.promise("decision");
      return { approved, draft };
    },
    answer: async (ctx, inputs) => {
      await ctx.promise("answer").resolve(inputs);
      return ctx.promise("draft");
    },
    decide: async (ctx, decision) => ctx.promise("decision").resolve(decision),
  },
});

const pureJob = restate.workflow({
  name: "pureJob",
  handlers: {
    run: async (ctx) => {
      let next = 0;
      while (next < 10) {
        const step = next;
        ({ next } = await ctx.run(`rule${step}`, () => ruleOf(step)));
      }
      return next;
    },
  },
});

const PORT = Number(process.env.HANDLERS_PORT);
await restate.serve({ services: [mainJob, pureJob], port: PORT });

const deployed = await fetch(`${process.env.ADMIN_URL}/deployments`, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ uri: `http://127.0.0.1:${PORT}`, force: true }),
});
if (!deployed.ok) throw new Error(await deployed.text());

const ingress = clients.connect({ url: process.env.INGRESS_URL });
const ofJob = (id) => ingress.workflowClient({ name: "mainJob" }, id);

serve({
  start: async () => {
    const id = randomUUID();
    await ofJob(id).workflowSubmit();
    return { id };
  },
  answer: (id, inputs) => ofJob(id).answer(inputs),
  decide: async (id, decision) => {
    await ofJob(id).decide(decision);
    return ofJob(id).workflowAttach();
  },
  pure: async () => {
    const job = ingress.workflowClient({ name: "pureJob" }, randomUUID());
    await job.workflowSubmit();
    return job.workflowAttach();
  },
});
