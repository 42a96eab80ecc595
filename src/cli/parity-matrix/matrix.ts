/**
 * Compares workflows: each with each of its inputs in each mode of the mock, several in parallel.
 * Owns the requests and the counts; `report.ts` shows them.
 */
import { z } from "zod";
import type { JsonObject, JsonValue } from "#model/json.ts";
import { MOCK_MODES } from "#model/mock-request.ts";
import { historySchema } from "#model/run.ts";
import { type Template, templateSchema } from "#model/template.ts";
import type { WorkflowDefinition } from "#model/workflow.ts";
import { type ApiClient, bodyOf, json, readBody } from "../following/api-client.ts";
import { CommandError } from "../terminal/command-error.ts";
import { type Branch, branchesOf, branchesTaken } from "./branches.ts";
import { copyOf, emptyCopyOf } from "./copies.ts";
import { planInputs } from "./plan.ts";
import { outOfReach } from "./reach.ts";

interface Difference {
  mode: string;
  inputs: JsonObject;
  diffs: { path: string; old: JsonValue; new: JsonValue }[];
}

/** The result of one workflow. */
export interface WorkflowResult {
  id: string;
  inputs: number;
  pairs: number;
  matches: number;
  /** Pairs whose new run completed. */
  completed: number;
  branches: number;
  notTaken: Branch[];
  differences: Difference[];
}

export interface MatrixOptions {
  client: ApiClient;
  /** The baseline deployment, if there is one; the copies are stored there too. */
  baseline: ApiClient | null;
  /** `host:port` of the fake API. */
  standIn: string;
  count: number;
  seed: number;
}

/** Dual runs in parallel. */
const AT_A_TIME = 8;

const diffSchema = z.object({ path: z.string(), old: z.json(), new: z.json() });
const dualRunSchema = z.object({
  match: z.boolean(),
  diffs: z.array(diffSchema),
  run_ids: z.object({ old: z.string(), new: z.string() }),
});
const workflowSchema = z.object({
  definition: z.custom<WorkflowDefinition>((value) => typeof value === "object" && value !== null),
});

export async function compareWorkflow(id: string, options: MatrixOptions): Promise<WorkflowResult> {
  const { client, baseline } = options;
  const path = `/v1/workflows/${encodeURIComponent(id)}`;
  const workflow = readBody(await client.send("GET", path), client, workflowSchema);
  const copy = copyOf(workflow.definition, options.standIn);
  const plan = await planCopies(copy, options);
  const places = baseline === null ? [client] : [client, baseline];
  const published = plan.filter(({ inputs }) => inputs.length > 0).map(({ copy: one }) => one);
  for (const place of places) {
    for (const one of published) await publishCopy(place, one, options.standIn);
  }
  try {
    return await comparePairs(id, plan, options);
  } finally {
    for (const place of places) {
      for (const one of published) await place.send("DELETE", `/v1/workflows/${one.id}`);
    }
  }
}

interface PlannedCopy {
  copy: WorkflowDefinition;
  inputs: JsonObject[];
}

/** The copy with its inputs, and if they miss branches, the copy whose lists are empty. */
async function planCopies(
  copy: WorkflowDefinition,
  { client, count, seed }: MatrixOptions,
): Promise<PlannedCopy[]> {
  const templates = await readTemplates(client, copy);
  const branches = branchesOf(copy);
  const { inputs, missing } = await planInputs(copy, templates, { count, seed, branches });
  const empty = emptyCopyOf(copy);
  const more = await planInputs(empty, templates, { count: 0, seed, branches: missing });
  return [
    { copy, inputs },
    { copy: empty, inputs: more.inputs },
  ];
}

async function comparePairs(
  id: string,
  plan: readonly PlannedCopy[],
  { client }: MatrixOptions,
): Promise<WorkflowResult> {
  const pairs = plan.flatMap(({ copy, inputs }) =>
    inputs.flatMap((one) => MOCK_MODES.map((mode) => ({ copy, mode, inputs: one }))),
  );
  const taken = new Set<Branch>();
  const branches = plan[0] === undefined ? [] : branchesOf(plan[0].copy);
  const result = { pairs: pairs.length, matches: 0, completed: 0, differences: [] as Difference[] };
  await inParallel(pairs, async ({ copy, mode, inputs }) => {
    const { match, diffs, run_ids } = await dualRun(client, copy.id, { mode, inputs });
    if (match) result.matches += 1;
    else result.differences.push({ mode, inputs, diffs });
    const history = await readHistory(client, run_ids.new);
    if (history.events.some(({ type }) => type === "run.completed")) result.completed += 1;
    for (const branch of branchesTaken(copy, history.steps)) taken.add(branch);
  });
  const notTaken = branches.filter((branch) => !taken.has(branch));
  const inputs = plan.reduce((sum, one) => sum + one.inputs.length, 0);
  return { id, inputs, branches: branches.length, notTaken, ...result };
}

async function dualRun(
  client: ApiClient,
  workflowId: string,
  { mode, inputs }: { mode: string; inputs: JsonObject },
) {
  const body = json({ workflow_id: workflowId, inputs, run_opts: { mock_ai: { mode } } });
  const answer = await client.send("POST", "/v1/dev/dual-run", { body });
  if (answer.kind === "problem" && answer.problem.status === 404) {
    const ways = "Dual runs exist in development only (ENVIRONMENT=development).";
    throw new CommandError(1, `${client.address.url} cannot compare runs. ${ways}`);
  }
  return readBody(answer, client, dualRunSchema);
}

async function readHistory(client: ApiClient, runId: string) {
  return readBody(
    await client.send("GET", `/v1/executions/${runId}/history`),
    client,
    historySchema,
  );
}

/** Stores the copy as a new workflow, or as a new version of one from an earlier comparison. */
async function publishCopy(
  client: ApiClient,
  copy: WorkflowDefinition,
  standIn: string,
): Promise<void> {
  const body = json(copy);
  const posted = await client.send("POST", "/v1/workflows", { body });
  const isKnown = posted.kind === "problem" && posted.problem.code === "workflow_exists";
  const answer = isKnown ? await client.send("PUT", `/v1/workflows/${copy.id}`, { body }) : posted;
  const isRefused =
    answer.kind === "problem" &&
    answer.problem.errors?.some(({ code }) => code === "url_not_allowed") === true;
  if (isRefused) throw outOfReach(client, standIn);
  bodyOf(answer, client.address);
}

async function readTemplates(
  client: ApiClient,
  { steps }: WorkflowDefinition,
): Promise<Record<string, Template>> {
  const templates: Record<string, Template> = {};
  for (const step of steps) {
    if (step.type !== "ai_generate") continue;
    const { template_id: id } = step.config;
    const answer = await client.send("GET", `/v1/templates/${encodeURIComponent(id)}`);
    const { prompt, version } = readBody(answer, client, templateSchema);
    templates[id] = { id, version, prompt };
  }
  return templates;
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
}
