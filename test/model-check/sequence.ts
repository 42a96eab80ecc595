/** Plays one drawn sequence through the engine and the plain model, and compares after each command. */
import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { type Advance, advance, pendingEffect, timersOf } from "#engine/advance.ts";
import type { Command } from "#engine/command.ts";
import type { RunState } from "#engine/state.ts";
import type { RunEvent, RunFacts } from "#model/event.ts";
import type { WorkflowDefinition } from "#model/workflow.ts";
import { type IndexedWorkflow, indexWorkflow } from "#model/workflow-index.ts";
import { comparable, engineView, plainView } from "./compared.ts";
import { commandOf, type Draw, drawArbitrary } from "./draws.ts";
import { brokenByCommand, brokenByLog, brokenFold } from "./laws.ts";
import { endAttempt } from "./plain-outcomes.ts";
import { PlainRun } from "./plain-run.ts";
import {
  answer,
  cancel,
  decide,
  fire,
  type PlainRefusal,
  quarantine,
  timersOfModel,
} from "./plain-waits.ts";
import type { Coverage } from "./transitions.ts";
import { factsArbitrary, workflowArbitrary } from "./workflows.ts";

const START_MS = Date.parse("2026-01-01T00:00:00.000Z");

export interface Sequence {
  workflow: WorkflowDefinition;
  facts: RunFacts;
  draws: Draw[];
}

export const sequenceArbitrary: fc.Arbitrary<Sequence> = fc.record({
  workflow: workflowArbitrary,
  facts: factsArbitrary,
  // Without the bias to short ones, after which little has happened.
  draws: fc.noBias(fc.array(drawArbitrary, { maxLength: 40, size: "max" })),
});

/** Throws where the engine and the model differ, or a law is broken. */
export function playSequence({ workflow, facts, draws }: Sequence, coverage: Coverage): void {
  new Player(workflow, facts, coverage).play(draws);
}

class Player {
  readonly #workflow: IndexedWorkflow;
  readonly #coverage: Coverage;
  readonly #model: PlainRun;
  readonly #commands: Command[] = [];
  readonly #log: RunEvent[] = [];
  #state: RunState | null = null;
  #delays: number[] = [];
  #clock = START_MS;

  constructor(workflow: WorkflowDefinition, facts: RunFacts, coverage: Coverage) {
    this.#workflow = indexWorkflow(workflow);
    this.#coverage = coverage;
    coverage.sequences += 1;
    const at = new Date(START_MS).toISOString();
    this.#model = new PlainRun(workflow, { id: "run_a", facts, at }, coverage, (least, most) =>
      this.#seenDelay(least, most),
    );
    this.#apply({ kind: "start", at, run_id: "run_a", facts }, () => null);
  }

  play(draws: Draw[]): void {
    for (const draw of draws) {
      this.#clock += draw.gap;
      const at = new Date(this.#clock).toISOString();
      const command = commandOf(draw, this.#model, at, this.#commands);
      this.#clock = Math.max(this.#clock, Date.parse(command.at));
      this.#apply(command, () => carryOut(this.#model, command));
    }
    const broken = brokenFold(this.#log, this.#known);
    if (broken !== null) this.#fail(`law ${broken}`, null, null);
  }

  #apply(command: Command, plain: () => PlainRefusal | null): void {
    this.#coverage.commands += 1;
    this.#commands.push(command);
    const before = this.#state;
    const frozen = JSON.stringify(before);
    const result = advance(this.#workflow, before, command);
    this.#equal("the same command again", advance(this.#workflow, before, command), result);
    this.#equal("the state before", JSON.stringify(before), frozen);
    this.#delays = result.ok ? delaysIn(result.events) : [];
    if (result.ok) {
      this.#state = result.state;
      this.#log.push(...result.events);
    }
    const known = this.#model.log.length - (before === null ? this.#model.log.length : 0);
    this.#model.at = command.at;
    const refusal = plain();
    this.#compare(result, refusal, this.#model.log.slice(known));
    const after = this.#known;
    const broken =
      brokenByCommand({ before, command, result, after }) ?? brokenByLog(this.#log, after);
    if (broken !== null) this.#fail(`law ${broken}`, null, null);
  }

  get #known(): RunState {
    if (!this.#state) throw new Error("a run that was started has a state");
    return this.#state;
  }

  #compare(result: Advance, refusal: PlainRefusal | null, said: RunEvent[]): void {
    const { live } = this.#model;
    this.#equal("refusal", result.ok ? null : result.refusal, refusal);
    const events = result.ok ? result.events : [];
    this.#equal("events", events.map(comparable), said.map(comparable));
    const state = this.#known;
    this.#equal("state", engineView(state), plainView(this.#model));
    const effect = live && { kind: "execute_step", ...live };
    this.#equal("pending effect", pendingEffect(state), effect);
    if (result.ok && events.length > 0) this.#equal("effect of the command", result.effect, effect);
    this.#equal("timers", timersOf(state), timersOfModel(this.#model));
    if (result.ok) this.#compareOutputs(result.outputs, events);
  }

  #compareOutputs(outputs: Record<string, unknown>, events: RunEvent[]): void {
    const ended = events.filter(({ type }) => type === "step.completed" || type === "step.failed");
    const names = ended.map(({ step_id = "" }) => step_id);
    for (const name of new Set([...names, ...Object.keys(outputs)])) {
      const plain = names.includes(name) ? this.#model.outputs.get(name) : undefined;
      this.#equal(`output of ${name}`, outputs[name], plain);
    }
  }

  #seenDelay(least: number, most: number): number {
    const [seen = Number.NaN, ...rest] = this.#delays;
    this.#delays = rest;
    if (!(seen >= least && seen <= most)) this.#fail("delay", seen, [least, most]);
    return seen;
  }

  #equal(what: string, engine: unknown, model: unknown): void {
    if (!isDeepStrictEqual(engine, model)) this.#fail(what, engine, model);
  }

  #fail(what: string, engine: unknown, model: unknown): never {
    const commands = this.#commands.map((command) => JSON.stringify(command)).join("\n  ");
    const [left, right] = [engine, model].map((side) => JSON.stringify(side));
    throw new Error(`${what}\n  engine: ${left}\n  model:  ${right}\n  ${commands}`);
  }
}

function delaysIn(events: RunEvent[]): number[] {
  return events.flatMap((event) =>
    event.type === "step.retrying" && event.data.reason === "transport"
      ? [event.data.delay_ms]
      : [],
  );
}

function carryOut(run: PlainRun, command: Command): PlainRefusal | null {
  switch (command.kind) {
    case "start":
      run.coverage.took("start: of a run that exists, changes nothing");
      return null;
    case "outcome":
      endAttempt(run, command.step_id, command.attempt, command.outcome);
      return null;
    case "answer":
      return answer(run, command.by, command.output, command.wait_number);
    case "decide": {
      const { by, step_id: stepId, approved, comment, wait_number: number } = command;
      const said = comment === undefined ? {} : { comment };
      return decide(run, {
        by,
        stepId,
        approved,
        ...said,
        ...(number === undefined ? {} : { number }),
      });
    }
    case "timer":
      fire(run, command.timer);
      return null;
    case "cancel":
      return cancel(run, command);
    case "quarantine":
      quarantine(run, command.seen, command.isBegun);
      return null;
    case "late":
      run.late(command.step_id, command.attempt, command.result);
      return null;
  }
}
