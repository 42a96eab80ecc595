/** Resume tokens in a run: who is shown which, and that each answers its wait once at most. */
import type { ResumeClaims } from "#model/resume-claims.ts";
import { env } from "cloudflare:workers";
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, test, vi } from "vitest";
import type { Run } from "#model/run.ts";
import type { ApprovalStep, WorkflowDefinition } from "#model/workflow.ts";
import type { Reply, ResumeRequest, RunResult, TokenRights } from "#model/run-rpc.ts";
import { expiryOf } from "#run/views/resume-tokens.ts";
import type { StartRecord } from "#model/start-record.ts";
import { signResumeToken, verifyResumeToken } from "#security/resume-token.ts";
import { firstSecret } from "#security/server-secrets.ts";
import { ai, approval, conditional, definition, form } from "../../support/definitions.ts";
import {
  eventually,
  objectOf,
  projected,
  readHistory,
  readRun,
  runOf,
  startRecord,
  valueOf,
} from "../support/runs.ts";
import { interruptions } from "../support/worker.ts";

const { SERVER_SECRET: SECRET } = env as unknown as { SERVER_SECRET: string };
const DAY_MS = 24 * 3600 * 1000;

const ANN = "ann@example.com";
const BOB = "bob@example.com";
const EVE = "eve@example.com";

const KEY: TokenRights = { form: true, approvals: "all" };
const person = (email: string): TokenRights => ({ form: false, approvals: { email } });

const FORM = definition([form("ask", { next: "rest" }), conditional("rest")]);

function signing(config: Partial<ApprovalStep["config"]> = {}): WorkflowDefinition {
  return definition([
    approval("sign", { next: "rest", config: { approvers: [ANN, BOB, EVE], ...config } }),
    conditional("rest"),
  ]);
}

async function start(flow: WorkflowDefinition, over: Partial<StartRecord> = {}): Promise<string> {
  const record = startRecord(flow, over);
  await objectOf(record.runId).start({ record, waitMs: 1_000 });
  return record.runId;
}

async function show(runId: string, tokens?: TokenRights): Promise<Run> {
  return runOf(await objectOf(runId).get({ workflowScope: null, ...(tokens ? { tokens } : {}) }));
}

/** All tokens of the present wait by approver; a form's under "". */
async function tokensOf(runId: string, rights = KEY): Promise<Record<string, string>> {
  const { wait } = await show(runId, rights);
  if (wait?.type === "form") {
    return wait.resume_token === undefined ? {} : { "": wait.resume_token };
  }
  const tokens = wait?.resume_tokens ?? [];
  return Object.fromEntries(tokens.map(({ approver, token }) => [approver, token]));
}

async function claimsOf(token: string | undefined): Promise<ResumeClaims> {
  const claims = await verifyResumeToken(firstSecret(SECRET), token ?? "");
  if (!claims) throw new Error(`not a token: ${token}`);
  return claims;
}

async function tokenFor(runId: string, approver = ""): Promise<ResumeClaims> {
  return claimsOf((await tokensOf(runId))[approver]);
}

const INPUTS: ResumeRequest["answer"] = { kind: "inputs", inputs: { topic: "Launch" } };

function decision(approved: boolean, comment?: string): ResumeRequest["answer"] {
  const said = comment === undefined ? {} : { comment };
  return { kind: "approval", step_id: "sign", approved, ...said };
}

/** Resumes with a token; `caller` must not matter. */
async function resume(
  runId: string,
  token: ResumeClaims,
  answer: ResumeRequest["answer"],
  over: Partial<ResumeRequest> = {},
): Promise<Reply<RunResult>> {
  const caller = { id: "nobody", email: "mallory@example.com" };
  const request = { key: null, workflowScope: null, waitMs: 1_000, caller, token, answer, ...over };
  return objectOf(runId).resume(request);
}

function codeOf(reply: Reply<unknown>): string {
  return reply.ok ? "ok" : reply.problem.code;
}

const cancel = (runId: string) =>
  objectOf(runId).cancel({ key: null, workflowScope: null, caller: { id: "ops" } });

describe("the token of a form", () => {
  test("is shown to callers who may answer forms, and is the same each time", async () => {
    const runId = await start(FORM);
    const { "": token } = await tokensOf(runId);
    expect(await claimsOf(token)).toMatchObject({
      runId,
      stepIndex: 0,
      waitNumber: 1,
      approverIndex: null,
    });
    await evictDurableObject(objectOf(runId));
    expect(await tokensOf(runId)).toEqual({ "": token });
    expect(await tokensOf(runId, { form: false, approvals: "all" })).toEqual({});
    expect((await readRun(runId)).wait).not.toHaveProperty("resume_token");
  });

  test("is in the answer of the start, for a caller who may answer", async () => {
    const record = startRecord(FORM);
    const started = runOf(
      await objectOf(record.runId).start({ record, tokens: KEY, waitMs: 1_000 }),
    );
    expect(started.wait).toMatchObject({ resume_token: (await tokensOf(record.runId))[""] });
    const again = await objectOf(record.runId).replay("", KEY);
    expect(runOf(again).wait).toEqual(started.wait);
  });

  test("answers it once; the log says how, and the answer only how far the run is", async () => {
    const runId = await start(FORM);
    const token = await tokenFor(runId);
    const answered = runOf(await resume(runId, token, INPUTS, { tokens: KEY }));
    expect(answered).toEqual({
      id: runId,
      workflow_id: "sample",
      workflow_version: 1,
      status: "completed",
      current_step: null,
      started_at: answered.started_at,
      updated_at: answered.updated_at,
      ended_at: answered.ended_at,
    });
    const { events } = await readHistory(runId);
    expect(events.find(({ type }) => type === "run.resumed")?.data).toEqual({
      wait_number: 1,
      by: "resume_token",
      via: "resume_token",
    });
    expect(await resume(runId, token, INPUTS)).toEqual({
      ok: false,
      problem: { code: "resume_token_used", detail: "The form has been answered." },
    });
  });

  test("is not used up by wrong answers, or by an answer of the other kind", async () => {
    const runId = await start(FORM);
    const token = await tokenFor(runId);
    const wrong = await resume(runId, token, { kind: "inputs", inputs: { topic: 7 } });
    expect(codeOf(wrong)).toBe("invalid_inputs");
    expect(codeOf(await resume(runId, token, decision(true)))).toBe("wrong_wait_type");
    expect(codeOf(await resume(runId, token, INPUTS, { waitNumber: 2 }))).toBe("stale_wait");
    expect(codeOf(await resume(runId, token, INPUTS))).toBe("ok");
  });

  test("does not answer the next form", async () => {
    const two = definition([form("ask", { next: "again" }), form("again")]);
    const runId = await start(two);
    const first = await tokenFor(runId);
    await resume(runId, first, INPUTS);
    expect(codeOf(await resume(runId, first, INPUTS))).toBe("resume_token_used");
    const second = await tokenFor(runId);
    expect(second).toMatchObject({ stepIndex: 1, waitNumber: 2 });
    expect(codeOf(await resume(runId, second, INPUTS))).toBe("ok");
  });
});

describe("the tokens of an approval", () => {
  test("are shown one for each approver who may still decide: all to a key, their own to a person", async () => {
    const runId = await start(signing({ quorum: 2 }));
    const all = await tokensOf(runId);
    expect(Object.keys(all)).toEqual([ANN, BOB, EVE]);
    expect(new Set(Object.values(all)).size).toBe(3);
    expect(await tokensOf(runId, person(BOB))).toEqual({ [BOB]: all[BOB] });
    expect(await tokensOf(runId, person("zoe@example.com"))).toEqual({});
    expect(await tokensOf(runId, { form: true, approvals: "none" })).toEqual({});
    expect((await readRun(runId)).wait).not.toHaveProperty("resume_tokens");

    await resume(runId, await claimsOf(all[ANN]), decision(true));
    expect(await tokensOf(runId)).toEqual({ [BOB]: all[BOB], [EVE]: all[EVE] });
  });

  test("decide as the approver, once, and the others stay valid until the wait ends", async () => {
    const runId = await start(signing({ quorum: 2 }));
    const [ann, bob, eve] = [
      await tokenFor(runId, ANN),
      await tokenFor(runId, BOB),
      await tokenFor(runId, EVE),
    ];
    expect(codeOf(await resume(runId, ann, decision(true, "Fine.")))).toBe("ok");
    expect(await resume(runId, ann, decision(false))).toEqual({
      ok: false,
      problem: { code: "resume_token_used", detail: "You have decided already." },
    });
    expect(codeOf(await resume(runId, bob, decision(true)))).toBe("ok");
    expect(await resume(runId, eve, decision(false))).toEqual({
      ok: false,
      problem: { code: "resume_token_used", detail: "The approval has been decided." },
    });
    const { steps, events } = await readHistory(runId);
    expect(steps[0]?.output).toMatchObject({
      approved: true,
      decisions: [
        { by: ANN, approved: true, comment: "Fine." },
        { by: BOB, approved: true },
      ],
    });
    const resumed = events.filter((event) => event.type === "run.resumed");
    expect(resumed.map(({ data }) => [data.by, data.via])).toEqual([
      [ANN, "resume_token"],
      [BOB, "resume_token"],
    ]);
  });

  test("are used up by the person's own decision with other credentials", async () => {
    const runId = await start(signing({ quorum: 2 }));
    const token = await tokenFor(runId, ANN);
    const caller = { id: "user:ann", email: ANN };
    const request = {
      key: null,
      workflowScope: null,
      waitMs: 1_000,
      caller,
      answer: decision(true),
    };
    expect(codeOf(await objectOf(runId).resume(request))).toBe("ok");
    expect(codeOf(await resume(runId, token, decision(true)))).toBe("resume_token_used");
  });

  test("keep the rule that starters cannot approve their own runs", async () => {
    const caller = { id: "user:ann", email: ANN };
    const runId = await start(signing(), { caller });
    expect(Object.keys(await tokensOf(runId))).toEqual([BOB, EVE]);
    expect(await tokensOf(runId, person(ANN))).toEqual({});
    const bob = await tokenFor(runId, BOB);
    const forSelf = { ...bob, approverIndex: 0 };
    expect(codeOf(await resume(runId, forSelf, decision(true)))).toBe("self_approval");

    const allowed = await start(signing({ allow_self_approval: true }), { caller });
    expect(Object.keys(await tokensOf(allowed))).toEqual([ANN, BOB, EVE]);
  });

  test("do not excuse from a comment with a rejection", async () => {
    const runId = await start(signing({ require_comment_on_reject: true }));
    const token = await tokenFor(runId, ANN);
    expect(codeOf(await resume(runId, token, decision(false, " ")))).toBe("comment_required");
    expect(codeOf(await resume(runId, token, decision(false, "Too long")))).toBe("ok");
  });

  test("of a rejected approval say that it was decided", async () => {
    const runId = await start(signing({ quorum: 3 }));
    const [ann, bob] = [await tokenFor(runId, ANN), await tokenFor(runId, BOB)];
    await resume(runId, ann, decision(false));
    expect((await readRun(runId)).status).toBe("failed");
    expect(await resume(runId, bob, decision(true))).toMatchObject({
      problem: { code: "resume_token_used", detail: "The approval has been decided." },
    });
  });
});

describe("a token that is of no use any more", () => {
  test("of a run that was canceled says so", async () => {
    const runId = await start(FORM);
    const token = await tokenFor(runId);
    await cancel(runId);
    expect(await resume(runId, token, INPUTS)).toEqual({
      ok: false,
      problem: { code: "run_not_waiting", detail: "The run was canceled." },
    });
  });

  test("of a wait that expired says so, before and after the clock has ended it", async () => {
    const late = conditional("late");
    const step = form("ask", { config: { expires_in_s: 0.3, on_expire: "late" } });
    const runId = await start(definition([step, late]));
    const token = await tokenFor(runId);
    expect(token.expiresAt).toBe(
      Date.parse((await readRun(runId)).wait?.expires_at ?? "not there"),
    );
    await scheduler.wait(token.expiresAt - Date.now());
    expect(codeOf(await resume(runId, token, INPUTS))).toBe("resume_token_expired");
    await eventually(
      () => readRun(runId),
      ({ status }) => status === "completed",
    );
    expect(codeOf(await resume(runId, token, INPUTS))).toBe("resume_token_expired");
    const { events } = await readHistory(runId);
    expect(events.filter(({ type }) => type === "run.resumed")).toEqual([]);
  });

  test("whose own time is over is refused, although the run still waits", async () => {
    const runId = await start(FORM);
    const token = { ...(await tokenFor(runId)), expiresAt: Date.now() - 1 };
    expect(codeOf(await resume(runId, token, INPUTS))).toBe("resume_token_expired");
    expect((await readRun(runId)).status).toBe("waiting");
  });

  test.each<[string, Partial<ResumeClaims>]>([
    ["another run", { runId: `run_${"a".repeat(26)}` }],
    ["a step that is not there", { stepIndex: 99 }],
    ["a step that was never reached", { stepIndex: 1 }],
    ["an approver of a form", { approverIndex: 0 }],
  ])("of %s is as good as forged", async (_what, over) => {
    const runId = await start(FORM);
    const token = { ...(await tokenFor(runId)), ...over };
    expect(codeOf(await resume(runId, token, INPUTS))).toBe("unauthorized");
    expect((await readRun(runId)).status).toBe("waiting");
  });

  test("no one decides with a form's token, or as an approver beyond the list", async () => {
    const runId = await start(signing());
    const token = await tokenFor(runId, ANN);
    for (const approverIndex of [null, 3]) {
      const reply = await resume(runId, { ...token, approverIndex }, decision(true));
      expect(codeOf(reply)).toBe("unauthorized");
    }
  });
});

describe("at the same time", () => {
  test("ten callers with one token: one wins (20 times)", async () => {
    for (let round = 0; round < 20; round++) {
      const runId = await start(round % 2 === 0 ? FORM : signing());
      const token = await tokenFor(runId, round % 2 === 0 ? "" : ANN);
      const answer = round % 2 === 0 ? INPUTS : decision(true);
      const replies = await Promise.all(
        Array.from({ length: 10 }, () => resume(runId, token, answer)),
      );
      expect(replies.map(codeOf).toSorted()).toEqual([
        "ok",
        ...Array.from({ length: 9 }, () => "resume_token_used"),
      ]);
      const { events } = await readHistory(runId);
      expect(events.filter(({ type }) => type === "run.resumed")).toHaveLength(1);
    }
  });

  test("two tokens of one approval with a quorum of one: one decision counts", async () => {
    const runId = await start(signing());
    const tokens = [await tokenFor(runId, ANN), await tokenFor(runId, BOB)];
    const replies = await Promise.all(tokens.map((token) => resume(runId, token, decision(true))));
    expect(replies.map(codeOf).toSorted()).toEqual(["ok", "resume_token_used"]);
  });

  test("a token against a cancel: no step starts after it (20 times)", async () => {
    for (let round = 0; round < 20; round++) {
      const runId = await start(FORM);
      const token = await tokenFor(runId);
      const calls = [() => resume(runId, token, INPUTS), () => cancel(runId)];
      if (round % 2 === 1) calls.reverse();
      const replies = await Promise.all(calls.map((call) => call()));
      const [resumed] = round % 2 === 1 ? replies.toReversed() : replies;
      const { events } = await readHistory(runId);
      const ends = events.filter(({ type }) => /^run\.(completed|canceled)$/.test(type));
      expect(ends).toHaveLength(1);
      const isCanceled = ends[0]?.type === "run.canceled";
      expect(resumed && codeOf(resumed)).toBe(isCanceled ? "run_not_waiting" : "ok");
    }
  });
});

describe("against the clock", () => {
  test("a token and the expiry of its wait: exactly one of them takes the run on", async () => {
    const ask = form("ask", { next: "rest", config: { expires_in_s: 1, on_expire: "late" } });
    const flow = definition([ask, conditional("rest"), conditional("late")]);
    const outcomeOf = async (offsetMs: number) => {
      const runId = await start(flow);
      const token = await tokenFor(runId);
      await scheduler.wait(Math.max(0, token.expiresAt - Date.now() + offsetMs));
      const code = codeOf(await resume(runId, token, INPUTS));
      await eventually(
        () => readRun(runId),
        ({ status }) => status === "completed",
      );
      const { steps } = await readHistory(runId);
      return `${code}: ${steps.map((step) => `${step.step_id} ${step.status}`).join(", ")}`;
    };
    const answered = "ok: ask completed, rest completed";
    const expired = "resume_token_expired: ask failed, late completed";
    // Around the moment in which each wait ends, and exactly on it; at once, and long after.
    const close = Array.from({ length: 20 }, (_, index) => outcomeOf((index - 10) * 5));
    const [first, last] = await Promise.all([outcomeOf(-1_000), outcomeOf(200)]);
    expect([first, last]).toEqual([answered, expired]);
    for (const outcome of await Promise.all(close)) {
      expect([answered, expired]).toContain(outcome);
    }
  });
});

describe("an object that was evicted", () => {
  test("after the token was used knows that it was", async () => {
    const runId = await start(definition([form("ask", { next: "draft" }), ai("draft")]));
    const token = await tokenFor(runId);
    interruptions.set(runId, { commits: 0, isDue: (commits) => commits === 1 });
    await expect(resume(runId, token, INPUTS)).rejects.toThrow("interrupted by the test");
    interruptions.clear();
    expect(codeOf(await resume(runId, token, INPUTS))).toBe("resume_token_used");
    const run = await eventually(
      () => readRun(runId),
      ({ status }) => status !== "running",
    );
    expect(run.status).toBe("completed");
    const { events } = await readHistory(runId);
    expect(events.filter(({ type }) => type === "run.resumed")).toHaveLength(1);
  });

  test("before it was used still takes it", async () => {
    const runId = await start(FORM);
    const token = await tokenFor(runId);
    await evictDurableObject(objectOf(runId));
    expect(codeOf(await resume(runId, token, INPUTS))).toBe("ok");
  });
});

describe("an idempotency key with a token", () => {
  test("gets the answer again, without any token or content", async () => {
    const two = definition([form("ask", { next: "again" }), form("again")]);
    const runId = await start(two);
    const token = await tokenFor(runId);
    const key = { name: "resume:token:1:form:k", fingerprint: "f" };
    const first = await resume(runId, token, INPUTS, { key, tokens: KEY });
    const again = await resume(runId, token, INPUTS, { key, tokens: KEY });
    expect(valueOf(again)).toEqual({ ...valueOf(first), isReplay: true });
    expect(runOf(again)).not.toHaveProperty("wait");
    const other = await resume(runId, token, INPUTS, { key: { ...key, fingerprint: "g" } });
    expect(codeOf(other)).toBe("idempotency_key_reused");
  });
});

test("tokens are nowhere but in what is shown to their callers", async () => {
  const runId = await start(signing({ quorum: 2 }));
  const lines = vi.spyOn(console, "log");
  const tokens = Object.values(await tokensOf(runId));
  await resume(runId, await claimsOf(tokens[0]), decision(true));
  const stored = await runInDurableObject(objectOf(runId), (_object, ctx) => [
    ...ctx.storage.sql.exec("SELECT * FROM doc"),
    ...ctx.storage.sql.exec("SELECT * FROM log"),
  ]);
  const everywhere = JSON.stringify([
    stored,
    await projected(runId),
    await readHistory(runId),
    await objectOf(runId).context(null),
    lines.mock.calls,
  ]);
  lines.mockRestore();
  expect(tokens).toHaveLength(3);
  for (const token of tokens) expect(everywhere).not.toContain(token);
  expect(everywhere).not.toContain("wo_resume_");
});

describe("the end of a token", () => {
  const since = "2026-11-22T00:00:00.000Z";
  const at = (days: number) => Date.parse(since) + days * DAY_MS;

  test("is that of the wait, when it has one", () => {
    expect(expiryOf({ since, expires_at: "2027-11-22T00:00:00.000Z" }, at(400))).toBe(at(365));
  });

  test.each([
    [-1, 60],
    [0, 60],
    [29.999, 60],
    [30, 90],
    [59.999, 90],
    [60, 120],
    [3_650, 3_690],
  ])("read on day %d, it is day %d: 30 to 60 days later", (day, end) => {
    expect(expiryOf({ since }, at(day))).toBe(at(end));
  });
});

test("a token that is shown can be signed again from its claims", async () => {
  const runId = await start(FORM);
  const { "": token = "" } = await tokensOf(runId);
  expect(await signResumeToken(firstSecret(SECRET), await claimsOf(token))).toBe(token);
});
