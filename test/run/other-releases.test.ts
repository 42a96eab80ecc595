/**
 * Worker and run object of two releases meet while a deployment spreads. What only the other one
 * knows, in requests and replies, is not in the way; what only this one knows may be absent.
 */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createApp } from "#http/app.ts";
import { type JsonText, parseJsonText } from "#model/json-text.ts";
import { runSchema } from "#model/run.ts";
import type { StartRecord } from "#model/start-record.ts";
import { approval, definition, form } from "../support/definitions.ts";
import {
  bindings,
  objectOf,
  projected,
  readHistory,
  runOf,
  startRecord,
  valueOf,
} from "./support/runs.ts";

const app = createApp();
/** As in test/config/workerd.ts. */
const KEY = "wo_testtestte_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

afterEach(() => vi.restoreAllMocks());

const FLOW = definition([form("ask", { next: "sign" }), approval("sign")]);
const WHO = { workflowScope: null, caller: { id: "dev" }, waitMs: 1_000 };
const ANSWER = { kind: "inputs", inputs: { topic: "Launch" } } as const;
const APPROVED = { kind: "approval", step_id: "sign", approved: true } as const;

/** Of a later release: it says more, at each level. */
function withMore<T extends object>(value: T): T {
  return { ...value, later: { than: ["this"] }, laterToo: null };
}

describe("a run object", () => {
  test("takes requests of a later Worker, and the run goes to its end", async () => {
    const record = withMore(startRecord(FLOW, { caller: withMore({ id: "dev" }) }));
    const object = objectOf(record.runId);
    const tokens = withMore({ form: true, approvals: "all" } as const);
    const started = await object.start(withMore({ record, tokens, waitMs: 1_000 }));
    expect(runOf(started).wait).toMatchObject({ type: "form" });
    const key = withMore({ name: "resume:dev:k", fingerprint: "f" });
    const resumed = await object.resume(withMore({ ...WHO, key, answer: withMore(ANSWER) }));
    expect(runOf(resumed).wait).toMatchObject({ type: "approval" });
    const decided = await object.resume(withMore({ ...WHO, key: null, answer: APPROVED }));
    expect(runOf(decided).status).toBe("completed");
    expect(runOf(await object.get(withMore({ workflowScope: null }))).status).toBe("completed");
    expect((await projected(record.runId)).run["status"]).toBe("completed");
  });

  test("takes what an earlier Worker sends: without all that came later", async () => {
    const { namedMock: _, isOnMock: _on, ...record }: StartRecord = startRecord(FLOW);
    const object = objectOf(record.runId);
    expect(runOf(await object.start({ record, waitMs: 1_000 })).status).toBe("waiting");
    await object.resume({ ...WHO, key: null, answer: ANSWER });
    const canceled = await object.cancel({ key: null, workflowScope: null, caller: { id: "dev" } });
    expect(runOf(canceled).status).toBe("canceled");
    const { events } = await readHistory(record.runId);
    expect(events.at(-1)?.type).toBe("run.canceled");
  });
});

describe("the Worker", () => {
  /** The object of a run, as a later release answers. */
  function laterObject(run: JsonText<unknown>) {
    const value = withMore({ run, isReplay: false });
    const reply = async () => withMore({ ok: true, value });
    const read = async () => withMore({ ok: true, value: run });
    return { start: reply, resume: reply, cancel: reply, get: read };
  }

  async function ask(method: string, path: string, body?: object): Promise<Response> {
    const { runId } = startRecord(FLOW);
    const record = startRecord(FLOW);
    const text = valueOf(await objectOf(record.runId).start({ record, waitMs: 1_000 })).run;
    const later = JSON.stringify(withMore(parseJsonText(text)));
    const stub = laterObject(later as JsonText<unknown>);
    const RUNS = { getByName: () => stub } as unknown as typeof bindings.RUNS;
    const context = createExecutionContext();
    const response = await app.request(
      path.replace("{id}", runId),
      {
        method,
        headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      },
      { ...bindings, RUNS },
      context,
    );
    await waitOnExecutionContext(context);
    return response;
  }

  test.each([
    ["GET", "/v1/executions/{id}", undefined],
    ["POST", "/v1/executions/{id}/cancel", {}],
    ["POST", "/v1/executions/{id}/resume", { inputs: { topic: "Launch" } }],
  ])("hands on what a later object says to %s %s", async (method, path, body) => {
    const response = await ask(method, path, body);
    expect(response.status).toBe(200);
    const text: unknown = await response.json();
    expect(runSchema.parse(text).status).toBe("waiting");
    expect(text).toMatchObject({ later: { than: ["this"] } });
  });
});
