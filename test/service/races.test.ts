/** Things that happen to one run at the same time, over HTTP, many times each. */
import { scheduler } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { historySchema, runSchema } from "#model/run.ts";
import type { Answer } from "../support/http.ts";
import { type Service, startService } from "../support/service.ts";

const ROUNDS = 25;
const ANSWER = { inputs: { topic: "Launch" } };
const INPUTS = { inputs: { topic: "Launch", audience: "SMB" } };

const EXPIRING = `
id: expiring
name: Expiring
start_step: ask
steps:
  - id: ask
    type: form
    name: Ask
    next: done
    config:
      fields: [{ key: topic, type: string, required: true }]
      expires_in_s: 2
      on_expire: late
  - { id: done, type: conditional, name: Done, config: { when: "true", then: null, else: null } }
  - { id: late, type: conditional, name: Late, config: { when: "true", then: null, else: null } }
`;

const TWO_APPROVERS = `
id: two_approvers
name: Two approvers
start_step: sign
steps:
  - id: sign
    type: approval
    name: Sign
    config: { approvers: [ann@example.com, bob@example.com], quorum: 2 }
`;

let service: Service;
beforeAll(async () => {
  service = await startService();
  for (const text of [EXPIRING, TWO_APPROVERS]) {
    const created = await service.yaml("POST", "/v1/workflows", text);
    expect(created.status, created.text).toBe(201);
  }
});
afterAll(() => service.close());

async function start(workflowId: string): Promise<string> {
  const answer = await service.post("/v1/executions", { workflow_id: workflowId });
  return runSchema.parse(answer.json()).id;
}

const resume = (id: string, body: object) => service.post(`/v1/executions/${id}/resume`, body);
const cancel = (id: string) => service.post(`/v1/executions/${id}/cancel`, {});
const statuses = (answers: Answer[]) =>
  answers.map((answer) => answer.status).toSorted((left, right) => left - right);

/** Answers a wait that expires, `offsetMs` after it does. */
async function raceExpiry(offsetMs: number): Promise<{ id: string; status: number }> {
  const started = await service.post("/v1/executions", { workflow_id: "expiring" });
  const run = runSchema.parse(started.json());
  const expiresAt = Date.parse(run.wait?.expires_at ?? "");
  await scheduler.wait(Math.max(0, expiresAt + offsetMs - Date.now()));
  return { id: run.id, status: (await resume(run.id, ANSWER)).status };
}

/** Resolves when the run is completed. */
async function ended(id: string): Promise<void> {
  await vi.waitFor(
    async () => {
      const run = runSchema.parse((await service.get(`/v1/executions/${id}`)).json());
      expect(run.status).toBe("completed");
    },
    { timeout: 15_000, interval: 50 },
  );
}

async function history(id: string) {
  return historySchema.parse((await service.get(`/v1/executions/${id}/history`)).json());
}

async function completions(id: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const event of (await history(id)).events) {
    if (event.type !== "step.completed") continue;
    counts[event.step_id ?? ""] = (counts[event.step_id ?? ""] ?? 0) + 1;
  }
  return counts;
}

describe("at the same time", () => {
  test(`two resumes of one wait: one wins, the other gets 409 (${ROUNDS} times)`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const id = await start("content_draft_flow");
      const answers = await Promise.all([resume(id, INPUTS), resume(id, INPUTS)]);
      expect(statuses(answers)).toEqual([200, 409]);
      expect(await completions(id)).toEqual({ form: 1, generate: 1 });
    }
  });

  test(`ten resumes of one wait: one wins, nine get 409 (${ROUNDS} times)`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const id = await start("content_draft_flow");
      const body = { ...INPUTS, wait_number: 1 };
      const answers = await Promise.all(Array.from({ length: 10 }, () => resume(id, body)));
      expect(statuses(answers)).toEqual([200, ...Array.from({ length: 9 }, () => 409)]);
    }
  });

  test(`a resume and a cancel: the run ends canceled, and no step starts after it (${ROUNDS} times)`, async () => {
    const wins = { resume: 0, cancel: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      const id = await start("content_draft_flow");
      const calls = [() => resume(id, INPUTS), () => cancel(id)];
      if (round % 2 === 1) calls.reverse();
      const answers = await Promise.all(calls.map((call) => call()));
      const [resumed, canceled] = round % 2 === 1 ? answers.toReversed() : answers;
      expect(canceled?.status).toBe(200);
      expect([200, 409]).toContain(resumed?.status);
      wins[resumed?.status === 200 ? "resume" : "cancel"] += 1;
      const { events } = await history(id);
      const end = events.findIndex((event) => event.type === "run.canceled");
      expect(end).toBeGreaterThan(0);
      expect(events.slice(end + 1).filter((event) => event.type !== "step.late")).toEqual([]);
    }
    console.log(`resume against cancel: ${wins.resume} to ${wins.cancel}`);
  });

  test("a resume and the expiry of its wait: exactly one of them takes the run on", async () => {
    // One on either side for certain, the others spread around the moment at which each expires.
    const raced = [await raceExpiry(-Infinity)];
    const offsetsMs = Array.from({ length: ROUNDS }, (_, index) => index * 25 - 300);
    raced.push(...(await Promise.all(offsetsMs.map((offset) => raceExpiry(offset)))));
    const late = await start("expiring");
    await ended(late);
    raced.push({ id: late, status: (await resume(late, ANSWER)).status });
    for (const { id, status } of raced) {
      await ended(id);
      const done = await completions(id);
      expect({ id, done }).toEqual({
        id,
        done: status === 200 ? { ask: 1, done: 1 } : { late: 1 },
      });
    }
    expect(new Set(raced.map(({ status }) => status))).toEqual(new Set([200, 409]));
  });

  test(`two approvers: both count, and the step completes once (${ROUNDS} times)`, async () => {
    const scopes = ["approvals:decide", "runs:read"] as const;
    const keys = await Promise.all([service.createKey({ scopes }), service.createKey({ scopes })]);
    const body = JSON.stringify({ approvals: [{ step_id: "sign", approved: true }] });
    for (let round = 0; round < ROUNDS; round++) {
      const id = await start("two_approvers");
      const path = `/v1/executions/${id}/resume`;
      const headers = { "content-type": "application/json" };
      const answers = await Promise.all(
        keys.map((key) => service.send({ method: "POST", path, headers, body, key })),
      );
      expect(statuses(answers)).toEqual([200, 200]);
      expect(await completions(id)).toEqual({ sign: 1 });
      const { steps } = await history(id);
      expect(steps[0]).toMatchObject({ status: "completed", output: { approved: true } });
    }
  });

  test("a thousand starts with one key, a hundred at a time: one run", async () => {
    const seen = new Set<string>();
    for (let batch = 0; batch < 10; batch++) {
      const answers = await Promise.all(
        Array.from({ length: 100 }, () =>
          service.post(
            "/v1/executions",
            { workflow_id: "content_draft_flow" },
            { "idempotency-key": "one-key" },
          ),
        ),
      );
      for (const answer of answers) {
        expect(answer.status).toBe(202);
        seen.add(runSchema.parse(answer.json()).id);
      }
    }
    expect(seen.size).toBe(1);
  });
});
