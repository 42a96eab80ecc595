/**
 * Random workflows: all step types, retries, fallbacks, quorums and expiries. Half of the graphs are
 * such as validation refuses (cycles, missing steps): the engine is the last that could notice.
 */
import * as fc from "fast-check";
import type { Caller } from "#model/caller.ts";
import type { RunFacts } from "#model/event.ts";
import { STEP_TYPES, type Step, type WorkflowDefinition } from "#model/workflow.ts";
import { ai, api, approval, conditional, definition, form } from "../support/definitions.ts";

const APPROVERS = ["ann@example.com", "Bob@example.com", "eve@example.com"];

const planArbitrary = fc.record({
  type: fc.constantFrom(...STEP_TYPES),
  jumps: fc.tuple(fc.nat(9), fc.nat(9), fc.nat(9), fc.nat(9)),
  caught: fc.boolean(),
  expires: fc.boolean(),
  onExpire: fc.boolean(),
  onReject: fc.boolean(),
  mustComment: fc.boolean(),
  ownToo: fc.boolean(),
  quorum: fc.integer({ min: 1, max: 3 }),
  provider: fc.boolean(),
  model: fc.boolean(),
  fallbacks: fc.integer({ min: 0, max: 2 }),
  retry: fc.record({
    max_attempts: fc.integer({ min: 1, max: 4 }),
    initial_delay_ms: fc.constantFrom(0, 1, 500, 1_001),
    max_delay_ms: fc.constantFrom(0, 700, 30_000),
    backoff: fc.constantFrom("fixed" as const, "exponential" as const),
    jitter: fc.boolean(),
  }),
});
type Plan = ReturnType<typeof planOf>;
const planOf = () => fc.sample(planArbitrary, 1)[0];

/** Where a step leads, by a number that was drawn. */
type Target = (from: number, jump: number, count: number) => string | null;

const forward: Target = (from, jump, count) =>
  from + 1 + (jump % 3) < count ? `s${from + 1 + (jump % 3)}` : null;
const anywhere: Target = (_from, jump, count) => (jump === 9 ? null : `s${jump % (count + 1)}`);

function stepOf(plan: NonNullable<Plan>, index: number, count: number, leadsTo: Target): Step {
  const [a, b, c, d] = plan.jumps.map((jump) => leadsTo(index, jump, count));
  const id = `s${index}`;
  const ways = { next: a ?? null, ...(plan.caught && b ? { on_error: b } : {}) };
  const expiry = {
    ...(plan.expires ? { expires_in_s: 60 } : {}),
    ...(plan.expires && plan.onExpire && c ? { on_expire: c } : {}),
  };
  switch (plan.type) {
    case "form":
      return form(id, { ...ways, config: expiry });
    case "api_call":
      return api(id, { ...ways, retry: plan.retry });
    case "conditional":
      return conditional(id, { ...ways, config: { then: a ?? null, else: d ?? null } });
    case "ai_generate": {
      const others = [
        { provider: "openai" as const },
        { provider: "anthropic" as const, model: "m2" },
      ];
      const config = {
        ...(plan.provider ? { provider: "workers-ai" as const } : {}),
        ...(plan.model ? { model: "m1" } : {}),
        ...(plan.fallbacks === 0 ? {} : { fallback: others.slice(0, plan.fallbacks) }),
      };
      return ai(id, { ...ways, retry: plan.retry, config });
    }
    case "approval": {
      const config = {
        approvers: APPROVERS.slice(0, Math.max(plan.quorum, 2)),
        quorum: plan.quorum,
        require_comment_on_reject: plan.mustComment,
        allow_self_approval: plan.ownToo,
        ...expiry,
        ...(plan.onReject && d ? { on_reject: d } : {}),
      };
      return approval(id, { ...ways, config });
    }
  }
}

export const workflowArbitrary: fc.Arbitrary<WorkflowDefinition> = fc
  .record({
    plans: fc.array(planArbitrary, { minLength: 1, maxLength: 7 }),
    isForward: fc.boolean(),
  })
  .map(({ plans, isForward }) => {
    const leadsTo = isForward ? forward : anywhere;
    return definition(plans.map((plan, index) => stepOf(plan, index, plans.length, leadsTo)));
  });

export const factsArbitrary: fc.Arbitrary<RunFacts> = fc
  .record({
    provider: fc.constantFrom("mock", "openai"),
    mock: fc.boolean(),
    asked: fc.option(fc.boolean()),
    hasTemplate: fc.boolean(),
    starter: fc.constantFrom<Caller>(
      { id: "user:eve", email: "eve@example.com" },
      { id: "user:eve" },
      { id: "key1" },
    ),
    kind: fc.option(fc.constantFrom("key" as const, "jwt" as const)),
    tags: fc.subarray(["a", "b"]),
  })
  .map(({ provider, mock, asked, hasTemplate, starter, kind, tags }) => ({
    workflow_version: 1,
    created_by: starter,
    ...(kind === null ? {} : { created_with: kind }),
    provider,
    mock,
    ...(asked === null ? {} : { mock_asked: asked }),
    templates: hasTemplate ? { content_v1: 4 } : {},
    tags,
  }));
