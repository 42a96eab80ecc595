// Cloudflare Workflows in the same runtime as the service.
import { WorkflowEntrypoint } from "cloudflare:workers";
import { draftOf, ruleOf } from "./steps.js";

const POLL_MS = 2;

export class MainJob extends WorkflowEntrypoint {
  async run(_event, step) {
    const { payload: inputs } = await step.waitForEvent("form", { type: "answer" });
    const draft = await step.do("generate", async () => draftOf(inputs));
    const { payload: decision } = await step.waitForEvent("approval", { type: "decision" });
    return { approved: decision.approved, draft };
  }
}

export class PureJob extends WorkflowEntrypoint {
  async run(_event, step) {
    let next = 0;
    while (next < 10) {
      const at = next;
      ({ next } = await step.do(`rule${at}`, async () => ruleOf(at)));
    }
    return next;
  }
}

/** Three effects: in the process, or over HTTP where the event names an address. */
export class EffectJob extends WorkflowEntrypoint {
  async run({ payload }, step) {
    const results = [];
    for (let each = 0; each < 3; each++) {
      results.push(
        await step.do(`effect${each}`, async () =>
          payload.url
            ? (await fetch(payload.url)).json()
            : draftOf({ topic: "Launch", audience: "SMB" }),
        ),
      );
    }
    return results;
  }
}

/** There is no call that waits for the end: its status is asked until it is there. */
async function ended(instance) {
  for (;;) {
    const { status, error } = await instance.status();
    if (status === "complete") return { status };
    if (status === "errored" || status === "terminated") throw new Error(`${status}: ${error}`);
    await scheduler.wait(POLL_MS);
  }
}

const routes = {
  start: async (env) => ({ id: (await env.MAIN_JOB.create()).id }),
  answer: async (env, id, payload) => {
    await (await env.MAIN_JOB.get(id)).sendEvent({ type: "answer", payload });
    return {};
  },
  decide: async (env, id, payload) => {
    const instance = await env.MAIN_JOB.get(id);
    await instance.sendEvent({ type: "decision", payload });
    return ended(instance);
  },
  pure: async (env) => ended(await env.PURE_JOB.create()),
  effects: async (env, _id, params) => ended(await env.EFFECT_JOB.create({ params: params ?? {} })),
};

export default {
  async fetch(request, env) {
    const [, route = "", id = ""] = new URL(request.url).pathname.split("/");
    const text = await request.text();
    return Response.json(await routes[route](env, id, text === "" ? null : JSON.parse(text)));
  },
};
