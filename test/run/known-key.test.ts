/** Idempotency keys that a release before 0.4 remembered: they still find what they did. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import type { RequestKey, ResumeRequest } from "#model/run-rpc.ts";
import { approval, definition } from "../support/definitions.ts";
import { objectOf, startRecord, valueOf } from "./support/runs.ts";

const FINGERPRINT = "f".repeat(64);
const APPROVERS = ["ann@example.com", "bob@example.com", "eve@example.com"];

/** A run in which ann decided with an older release, which remembered her key by this name. */
async function decidedBefore(name: string): Promise<string> {
  const workflow = definition([approval("sign", { config: { approvers: APPROVERS, quorum: 3 } })]);
  const record = startRecord(workflow);
  const { runId } = record;
  const stub = objectOf(runId);
  await stub.start({ record, waitMs: 1_000 });
  const reply = await stub.resume(request("user:ann", "ann@example.com", null));
  expect(reply.ok).toBe(true);
  await runInDurableObject(stub, (_object, { storage: { sql } }) => {
    sql.exec(
      "INSERT INTO doc (name, value) VALUES (?, ?)",
      `key:${name}`,
      JSON.stringify(FINGERPRINT),
    );
  });
  await evictDurableObject(stub);
  return runId;
}

function request(id: string, email: string, key: RequestKey | null): ResumeRequest {
  return {
    key,
    workflowScope: null,
    waitMs: 1_000,
    caller: { id, email, kind: "jwt" },
    answer: { kind: "approval", step_id: "sign", approved: true },
  };
}

async function isReplayed(runId: string, email: string, key: RequestKey): Promise<boolean> {
  const reply = await objectOf(runId).resume(request(`user:${email}`, email, key));
  return valueOf(reply).isReplay;
}

const keyOf = (name: string, onlyIfBy?: string): RequestKey => ({
  name: `2:["resume","principal","x","${name}"]`,
  fingerprint: FINGERPRINT,
  earlier: { name, ...(onlyIfBy === undefined ? {} : { onlyIfBy }) },
});

describe("a key of an older release", () => {
  test("whose name is one caller's alone finds its answer", async () => {
    const runId = await decidedBefore("resume:user:ann:K1");
    expect(await isReplayed(runId, "ann@example.com", keyOf("resume:user:ann:K1"))).toBe(true);
  });

  test("whose name may be another's finds it for who acted in the run", async () => {
    const name = "resume:user:ns:sa:K1";
    const runId = await decidedBefore(name);
    expect(await isReplayed(runId, "ann@example.com", keyOf(name, "ann@example.com"))).toBe(true);
  });

  test("and not for other callers, whose decision is accepted", async () => {
    const name = "resume:user:ns:sa:K1";
    const runId = await decidedBefore(name);
    expect(await isReplayed(runId, "bob@example.com", keyOf(name, "bob@example.com"))).toBe(false);
  });
});
