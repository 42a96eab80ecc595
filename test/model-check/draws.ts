/**
 * What happens to a run, drawn by fast-check: likely things, late ones, early ones, repeated ones and
 * ones from nowhere. A draw becomes a command by what the plain model knows, never by what the engine
 * says: a fault of the engine cannot hide itself.
 */
import * as fc from "fast-check";
import type { Command } from "#engine/command.ts";
import type { AiResponse, AttemptOutcome, LateResult } from "#model/attempt.ts";
import type { Caller } from "#model/caller.ts";
import type { PlainRun } from "./plain-run.ts";
import { type PlainTimer, timersOfModel } from "./plain-waits.ts";

/** People, links and keys, by their tokens. */
const CALLERS: readonly Caller[] = [
  { id: "user:ann", email: "ann@example.com", kind: "jwt" },
  { id: "user:ann", email: "eve@example.com", kind: "jwt" },
  { id: "resume_token", email: "bob@example.com", via: "resume_token" },
  { id: "resume_token", via: "resume_token" },
  { id: "user:eve", email: "eve@example.com" },
  { id: "user:eve", email: "ann@example.com", kind: "jwt" },
  { id: "user:mallory", email: "mallory@example.com", kind: "jwt" },
  { id: "user:none", kind: "jwt" },
  { id: "user:older" },
  { id: "key1", kind: "key" },
  { id: "key2" },
  { id: "bob", email: "bob@example.com", kind: "jwt" },
];

const responseArbitrary: fc.Arbitrary<AiResponse> = fc
  .record({
    provider: fc.constantFrom("mock", "openai"),
    cost: fc.constantFrom(0, 0.0125, null),
    cached: fc.constantFrom(0, 2),
  })
  .map(({ provider, cost, cached }) => ({
    provider,
    model: "m",
    template_id: "content_v1",
    template_version: 4,
    tokens_prompt: 3,
    tokens_output: 5,
    latency_ms: 7,
    retry_count: 0,
    cost_usd: cost,
    schema_valid: true,
    ...(cached === 0 ? {} : { tokens_cached: cached }),
  }));

const maybeResponse = fc
  .option(responseArbitrary)
  .map((response) => (response ? { response } : {}));

const outcomeArbitrary: fc.Arbitrary<AttemptOutcome> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<AttemptOutcome>({ kind: "waiting" }) },
  {
    weight: 4,
    arbitrary: fc
      .record({
        output: fc.constantFrom({ a: 1 }, null, "x"),
        next: fc.nat(11),
        more: maybeResponse,
      })
      .map(({ output, next, more }): AttemptOutcome => {
        // Seldom, as a conditional would: a step, the end.
        const branch = next < 5 ? { next: `s${next}` } : next === 5 ? { next: null } : {};
        return { kind: "completed", output, ...branch, ...more };
      }),
  },
  {
    weight: 4,
    arbitrary: fc
      .record({
        code: fc.constantFrom("http_error" as const, "timeout" as const),
        status: fc.boolean(),
        kind: fc.constantFrom("terminal", "transport", "transport", "schema", "schema", "unusable"),
        asked: fc.constantFrom(0, 0, 90_000, 1e9),
        said: fc.boolean(),
        answered: fc.boolean(),
        more: maybeResponse,
      })
      .map(({ code, status, kind, asked, said, answered, more }): AttemptOutcome => ({
        kind: "failed",
        failure: { code, message: "no", ...(status ? { http_status: 500 } : {}) },
        class: kind,
        ...(asked === 0 ? {} : { retryAfterMs: asked }),
        ...(said ? { feedback: ["a is missing"], said: "{}", excerpt: "{" } : {}),
        ...(answered ? { answer: { http_status: 500, headers: {}, body: "no" } } : {}),
        ...more,
      })),
  },
);

const lateArbitrary: fc.Arbitrary<LateResult> = fc
  .record({ kind: fc.nat(3), more: maybeResponse })
  .map(({ kind, more }): LateResult => {
    if (kind === 0) return { outcome: "completed", output: { a: 1 }, ...more };
    const failure = { code: "http_error", message: "no", http_status: 500 } as const;
    if (kind === 1) return { outcome: "failed", failure, ...more };
    return { outcome: kind === 2 ? "outcome_unknown" : "canceled", ...more };
  });

const callerArbitrary = fc.constantFrom(...CALLERS);
/** Most requests name no wait, or the right one. */
const numberArbitrary = fc.constantFrom<WaitNumber>(
  "none",
  "none",
  "right",
  "right",
  "before",
  "after",
);
type WaitNumber = "none" | "right" | "before" | "after";

const gap = fc.constantFrom(0, 0, 1, 999, 20_000, 61_000, 24 * 3600 * 1000);

export const drawArbitrary = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant("forward" as const),
      gap: fc.constantFrom(0, 1, 1_000),
      outcome: outcomeArbitrary,
      by: callerArbitrary,
      approved: fc.boolean(),
      comment: fc.constantFrom("so be it", " "),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("stale" as const),
      gap,
      step: fc.nat(8),
      attempt: fc.integer({ min: -2, max: 1 }),
      outcome: outcomeArbitrary,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("repeat" as const), gap, back: fc.nat(5) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("answer" as const),
      gap,
      by: callerArbitrary,
      number: numberArbitrary,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("decide" as const),
      gap,
      by: callerArbitrary,
      number: numberArbitrary,
      step: fc.option(fc.nat(7), { freq: 8 }),
      approved: fc.boolean(),
      comment: fc.constantFrom(undefined, "", "  ", "no"),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("timer" as const),
      gap,
      when: fc.constantFrom("due" as const, "due" as const, "early" as const),
      which: fc.constantFrom("set" as const, "set" as const, "retry" as const, "expire" as const),
      number: fc.nat(3),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("cancel" as const),
      gap,
      by: callerArbitrary,
      reason: fc.option(fc.constant("enough")),
      isBegun: fc.option(fc.boolean()),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("quarantine" as const),
      gap,
      isBegun: fc.option(fc.boolean()),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("late" as const),
      gap,
      isStray: fc.boolean(),
      attempt: fc.integer({ min: 1, max: 4 }),
      result: lateArbitrary,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("start" as const), gap }) },
);
export type Draw = typeof drawArbitrary extends fc.Arbitrary<infer D> ? D : never;
type DrawOf<K extends Draw["kind"]> = Extract<Draw, { kind: K }>;

/** The command that a draw is for this run, at this time; `earlier`: the commands before it. */
export function commandOf(draw: Draw, run: PlainRun, at: string, earlier: Command[]): Command {
  switch (draw.kind) {
    case "forward":
      return forward(draw, run, at);
    case "stale":
      return stale(draw, run, at);
    case "repeat": {
      const command = earlier.at(-1 - draw.back) ?? earlier[0];
      if (!command) throw new Error("a run has a first command");
      return { ...command, at };
    }
    case "answer":
      return { kind: "answer", at, by: draw.by, output: { topic: "x" }, ...numbered(draw, run) };
    case "decide": {
      const step_id = draw.step === null ? (run.current ?? "s0") : `s${draw.step}`;
      const comment = draw.comment === undefined ? {} : { comment: draw.comment };
      const { by, approved } = draw;
      return { kind: "decide", at, by, step_id, approved, ...comment, ...numbered(draw, run) };
    }
    case "timer":
      return timer(draw, run, at);
    case "cancel": {
      const reason = draw.reason === null ? {} : { reason: draw.reason };
      return { kind: "cancel", at, by: draw.by, ...reason, ...begun(draw.isBegun) };
    }
    case "quarantine":
      return { kind: "quarantine", at, seen: "stuck", ...begun(draw.isBegun) };
    case "late": {
      const [awaited] = draw.isStray ? [] : run.underWay;
      const name = awaited ?? {
        step_id: run.steps.keys().next().value ?? "s0",
        attempt: draw.attempt,
      };
      return { kind: "late", at, ...name, result: draw.result };
    }
    case "start":
      return { kind: "start", at, run_id: run.id, facts: run.facts };
  }
}

function begun(isBegun: boolean | null) {
  return isBegun === null ? {} : { isBegun };
}

/** What takes the run on: the attempt ends, a person answers, the clock reaches the timer. */
function forward(draw: DrawOf<"forward">, run: PlainRun, at: string): Command {
  const { live, wait } = run;
  const { outcome, approved, by } = draw;
  if (live) {
    const type = run.stepOf(live.step_id)?.type;
    const isPerson = type === "form" || type === "approval";
    const suits = isPerson || outcome.kind !== "waiting" || outcomeIsOdd(draw);
    const ended: AttemptOutcome = suits ? outcome : { kind: "completed", output: 1 };
    return { kind: "outcome", at, ...live, outcome: ended };
  }
  const [set] = timersOfModel(run);
  if (set?.kind === "retry") return { kind: "timer", at: laterOf(at, set.at), timer: timerOf(set) };
  if (wait?.type === "form") return { kind: "answer", at, by, output: { topic: "x" } };
  const step_id = wait?.stepId ?? "s0";
  return { kind: "decide", at, by, step_id, approved, comment: draw.comment };
}

/** One in some: a step that cannot wait says that it does. */
function outcomeIsOdd({ by, gap: ms }: DrawOf<"forward">): boolean {
  return ms === 0 && by.id === "bob";
}

function stale(draw: DrawOf<"stale">, run: PlainRun, at: string): Command {
  const known = [...run.steps.keys()];
  // Beyond those that began: one that has not, or does not exist.
  const step_id = known[draw.step] ?? `s${draw.step}`;
  const made = run.steps.get(step_id)?.attempt ?? 1;
  const attempt = Math.max(1, made + draw.attempt);
  return { kind: "outcome", at, step_id, attempt, outcome: draw.outcome };
}

function numbered({ number }: { number: WaitNumber }, run: PlainRun) {
  const waits = run.wait?.number ?? run.waits;
  switch (number) {
    case "right":
      return { wait_number: Math.max(1, waits) };
    case "before":
      return { wait_number: Math.max(0, waits - 1) };
    case "after":
      return { wait_number: waits + 1 };
    case "none":
      return {};
  }
}

function timer(draw: DrawOf<"timer">, run: PlainRun, at: string): Command {
  const [set] = timersOfModel(run);
  const step_id = run.current ?? "s0";
  if (draw.which === "retry") {
    return { kind: "timer", at, timer: { kind: "retry", step_id, attempt: draw.number + 1, at } };
  }
  if (draw.which === "expire" || !set) {
    return { kind: "timer", at, timer: { kind: "expire", wait_number: draw.number, at } };
  }
  const firedAt = draw.when === "early" ? at : laterOf(at, set.at);
  return { kind: "timer", at: firedAt, timer: timerOf(set) };
}

function timerOf({ step_id = "", attempt = 0, wait_number = 0, kind, at }: PlainTimer) {
  return kind === "retry" ? { kind, step_id, attempt, at } : { kind, wait_number, at };
}

function laterOf(left: string, right: string): string {
  return left > right ? left : right;
}
