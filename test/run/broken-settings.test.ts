/** Runs under way when the service is deployed with settings that it cannot read. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, expect, test, vi } from "vitest";
import { api, definition } from "../support/definitions.ts";
import { eventTypes, eventually, objectOf, readRun, startRecord } from "./support/runs.ts";
import { ownSettings } from "./support/worker.ts";

vi.setConfig({ testTimeout: 30_000 });
afterEach(() => vi.restoreAllMocks());

test.each(["GET", "POST"] as const)(
  "a %s waits for settings that can be read, and is sent once",
  async (method) => {
    const lines = vi.spyOn(console, "log").mockImplementation(() => {});
    const sent = vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response("{}"));
    const record = startRecord(definition([api("call", { config: { method } })]));
    const { runId } = record;
    const object = () => objectOf(runId);
    ownSettings.set(runId, { OTEL_TRACES_SAMPLER_ARG: "a half" });
    await object().start({ record, waitMs: 0 });
    for (let alarms = 0; alarms < 12; alarms += 1) {
      await runDurableObjectAlarm(object());
      await evictDurableObject(object());
    }
    expect(await eventTypes(runId)).toEqual(["run.created", "run.started", "step.started"]);
    const alarmInMs = await runInDurableObject(object(), async (_object, { storage }) => {
      return ((await storage.getAlarm()) ?? 0) - Date.now();
    });
    expect(alarmInMs).toBeGreaterThan(5_000);
    expect(alarmInMs).toBeLessThanOrEqual(30_000);
    const said = lines.mock.calls.map(([line]) => String(line));
    expect(said.find((line) => line.includes("settings"))).toContain("OTEL_TRACES_SAMPLER_ARG");

    ownSettings.delete(runId);
    await evictDurableObject(object());
    await runDurableObjectAlarm(object());
    const run = await eventually(
      () => readRun(runId),
      ({ status }) => status !== "running",
    );
    expect(run.status).toBe("completed");
    expect(sent).toHaveBeenCalledTimes(1);
  },
);
