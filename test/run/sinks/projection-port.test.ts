/** Which collector a run sends to, and what it makes of one that ends. */
import { describe, expect, test } from "vitest";
import type { Env } from "#env.ts";
import { ProjectionShards, shardOf } from "#run/sinks/projection-port.ts";
import { randomRunId } from "#security/run-id.ts";
import { projectionOfRun } from "../../support/projections.ts";
import { bindings } from "../support/runs.ts";

describe("the shard of a run", () => {
  test("is always the same one, and each has its part of the runs", () => {
    const runIds = Array.from({ length: 4_000 }, randomRunId);
    for (const shards of [1, 4, 16]) {
      const counts = Array.from({ length: shards }, () => 0);
      for (const runId of runIds) {
        const shard = shardOf(runId, shards);
        expect(shardOf(runId, shards)).toBe(shard);
        counts[shard] = (counts[shard] ?? 0) + 1;
      }
      expect(counts).toHaveLength(shards);
      expect(Math.min(...counts)).toBeGreaterThan(4_000 / shards / 2);
    }
  });

  test("is the name of its collector", async () => {
    const names: string[] = [];
    const namespace: Pick<Env["PROJECTIONS"], "getByName"> = {
      getByName(name) {
        names.push(name);
        return bindings.PROJECTIONS.getByName("0");
      },
    };
    const runId = "run_of_a_shard";
    const reply = await new ProjectionShards(namespace, 16).project(projectionOfRun({ runId }));
    expect(reply).toEqual({ ok: true });
    expect(names).toEqual([String(shardOf(runId, 16))]);
  });
});

test("a collector that ends in the middle of the call is a failure with its reason", async () => {
  const namespace: Pick<Env["PROJECTIONS"], "getByName"> = {
    getByName() {
      throw new Error("Durable Object reset because its code was updated.");
    },
  };
  const port = new ProjectionShards(namespace, 1);
  expect(await port.project(projectionOfRun({ runId: "run_cut_off" }))).toEqual({
    ok: false,
    reason: "Durable Object reset because its code was updated.",
  });
});
