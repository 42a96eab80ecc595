/**
 * One session: requests one after the other, by one caller, who begins with nothing and uses what
 * the answers brought. The same seed draws the same session, even if others run beside it.
 */
import * as fc from "fast-check";
import type { Api, ApiOperation } from "./api.ts";
import type { Definition } from "./definitions.ts";
import { type Draw, drawFrom } from "./draw.ts";
import { mutate } from "./mutations.ts";
import { type Plan, toWire } from "./plan.ts";
import { missingFor, type Setting, validPlan } from "./valid-plans.ts";
import { judge, type Verdict } from "./verdict.ts";
import { exchange, toBytes, type WireRequest } from "./wire.ts";
import { World } from "./world.ts";

export interface Target {
  url: string;
  key: string;
  api: Api;
  /** Made once for a campaign: fast-check knows arbitraries by identity. */
  definitions: fc.Arbitrary<Definition>;
}

/** One request and what became of it. */
export interface Sent extends Verdict {
  plan: Plan;
  wire: WireRequest;
  ms: number;
  answerText: string;
}

export interface Step {
  operation: ApiOperation;
  /** How many changes are made to it; most requests are meant to succeed. */
  changes: number;
  /** The request before it, byte by byte. */
  isReplay: boolean;
  generator: fc.GeneratorValue;
}

/** Each starts two runs and compares them: a tenth as often is enough. */
const RARE = new Set(["dualRun", "rewrapSecrets"]);
const OFTEN = 10;
const STEPS = 40;
/** Beyond this the runtime refuses a request line or a header by itself: 414 or 431, as text. */
const HEAD_LIMIT = 60_000;
const SHOWN_LENGTH = 1_000;

export function sessions({ operations }: Api): fc.Arbitrary<Step[]> {
  const operation = fc.oneof(
    ...operations.map((one) => ({
      weight: RARE.has(one.id) ? 2 : OFTEN,
      arbitrary: fc.constant(one),
    })),
  );
  const changes = fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 4, arbitrary: fc.constant(1) },
    { weight: 3, arbitrary: fc.integer({ min: 2, max: 4 }) },
  );
  const isReplay = fc.nat(24).map((number) => number === 24);
  const step = fc.record({ operation, changes, isReplay, generator: fc.gen() });
  return fc.array(step, { minLength: 1, maxLength: STEPS, size: "max" });
}

/** Every operation once, unchanged: none of them depends on being drawn. */
export function everyOperation({ operations }: Api): fc.Arbitrary<Step[]> {
  return fc.tuple(
    ...operations.map((operation) =>
      fc.record({
        operation: fc.constant(operation),
        changes: fc.constant(0),
        isReplay: fc.constant(false),
        generator: fc.gen(),
      }),
    ),
  );
}

/** Sends the steps; ends early when `isEnough`. */
export async function runSession(
  target: Target,
  steps: readonly Step[],
  report: (sent: Sent) => void,
  isEnough: () => boolean = () => false,
): Promise<void> {
  const world = new World();
  let before: Plan | null = null;
  for (const { operation, changes, isReplay, generator } of steps) {
    if (isEnough()) return;
    const draw = drawFrom(generator);
    const setting = { ...target, world, draw };
    if (isReplay && before !== null) {
      report(await send(target, world, { ...before, changes: [...before.changes, "again"] }));
      continue;
    }
    await provide(target, setting, operation, report);
    const plan = validPlan(setting, operation);
    for (let count = 0; count < changes; count += 1) mutate(setting, plan);
    before = plan;
    report(await send(target, world, plan));
  }
}

/** What the operation needs is made first, by requests that count too. */
async function provide(
  target: Target,
  setting: Setting & { draw: Draw },
  operation: ApiOperation,
  report: (sent: Sent) => void,
): Promise<void> {
  const maker = missingFor(operation, setting.world);
  const making = target.api.operations.find(({ id }) => id === maker);
  if (making === undefined) return;
  await provide(target, setting, making, report);
  report(await send(target, setting.world, validPlan(setting, making)));
}

async function send(target: Target, world: World, plan: Plan): Promise<Sent> {
  const wire = toWire(plan);
  const isBroken = plan.isBroken || headLength(wire) > HEAD_LIMIT;
  const startedAt = performance.now();
  const result = await exchange(target.url, wire);
  const ms = performance.now() - startedAt;
  const verdict = judge(target.api.description, wire, result, isBroken);
  for (const [name, value] of plan.headers) {
    if (name === "idempotency-key") world.idempotencyKeys.add(value);
  }
  const answer = result.kind === "answer" ? result.answer : null;
  if (answer !== null && verdict.faults.length === 0) {
    world.learn(verdict.operation?.id ?? null, answer);
    forget(world, plan, verdict);
  }
  return { ...verdict, plan, wire, ms, answerText: answer?.text.slice(0, 600) ?? result.kind };
}

function headLength({ target, headers }: WireRequest): number {
  return headers.reduce((sum, [, value]) => sum + value.length, target.length);
}

/** What was deleted is gone; what was not found was not ours any more. */
function forget(world: World, { operation, params }: Plan, { status }: Verdict): void {
  const isGone = status === 404 || (operation.method === "DELETE" && status === 204);
  if (!isGone) return;
  const { id = "", name = "", run_id: runId = "" } = params;
  if (operation.path.startsWith("/v1/workflows")) world.workflows.delete(id);
  if (operation.path.startsWith("/v1/keys")) world.keys.delete(id);
  if (operation.path.startsWith("/v1/secrets")) world.secrets.delete(name);
  if (operation.path.startsWith("/v1/templates")) world.templates.delete(id);
  if (runId !== "") world.runs.delete(runId);
}

/** A request in a form that can be read and sent again. */
export function shown({ wire, status, faults, answerText, plan }: Sent): string {
  const bytes = toBytes(wire, "service").toString("utf8");
  const text =
    bytes.length > SHOWN_LENGTH
      ? `${bytes.slice(0, SHOWN_LENGTH)}… (${bytes.length} bytes)`
      : bytes;
  return [
    `── ${wire.method} ${plan.operation.path} (${plan.changes.join("; ") || "valid"}) → ${status}`,
    JSON.stringify(text),
    `answer: ${answerText.slice(0, faults.length > 0 ? SHOWN_LENGTH : 200)}`,
    ...faults.map((fault) => `fault: ${fault}`),
  ].join("\n");
}
