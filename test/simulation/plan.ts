/**
 * What a simulation is about, drawn from its seed before it begins: the workflows and people of its
 * runs, and the faults and when they come. Lists, so that a part can be left out to see whether it
 * matters.
 */
import type { Random } from "./random.ts";
import type { RetryPolicy, Step, WorkflowDefinition } from "#model/workflow.ts";
import { ai, api, approval, conditional, definition, form } from "../support/definitions.ts";

export interface RunPlan {
  ref: string;
  startAt: number;
  definition: WorkflowDefinition;
  mockModes: Record<string, string>;
  /** How long the requests of this run wait. */
  waitMs: number;
  isTraced: boolean;
  /** When it is canceled, ms from the beginning; null: never. */
  cancelAt: number | null;
  /** Whether its events are followed by a stream. */
  isFollowed: boolean;
  /** Requests are made twice at once. */
  isDoubled: boolean;
}

const FAULTS = [
  "cut",
  "cut all",
  "evict",
  "alarm early",
  "settings unreadable",
  "clock moved",
] as const;

/** What machines that are kept in time differ by, and more. */
const SKEW_MS = 3_000;

type FaultKind = (typeof FAULTS)[number];
/** A cut is what most is to be learned from. */
const KINDS: readonly [FaultKind, ...FaultKind[]] = [
  "cut",
  "cut",
  "cut",
  "cut all",
  "evict",
  ...FAULTS,
];

export interface FaultPlan {
  at: number;
  kind: FaultKind;
  /** Index of the run that it meets. */
  run: number;
  /** How far a clock is moved, ms. */
  skewMs: number;
}

export interface Plan {
  runs: RunPlan[];
  faults: FaultPlan[];
  /** Shares of the calls to D1 that go wrong. */
  d1: { before: number; after: number; hang: number; refuse: number };
  /** No fault happens after this, ms from the beginning. */
  calmAt: number;
}

const STEPS = ["form", "approval", "conditional", "ai", "api", "api", "api"] as const;
const METHODS = ["GET", "POST", "POST", "PUT"] as const;

export const APPROVERS: readonly [string, ...string[]] = [
  "ann@example.com",
  "ben@example.com",
  "cem@example.com",
];

export function drawPlan(random: Random): Plan {
  const calmAt = random.between(5_000, 60_000);
  const share = () => (random.chance(0.5) ? 0 : random.next() * 0.2);
  return {
    runs: Array.from({ length: random.between(1, 3) }, (_, index) => drawRun(random, index)),
    faults: Array.from({ length: random.int(9) }, () => ({
      at: random.int(calmAt),
      kind: random.pick(KINDS),
      run: random.int(3),
      skewMs: random.between(-SKEW_MS, SKEW_MS),
    })).toSorted((a, b) => a.at - b.at),
    d1: { before: share(), after: share(), hang: share() / 2, refuse: share() / 2 },
    calmAt,
  };
}

function drawRun(random: Random, index: number): RunPlan {
  const steps = drawSteps(random);
  const modes = ["success", "success", "transient_error", "schema_violation", "timeout"] as const;
  return {
    ref: `r${index}`,
    startAt: random.int(8_000),
    definition: definition(steps, { output: { ref: "ref" } }),
    mockModes: Object.fromEntries(steps.map(({ id }) => [id, random.pick(modes)])),
    waitMs: random.pick([0, 400, 10_000]),
    isTraced: random.chance(0.4),
    cancelAt: random.chance(0.25) ? random.int(50_000) : null,
    isFollowed: random.chance(0.2),
    isDoubled: random.chance(0.3),
  };
}

/** Forward only: each step names a later one, or the end. */
function drawSteps(random: Random): Step[] {
  // Now and then more pure steps than one turn takes.
  if (random.chance(0.01)) return manyRules(random.between(180, 420));
  const count = random.between(1, 6);
  return Array.from({ length: count }, (_, index) => {
    const later = (share: number) =>
      index + 1 < count && random.chance(share) ? `s${random.between(index + 1, count - 1)}` : null;
    return drawStep(random, `s${index}`, index + 1 < count ? `s${index + 1}` : null, later);
  });
}

function manyRules(count: number): Step[] {
  return Array.from({ length: count }, (_, index) => {
    const then = index + 1 < count ? `s${index + 1}` : null;
    return conditional(`s${index}`, { config: { when: "true", then, else: null } });
  });
}

function drawStep(
  random: Random,
  id: string,
  next: string | null,
  later: (share: number) => string | null,
): Step {
  const retry = drawRetry(random);
  const onError = later(0.5);
  const caught = onError === null ? {} : { on_error: onError };
  switch (random.pick(STEPS)) {
    case "form":
      return form(id, { next, config: drawExpiry(random, later) });
    case "approval": {
      const quorum = random.pick([1, 1, 2]);
      const target = later(0.4);
      const onReject = target === null ? {} : { on_reject: target };
      const people = { approvers: [...APPROVERS], quorum, ...onReject };
      return approval(id, { next, config: { ...people, ...drawExpiry(random, later) } });
    }
    case "conditional":
      return conditional(id, {
        config: { when: random.pick(["true", "false"]), then: next, else: later(0.5) },
      });
    case "ai": {
      const timeout_s = random.pick([2, 20]);
      return ai(id, { next, retry, ...caught, config: { variables: ["ref"], timeout_s } });
    }
    case "api": {
      const method = random.pick(METHODS);
      const idempotent = method === "POST" && random.chance(0.5);
      const url = `https://api.example.com/{{ref}}/${id}`;
      const config = { url, method, idempotent, timeout_s: random.pick([1, 5, 30]) };
      return api(id, { next, retry, ...caught, config });
    }
  }
}

function drawExpiry(random: Random, later: (share: number) => string | null) {
  if (random.chance(0.5)) return {};
  const target = later(0.5);
  const onExpire = target === null ? {} : { on_expire: target };
  return { expires_in_s: random.between(1, 120), ...onExpire };
}

function drawRetry(random: Random): RetryPolicy {
  return {
    max_attempts: random.between(1, 4),
    initial_delay_ms: random.pick([10, 500, 3_000]),
    max_delay_ms: 10_000,
    backoff: random.pick(["exponential", "fixed"]),
    jitter: random.chance(0.5),
  };
}
