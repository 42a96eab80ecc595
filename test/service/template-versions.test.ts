/** Which version of a template a run uses: the one that was current when it started. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { historySchema } from "#model/run.ts";
import { type Service, startService } from "../support/service.ts";
import { answerForm, start } from "./runs.ts";

const PATH = "/v1/templates/content_v1";

let service: Service;

beforeAll(async () => {
  service = await startService();
});

afterAll(() => service.close());

/** The template versions that the run's AI step was asked and answered with. */
async function versionsUsed(runId: string): Promise<unknown[]> {
  const answer = await service.get(`/v1/executions/${runId}/history`);
  const { events } = historySchema.parse(answer.json());
  return events
    .filter((event) => event.type === "ai.request" || event.type === "ai.response")
    .map((event) => event.data.template_version);
}

test("a run uses the version that was current when it started, later runs the new one", async () => {
  const before = await start(service);
  const changed = await service.put(PATH, { prompt: "Another draft about {{topic}}." });
  expect(changed.json()).toMatchObject({ id: "content_v1", version: 2 });
  const after = await start(service);

  await answerForm(service, before);
  await answerForm(service, after);

  expect(await versionsUsed(before)).toEqual([1, 1]);
  expect(await versionsUsed(after)).toEqual([2, 2]);
});

test("the same text again is no new version, and the current one is what is read", async () => {
  const body = { system: "You write.", prompt: "On {{topic}}.", description: "A draft." };
  const path = "/v1/templates/kept_v1";
  const stored = { id: "kept_v1", version: 1, ...body };
  expect((await service.put(path, body)).json()).toEqual(stored);
  expect((await service.put(path, body)).json()).toEqual(stored);
  const next = { ...stored, version: 2, prompt: "About {{topic}}." };
  expect((await service.put(path, { ...body, prompt: next.prompt })).json()).toEqual(next);
  expect((await service.get(path)).json()).toEqual(next);
});
