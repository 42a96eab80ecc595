/** Callers that go away in the middle of a request: what they began goes on, once. */
import { request } from "node:http";
import { scheduler } from "node:timers/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { historySchema, runSchema } from "#model/run.ts";
import { type Service, startService } from "../support/service.ts";

const ROUNDS = 24;

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

/** Sends the request, whole or in part, and closes the connection after so many ms. */
async function askAndGo(path: string, body: object, key: string, afterMs: number): Promise<void> {
  const { hostname, port } = new URL(service.url);
  const text = JSON.stringify(body);
  const headers = {
    authorization: `Bearer ${service.key}`,
    "content-type": "application/json",
    "content-length": String(text.length),
    "idempotency-key": key,
  };
  const outgoing = request({ hostname, port, path, method: "POST", headers, agent: false });
  const closed = new Promise((resolve) => outgoing.once("close", resolve));
  outgoing.on("error", () => "the connection is closed on purpose");
  if (afterMs < 0) outgoing.write(text.slice(0, -afterMs));
  else outgoing.end(text);
  await scheduler.wait(Math.max(2, afterMs));
  outgoing.destroy();
  await closed;
}

const BODY = { workflow_id: "content_draft_flow" };
const ANSWERS = { inputs: { topic: "Launch", audience: "SMB" } };

/** In the middle of the body; and at moments from right after it to after the answer. */
const momentOf = (round: number) => (round % 6 === 0 ? -5 : (round % 6) * 4);

test(`of ${ROUNDS} starts and answers: the key finds the one run, and it goes on`, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const key = `gone-${round}`;
    await askAndGo("/v1/executions", BODY, key, momentOf(round));
    const again = await service.post("/v1/executions", BODY, { "idempotency-key": key });
    expect(again.status, again.text).toBe(202);
    const { id } = runSchema.parse(again.json());
    const resume = `/v1/executions/${id}/resume`;
    await askAndGo(resume, ANSWERS, key, momentOf(round));
    const answered = await service.post(resume, ANSWERS, { "idempotency-key": key });
    expect(answered.status, answered.text).toBe(200);
    await vi.waitFor(async () => {
      const run = runSchema.parse((await service.get(`/v1/executions/${id}`)).json());
      expect(run).toMatchObject({ status: "waiting", current_step: "approval" });
    });
    const { events } = historySchema.parse(
      (await service.get(`/v1/executions/${id}/history`)).json(),
    );
    const types = events.map(({ type }) => type);
    expect(types.filter((type) => type === "run.resumed")).toHaveLength(1);
    const done = events.filter(({ type }) => type === "step.completed");
    expect(done.map(({ step_id }) => step_id)).toEqual(["form", "generate"]);
  }
  const { runs } = await service.stored();
  const keys = runs.map(({ idempotency_key }) => idempotency_key);
  expect(keys.filter((key) => key?.startsWith("gone-"))).toHaveLength(new Set(keys).size);
});
