/** What the laws look at: a simulation at rest, and each of its runs as its object has it. */
import type { RunState } from "#engine/state.ts";
import type { RunEvent } from "#model/event.ts";
import type { History, Run } from "#model/run.ts";
import type { People } from "../people.ts";
import type { Plan, RunPlan } from "../plan.ts";
import type { SimulatedD1 } from "../platform/d1.ts";
import type { Answer, ObjectCall, SimulatedObject } from "../platform/object.ts";
import type { Timeline } from "../timeline.ts";
import type { World } from "../world.ts";

/** A simulation in which nothing happens any more. */
export interface Scene {
  readonly plan: Plan;
  readonly people: readonly People[];
  readonly objects: ReadonlyMap<string, SimulatedObject>;
  readonly world: World;
  readonly d1: SimulatedD1;
  readonly timeline: Timeline;
  /** Epoch ms; no fault happened after it. */
  readonly calmAt: number;
  readonly faults: Readonly<Record<string, number>>;
  call(runId: string, what: string, work: ObjectCall): Promise<Answer>;
}

export interface EndedRun {
  id: string;
  plan: RunPlan;
  people: People;
  events: RunEvent[];
  /** As it is read when the object is opened. */
  state: RunState;
  view: Run;
  history: History;
}
