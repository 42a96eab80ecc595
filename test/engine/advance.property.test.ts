/**
 * The seven invariants of the engine, each under random workflows and random things that happen,
 * wrong ones included: also in graphs that validation refuses, since the engine is the last that
 * could notice them. The numbers are those in the header of src/engine/advance.ts.
 */
import { type IndexedWorkflow, indexWorkflow } from "#model/workflow-index.ts";
import type { AttemptOutcome, LateResult } from "#model/attempt.ts";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Advance, advance, pendingEffect, stillUnderWay, timersOf } from "#engine/advance.ts";
import type { Command } from "#engine/command.ts";
import { foldLog } from "#engine/fold.ts";
import type { RunState } from "#engine/state.ts";
import { endsLog, type RunEvent } from "#model/event.ts";
import type { Step } from "#model/workflow.ts";
import { ai, api, approval, conditional, definition, form, RETRY } from "../support/definitions.ts";

const RUNS = Number(process.env["ENGINE_RUNS"] ?? 2_000);
const PEOPLE = ["ann@example.com", "bob@example.com", "eve@example.com"];
const START_MS = Date.parse("2026-01-01T00:00:00.000Z");

/** Where the step at an index leads, by a number that was drawn; null: the run ends. */
type Target = (from: number, jump: number, count: number) => string | null;

/** What validation lets through: steps lead forward only, so the graph has no cycle. */
const forward: Target = (from, jump, count) =>
  from + 1 + jump < count ? `s${from + 1 + jump}` : null;

/** What validation refuses: steps lead back, to themselves, and to a step that does not exist. */
const anywhere: Target = (_from, jump, count) => (jump === 9 ? null : `s${jump % (count + 1)}`);

const workflowArbitrary = (leadsTo: Target): fc.Arbitrary<IndexedWorkflow> =>
  fc
    .array(
      fc.record({
        type: fc.constantFrom("form", "ai_generate", "conditional", "api_call", "approval"),
        jumps: fc.tuple(fc.nat(9), fc.nat(9), fc.nat(9)),
        caught: fc.boolean(),
        expires: fc.boolean(),
        attempts: fc.integer({ min: 1, max: 3 }),
        quorum: fc.integer({ min: 1, max: 2 }),
        fallback: fc.boolean(),
      }),
      { minLength: 1, maxLength: 7 },
    )
    .map((plans) => {
      const steps = plans.map((plan, index): Step => {
        const [a, b, c] = plan.jumps.map((jump) => leadsTo(index, jump, plans.length));
        const id = `s${index}`;
        const next = a ?? null;
        const caught = plan.caught && b ? { on_error: b } : {};
        const retry = { ...RETRY, max_attempts: plan.attempts };
        const expiry = plan.expires ? { expires_in_s: 60, ...(c ? { on_expire: c } : {}) } : {};
        switch (plan.type) {
          case "form":
            return form(id, { next, ...caught, config: expiry });
          case "ai_generate": {
            const config = plan.fallback ? { fallback: [{ provider: "openai" as const }] } : {};
            return ai(id, { next, ...caught, retry, config });
          }
          case "api_call":
            return api(id, { next, ...caught, retry });
          case "approval": {
            const reject = b ? { on_reject: b } : {};
            const config = {
              approvers: PEOPLE.slice(0, 2),
              quorum: plan.quorum,
              ...expiry,
              ...reject,
            };
            return approval(id, { next, ...caught, config });
          }
          default:
            return conditional(id, {
              next,
              ...caught,
              config: { then: a ?? null, else: b ?? null },
            });
        }
      });
      return indexWorkflow(definition(steps));
    });

const RESPONSE = {
  provider: "mock",
  model: "mock",
  template_id: "content_v1",
  template_version: 1,
  tokens_prompt: 3,
  tokens_output: 5,
  latency_ms: 7,
  retry_count: 0,
  cost_usd: 0,
  schema_valid: false,
};

const lateArbitrary: fc.Arbitrary<LateResult> = fc.constantFrom<LateResult>(
  { outcome: "completed", output: { a: 1 }, response: RESPONSE },
  { outcome: "failed", failure: { code: "http_error", message: "no", http_status: 500 } },
  { outcome: "outcome_unknown" },
  { outcome: "canceled", response: { ...RESPONSE, cost_usd: null } },
);

type Move = (state: RunState, at: string) => Command;

const outcomeArbitrary: fc.Arbitrary<AttemptOutcome> = fc.oneof(
  fc.constant<AttemptOutcome>({ kind: "waiting" }),
  fc.record({ kind: fc.constant("completed" as const), output: fc.constantFrom({ a: 1 }, null) }),
  fc.record({
    kind: fc.constant("failed" as const),
    failure: fc.constant({ code: "http_error" as const, message: "no" }),
    class: fc.constantFrom("terminal", "transport", "schema"),
    response: fc.constant(RESPONSE),
  }),
);

const moveArbitrary: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 8,
    // What really happens: the live attempt ends, in a way its type can end.
    arbitrary: outcomeArbitrary.map((outcome): Move => (state, at) => {
      const effect = pendingEffect(state);
      if (!effect) return { kind: "cancel", at, by: { id: "nobody" } };
      const { step_id, attempt } = effect;
      const type = state.steps[step_id]?.type;
      const waits = type === "form" || type === "approval";
      const fits = waits || outcome.kind !== "waiting";
      const given: AttemptOutcome = fits ? outcome : { kind: "completed", output: 1 };
      return { kind: "outcome", at, step_id, attempt, outcome: given };
    }),
  },
  {
    weight: 2,
    // What comes late or from nowhere.
    arbitrary: fc
      .record({
        step: fc.nat(8),
        attempt: fc.integer({ min: 1, max: 6 }),
        outcome: outcomeArbitrary,
      })
      .map(({ step, attempt, outcome }): Move => (_state, at) => {
        return { kind: "outcome", at, step_id: `s${step}`, attempt, outcome };
      }),
  },
  {
    weight: 3,
    arbitrary: fc.constant<Move>((_state, at) => {
      return { kind: "answer", at, by: { id: "form" }, output: { topic: "x" } };
    }),
  },
  {
    weight: 4,
    arbitrary: fc
      .record({ person: fc.nat(3), approved: fc.boolean() })
      .map(({ person, approved }): Move => (state, at) => {
        const email = PEOPLE[person];
        const by = email === undefined ? { id: "key1" } : { id: `p${person}`, email };
        return { kind: "decide", at, by, step_id: state.current_step ?? "s0", approved };
      }),
  },
  {
    weight: 4,
    arbitrary: fc.constant<Move>((state, at) => {
      const [timer] = timersOf(state);
      const set = timer ?? { kind: "expire" as const, wait_number: 1, at };
      return { kind: "timer", at: set.at > at ? set.at : at, timer: set };
    }),
  },
  {
    weight: 1,
    arbitrary: fc.boolean().map((isBegun): Move => (_state, at) => ({
      kind: "cancel",
      at,
      by: { id: "ops" },
      isBegun,
    })),
  },
  {
    weight: 1,
    arbitrary: fc.boolean().map((isBegun): Move => (_state, at) => ({
      kind: "quarantine",
      at,
      seen: "stuck",
      isBegun,
    })),
  },
  {
    weight: 2,
    // What comes again: of an attempt that was made.
    arbitrary: fc
      .record({ step: fc.nat(6), outcome: outcomeArbitrary })
      .map(({ step, outcome }): Move => (state, at) => {
        const begun = Object.keys(state.steps);
        const step_id = begun[step % begun.length] ?? "s0";
        return { kind: "outcome", at, step_id, attempt: 1, outcome };
      }),
  },
  {
    weight: 3,
    // What was under way at the end tells of itself, twice, or something else does.
    arbitrary: fc
      .record({
        stray: fc.boolean(),
        result: lateArbitrary,
        attempt: fc.integer({ min: 1, max: 4 }),
      })
      .map(({ stray, result, attempt }): Move => (state, at) => {
        const [name] = stray ? [] : stillUnderWay(state);
        return { kind: "late", at, result, ...(name ?? { step_id: "s0", attempt }) };
      }),
  },
);

interface Seen {
  before: RunState | null;
  command: Command;
  result: Advance;
  after: RunState;
}

/** Plays the moves and hands every transition to the check. */
function play(workflow: IndexedWorkflow, moves: Move[], check: (seen: Seen) => void): RunEvent[] {
  const log: RunEvent[] = [];
  let clock = START_MS;
  let state: RunState | null = null;
  const apply = (command: Command): void => {
    const before: RunState | null = state;
    const frozen = JSON.stringify(before);
    const result = advance(workflow, before, command);
    expect(JSON.stringify(before), "the state given is not written to").toBe(frozen);
    if (result.ok) {
      state = result.state;
      log.push(...result.events);
    }
    if (state) {
      clock = Math.max(clock, Date.parse(state.updated_at));
      check({ before, command, result, after: state });
    }
  };
  apply({
    kind: "start",
    at: new Date(clock).toISOString(),
    run_id: "run_a",
    facts: {
      workflow_version: 1,
      created_by: { id: "dev", email: "eve@example.com" },
      provider: "mock",
      mock: true,
      templates: { content_v1: 1 },
      tags: [],
    },
  });
  for (const move of moves) {
    clock += 1_000;
    if (state) apply(move(state, new Date(clock).toISOString()));
  }
  return log;
}

const isTerminal = (state: RunState) => ["completed", "failed", "canceled"].includes(state.status);

describe.each([
  { graphs: "graphs without a cycle", leadsTo: forward, runs: RUNS },
  { graphs: "graphs with cycles and missing steps", leadsTo: anywhere, runs: RUNS / 2 },
])("the engine, in $graphs", ({ leadsTo, runs }) => {
  const moves = fc.array(moveArbitrary, { maxLength: 40 });
  const scenario = fc.tuple(workflowArbitrary(leadsTo), moves);

  function holds(check: (seen: Seen) => void, whole: (log: RunEvent[]) => void = () => {}): void {
    fc.assert(
      fc.property(scenario, ([workflow, drawn]) => whole(play(workflow, drawn, check))),
      { numRuns: runs },
    );
  }

  test("1: terminal states absorb", () => {
    holds(({ before, after, result }) => {
      if (!before || !isTerminal(before)) return;
      expect(after.status).toBe(before.status);
      expect(withoutUsage(after)).toEqual(withoutUsage(before));
      if (result.ok) expect(result.outputs).toEqual({});
    });
  });

  test("2: a result counts only if its attempt is the live one", () => {
    holds(({ before, command, result }) => {
      if (!before || command.kind !== "outcome" || !result.ok) return;
      const live = pendingEffect(before);
      const isLive = live?.step_id === command.step_id && live.attempt === command.attempt;
      const types = result.events.map((event) => event.type);
      if (isLive) expect(types).not.toContain("step.late");
      else expect(types.filter((type) => type !== "step.late")).toEqual([]);
    });
  });

  test("3: a step that completed is never executed again", () => {
    holds(
      () => {},
      (log) => {
        const completed = new Set<string>();
        for (const event of log) {
          if (event.type === "step.started") expect(completed).not.toContain(event.step_id);
          if (event.type === "step.completed") {
            expect(completed).not.toContain(event.step_id);
            completed.add(event.step_id ?? "");
          }
        }
      },
    );
  });

  test("4: folding the log from empty returns the snapshot, byte for byte", () => {
    let log: RunEvent[] = [];
    holds(({ before, result, after }) => {
      if (before === null) log = [];
      if (result.ok) log.push(...result.events);
      const bytes = JSON.stringify(after);
      expect(JSON.stringify(foldLog(log, null))).toBe(bytes);
      // The tail over any earlier snapshot, as it comes back from storage.
      const half = Math.floor(log.length / 2);
      const stored = JSON.parse(
        JSON.stringify(foldLog(log.slice(0, half), null)),
      ) as RunState | null;
      const reread = JSON.parse(JSON.stringify(log.slice(half))) as RunEvent[];
      expect(foldLog(reread, stored)).toEqual(JSON.parse(bytes));
    });
  });

  test("5: every non-terminal state has a pending effect, a timer or a wait", () => {
    holds(({ after }) => {
      if (isTerminal(after)) return;
      const hasEffect = pendingEffect(after) !== null;
      const hasTimer = timersOf(after).length > 0;
      const hasWait = after.status === "waiting" && after.wait !== undefined;
      expect(hasEffect || hasTimer || hasWait).toBe(true);
    });
  });

  test("6: after cancel no effect is issued", () => {
    holds(({ before, result, after }) => {
      if (before?.status !== "canceled") return;
      if (result.ok) expect(result.effect).toBeNull();
      expect(pendingEffect(after)).toBeNull();
      expect(timersOf(after)).toEqual([]);
      expect(after.wait).toBeUndefined();
    });
  });

  test("7: the log is a legal sentence", () => {
    holds(
      () => {},
      (log) => {
        expect(log.map((event) => event.seq)).toEqual(log.map((_, index) => index + 1));
        expect(log[0]?.type).toBe("run.created");
        expect(log.filter((event) => event.type === "run.created")).toHaveLength(1);
        const ends = new Set<string>(["run.completed", "run.failed", "run.canceled"]);
        const end = log.findIndex((event) => ends.has(event.type));
        if (end >= 0) {
          for (const event of log.slice(end + 1)) expect(event.type).toBe("step.late");
        }
        const late = log.filter((event) => event.type === "step.late").map(nameOf);
        expect(late, "one an attempt").toEqual([...new Set(late)]);
        const started = new Map<string, number>();
        for (const event of log) {
          const { step_id = "", attempt = 0 } = event;
          if (event.type === "step.started") {
            expect(attempt).toBe((started.get(step_id) ?? 0) + 1);
            started.set(step_id, attempt);
          } else if (step_id !== "") {
            const made = started.get(step_id) ?? 0;
            expect(made, `${event.type} of a started step`).toBeGreaterThanOrEqual(1);
            expect(attempt, `${event.type} of an attempt that was made`).toBeLessThanOrEqual(made);
          }
        }
        const times = log.filter((e) => e.type !== "step.late").map((event) => event.at);
        expect(times).toEqual(times.toSorted());
      },
    );
  });

  test("7: what was under way at the end has one step.late, and is awaited until then", () => {
    let log: RunEvent[] = [];
    holds(({ before, result, after }) => {
      if (before === null) log = [];
      if (result.ok) log.push(...result.events);
      const end = log.find((event) => event.type === "run.canceled" || event.type === "run.failed");
      const begun = end?.data.under_way ?? [];
      const told = new Set(log.filter(({ type }) => type === "step.late").map(nameOf));
      const open = begun.filter(({ step_id, attempt }) => !told.has(`${step_id}/${attempt}`));
      expect(stillUnderWay(after)).toEqual(open);
      expect(log.findLastIndex(endsLog)).toBe(
        isTerminal(after) && open.length === 0 ? log.findIndex(endsLog) : -1,
      );
    });
  });

  test("the random runs reach every kind of end", () => {
    const reached = new Set<string>();
    holds(({ after }) => void reached.add(after.status));
    expect(reached).toEqual(new Set(["running", "waiting", "completed", "failed", "canceled"]));
  });
});

describe("the engine, in graphs with cycles", () => {
  /** Every step is of a type that does its work at once, and completes. */
  const walks = fc.array(fc.option(fc.nat(6), { freq: 8 }), { minLength: 1, maxLength: 6 });

  function walk(nexts: (number | null)[]): RunEvent[] {
    const workflow = indexWorkflow(
      definition(
        nexts.map((next, index) => api(`s${index}`, { next: next === null ? null : `s${next}` })),
      ),
    );
    const complete: Move = (state, at) => {
      const effect = pendingEffect(state);
      // Refused once the run has ended, and seen in the log if it stopped before.
      if (!effect) return { kind: "cancel", at, by: { id: "ops" } };
      const { step_id, attempt } = effect;
      return { kind: "outcome", at, step_id, attempt, outcome: { kind: "completed", output: 1 } };
    };
    return play(
      workflow,
      Array.from({ length: 20 }, () => complete),
      () => {},
    );
  }

  /** The steps in the order of the graph, up to the first that would come again or does not exist. */
  function expectedWalk(nexts: (number | null)[]): { path: string[]; end: string } {
    const path: string[] = [];
    let at: number | null | undefined = 0;
    while (at !== null && at !== undefined) {
      const id = `s${at}`;
      if (at >= nexts.length) return { path, end: `The workflow has no step "${id}".` };
      if (path.includes(id)) return { path, end: `Step "${id}" was reached twice.` };
      path.push(id);
      at = nexts[at];
    }
    return { path, end: "run.completed" };
  }

  test("3: each step on the way runs once, and the run fails where the cycle closes", () => {
    const ends = new Set<string>();
    fc.assert(
      fc.property(walks, (nexts) => {
        const log = walk(nexts);
        const { path, end } = expectedWalk(nexts);
        const started = log.filter(({ type }) => type === "step.started");
        expect(started.map(({ step_id }) => step_id)).toEqual(path);
        const last = log.at(-1);
        expect(last?.type === "run.failed" ? last.data["message"] : last?.type).toBe(end);
        if (last?.type === "run.failed") expect(last.data["code"]).toBe("internal");
        ends.add(end.replace(/"s\d"/, "x"));
      }),
      { numRuns: RUNS },
    );
    expect(ends, "every kind of end was drawn").toEqual(
      new Set(["run.completed", "The workflow has no step x.", "Step x was reached twice."]),
    );
  });
});

function nameOf({ step_id, attempt }: RunEvent): string {
  return `${step_id}/${attempt}`;
}

/** Late results are still noted and their usage counted, for the run and for its step. */
function withoutUsage(state: RunState) {
  const steps = Object.entries(state.steps).map(([id, step]) => [
    id,
    { ...step, changed: 0, usage: null, late_attempts: null },
  ]);
  const same = { seq: 0, usage: null, under_way: null };
  return { ...state, ...same, steps: Object.fromEntries(steps) as unknown };
}
