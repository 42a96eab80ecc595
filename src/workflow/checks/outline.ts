/**
 * The shape of a workflow, read leniently: ids, types and exits of its steps, even if something else is
 * wrong with them. What depends on more than one step is checked on this, so that one broken step
 * does not hide what is wrong with the others.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import { STEP_TYPES, type StepType } from "#model/workflow.ts";
import type { Path } from "../source/places.ts";
import { listIn, memberOf, objectIn, stringIn } from "../member.ts";

/** The key through which a step is left. */
export type ExitKey = "next" | "then" | "else" | "on_error" | "on_reject" | "on_expire";

export interface Exit {
  key: ExitKey;
  /** Id of the step that follows; null ends the run. */
  to: string | null;
  /** Where the target is written; where it would stand when it is not. */
  path: Path;
}

export interface OutlineStep {
  id: string;
  type: StepType | null;
  /** Position in the list of steps. */
  index: number;
  path: Path;
  config: JsonObject;
  retry: JsonObject;
  /** The ways on from here that a run can take. */
  exits: Exit[];
  /** Every target that is written, also one that no run can take. */
  targets: Exit[];
}

export interface Outline {
  workflow: JsonObject;
  start: string | null;
  steps: OutlineStep[];
  /** False when a step could not be read, so that ways through the workflow are unknown. */
  complete: boolean;
}

export function outlineOf(workflow: JsonObject): Outline {
  const list = listIn(workflow, "steps");
  const steps = list.map(outlineStep).filter((step) => step !== null);
  return {
    workflow,
    start: stringIn(workflow, "start_step"),
    steps,
    complete: steps.length === list.length && steps.every(({ type }) => type !== null),
  };
}

function outlineStep(step: JsonValue, index: number): OutlineStep | null {
  if (!isJsonObject(step)) return null;
  const id = stringIn(step, "id");
  if (id === null || id === "") return null;
  const type = STEP_TYPES.find((name) => name === step["type"]) ?? null;
  const config = objectIn(step, "config");
  const retry = objectIn(step, "retry");
  const path = ["steps", index];
  const read = reader(step, config, path);
  const exits = exitsOf(type, read);
  return { id, type, index, path, config, retry, exits, targets: targetsOf(read) };
}

/** Reads the exit under a key; undefined when the key is not there or holds no target. */
type ReadExit = (key: ExitKey) => Exit | undefined;

const BESIDE_CONFIG: ReadonlySet<ExitKey> = new Set<ExitKey>(["next", "on_error"]);

function reader(step: JsonObject, config: JsonObject, path: Path): ReadExit {
  return (key) => {
    const beside = BESIDE_CONFIG.has(key);
    const to = memberOf(beside ? step : config, key);
    if (typeof to !== "string" && to !== null) return undefined;
    return { key, to, path: beside ? [...path, key] : [...path, "config", key] };
  };
}

const EXIT_KEYS: readonly ExitKey[] = [
  "next",
  "on_error",
  "then",
  "else",
  "on_reject",
  "on_expire",
];

function targetsOf(read: ReadExit): Exit[] {
  return EXIT_KEYS.map(read)
    .filter((exit) => exit !== undefined)
    .filter(({ to }) => to !== null);
}

function exitsOf(type: StepType | null, read: ReadExit): Exit[] {
  const next = read("next") ?? { key: "next", to: null, path: [] };
  const asked = (...keys: ExitKey[]): Exit[] => keys.map(read).filter((exit) => exit !== undefined);
  switch (type) {
    case "conditional":
      return [
        read("then") ?? { ...next, key: "then" },
        read("else") ?? { ...next, key: "else" },
        ...asked("on_error"),
      ];
    case "form":
      return [next, ...asked("on_expire", "on_error")];
    case "approval":
      return [next, ...asked("on_reject", "on_expire", "on_error")];
    default:
      return [next, ...asked("on_error")];
  }
}
