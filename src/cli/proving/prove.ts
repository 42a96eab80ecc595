/**
 * The proof of an upgrade: the old file, read by a loader of its own, and the new definition mean
 * the same. Two methods, since each finds what the other cannot:
 *
 * 1. compares the two definitions exactly, except their expressions;
 * 2. runs both by the reference interpreter with the mock provider over the same cases, and
 *    compares the steps taken, their outputs, and the requests to models and HTTP.
 */
import { compareRuns, type Diff } from "#parity/compare.ts";
import { type ComparableRun, comparableRun } from "#parity/comparable.ts";
import { interpret } from "#parity/interpreter.ts";
import type { InterpretOptions } from "#parity/reference.ts";
import { type JsonValue, parseJson } from "#model/json.ts";
import type { WorkflowDefinition } from "#model/workflow.ts";
import { type Case, casesOf } from "./cases.ts";
import { type Difference, differencesOf } from "./differences.ts";
import { loadOldFile } from "./old-file.ts";
import { withPlainTraces } from "./traces.ts";
import { openWorld, type World } from "./world.ts";

export interface RunDifference {
  tried: Case;
  /** Differences of the runs. */
  diffs: Diff[];
  /** Differences of their requests. */
  asked: Difference[];
}

export type Proof =
  | { outcome: "equal"; runs: number; /** Steps that no run reached. */ unreached: string[] }
  | { outcome: "different"; runs: number; definition: Difference[]; differing: RunDifference[] }
  | { outcome: "unread"; message: string };

const RUNS = 60;
/** The order of every list counts, since both sides must do exactly the same. */
const RULES = { ordered: ["/**"] };

/** Compares the old text with its upgrade. */
export async function proveUpgrade(
  oldText: string,
  upgraded: WorkflowDefinition,
  runs: number = RUNS,
): Promise<Proof> {
  const loaded = loadOldFile(oldText);
  if (!loaded.ok) return { outcome: "unread", message: loaded.error };
  const { value: old } = loaded;
  const oldSide = sideOf(old, { ctx: "context" });
  const newSide = sideOf(upgraded, {});
  const reached = new Set<string>();
  const differing: RunDifference[] = [];
  for (const tried of casesOf(old, runs)) {
    const before = await runOf(oldSide, tried);
    const after = await runOf(newSide, tried);
    for (const { step_id: id } of before.run.steps) reached.add(id);
    const { diffs } = compareRuns(withPlainTraces(before.run), withPlainTraces(after.run), RULES);
    const asked = differencesOf(before.world.asked, after.world.asked);
    if (diffs.length + asked.length > 0) differing.push({ tried, diffs, asked });
  }
  const definition = definitionDifferences(old, upgraded);
  if (definition.length + differing.length > 0) {
    return { outcome: "different", runs, definition, differing };
  }
  const unreached = old.steps.map(({ id }) => id).filter((id) => !reached.has(id));
  return { outcome: "equal", runs, unreached };
}

/** Expressions have a different syntax in the two; the runs compare their results. */
function definitionDifferences(
  old: WorkflowDefinition,
  upgraded: WorkflowDefinition,
): Difference[] {
  const id = old.id === "" ? upgraded.id : old.id;
  return differencesOf(comparable({ ...old, id }), comparable(upgraded));
}

function comparable({ steps, ...rest }: WorkflowDefinition): JsonValue {
  const plain = steps.map((step) =>
    step.type === "conditional" ? { ...step, config: { ...step.config, when: "" } } : step,
  );
  return parseJson(JSON.stringify({ ...rest, steps: plain }));
}

/** A definition with the templates that its runs need. */
interface Side {
  definition: WorkflowDefinition;
  options: Pick<InterpretOptions, "templates" | "secrets" | "aliases">;
  bodyNames: readonly string[];
}

function sideOf(
  definition: WorkflowDefinition,
  aliases: NonNullable<InterpretOptions["aliases"]>,
): Side {
  return {
    definition,
    options: { aliases, templates: templatesOf(definition), secrets: secretsOf(definition) },
    bodyNames: bodyNamesOf(definition),
  };
}

async function runOf(
  { definition, options, bodyNames }: Side,
  { inputs, profile, approvals, mode, ...tried }: Case,
): Promise<{ run: ComparableRun; world: World }> {
  const world = openWorld(tried, bodyNames);
  const mock = { mode, steps: {}, seed: 42 };
  const given = { ...options, inputs, profile, approvals, mock };
  return { run: comparableRun(await interpret(definition, given, world.ports)), world };
}

/** The file does not contain its templates; each gets a text that identifies it. */
function templatesOf({ steps }: WorkflowDefinition): InterpretOptions["templates"] {
  const ids = steps.flatMap((step) =>
    step.type === "ai_generate" ? [step.config.template_id] : [],
  );
  return Object.fromEntries(ids.map((id) => [id, { id, version: 1, prompt: `Template ${id}` }]));
}

function secretsOf(definition: WorkflowDefinition): string[] {
  return [...JSON.stringify(definition).matchAll(/secrets\.(\w+)/g)].map(([, name = ""]) => name);
}

function bodyNamesOf(definition: WorkflowDefinition): string[] {
  const written = JSON.stringify(definition).replaceAll("\\", "");
  const names = [...written.matchAll(/\bbody(?:\.|["']\]\s*\[["'])([A-Za-z_][\w-]*)/g)];
  return [...new Set(names.map(([, name = ""]) => name))].toSorted();
}
