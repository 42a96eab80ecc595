/**
 * One side of a dual run: a deployment of this API, driven through its routes like a client. Starts
 * a run, answers its forms from the inputs, approves its approvals, and returns the outcome. Owns
 * no transport: `Exchange` sends, to this service or to another.
 *
 * A run that has not ended by the time it is reported is canceled, so that nothing is left behind.
 */
import { z } from "zod";
import { type Diagnostic, diagnosticSchema } from "#model/diagnostic.ts";
import type { JsonObject } from "#model/json.ts";
import type { MockAi } from "#model/mock-request.ts";
import { contextSchema, historySchema, type History } from "#model/run.ts";
import type { WorkflowDefinition } from "#model/workflow.ts";
import { answersTo, startInputsOf } from "#parity/answering.ts";
import { type ComparableRun, comparableRun } from "#parity/comparable.ts";

export interface SideRequest {
  method: "GET" | "POST";
  path: string;
  body?: object;
  /** How long the response may wait for the run to settle, in s. */
  waitS?: number;
  /** Without credentials: a resume token in the body replaces them. */
  isAnonymous?: boolean;
}

/** null: there was no response. `body` is its JSON. */
export type Exchange = (request: SideRequest) => Promise<{ status: number; body: unknown } | null>;

/** The clock of a side; `pause` is the delay between two polls of a run that is not settled. */
export interface SideClock {
  now(): number;
  /** Epoch ms; then the run is reported in its current state. */
  deadline: number;
  pause(ms: number): Promise<void>;
}

export interface DualRunRequest {
  workflow_id: string;
  inputs: JsonObject;
  /** The same as in the start of a run. */
  mock_ai: MockAi | undefined;
}

export interface Refusal {
  status: number;
  code: string;
  detail: string;
  errors?: Diagnostic[] | undefined;
}

export type SideResult =
  | {
      kind: "told";
      runId: string;
      definition: WorkflowDefinition;
      profile: JsonObject;
      history: History;
      run: ComparableRun;
    }
  | { kind: "refused"; refusal: Refusal }
  | { kind: "unavailable"; reason: string };

const definitionSchema = z.custom<WorkflowDefinition>(
  (value) => z.object({ steps: z.array(z.object({ type: z.string() })) }).safeParse(value).success,
);
const workflowSchema = z.object({ version: z.int(), definition: definitionSchema });

/** The fields of a run that are read. Loose: the other side may have another version. */
const toldRunSchema = z.object({
  id: z.string(),
  status: z.string(),
  current_step: z.string().nullable(),
  output: z.custom<JsonObject>((value) => typeof value === "object").optional(),
  error: z.object({ code: z.string(), step_id: z.string().nullable() }).optional(),
  wait: z
    .object({
      number: z.int(),
      step_id: z.string(),
      type: z.enum(["form", "approval"]),
      fields: z.array(z.object({ key: z.string() })).optional(),
      decisions: z.array(z.object({ by: z.string() })).optional(),
      resume_tokens: z.array(z.object({ approver: z.string(), token: z.string() })).optional(),
    })
    .optional(),
});
type ToldRun = z.infer<typeof toldRunSchema>;
type ToldWait = NonNullable<ToldRun["wait"]>;

function isDiagnostic(value: unknown): boolean {
  return diagnosticSchema.safeParse(value).success;
}

const problemSchema = z.object({
  code: z.string(),
  detail: z.string(),
  errors: z.array(z.custom<Diagnostic>(isDiagnostic)).optional(),
});

/** Ends the drive where a side cannot continue; only `driveRun` catches it. */
class Stopped extends Error {
  readonly result: Exclude<SideResult, { kind: "told" }>;

  constructor(result: Exclude<SideResult, { kind: "told" }>) {
    super(result.kind);
    this.result = result;
  }
}

/** Runs a workflow on one side, to its end or as far as inputs and time allow. */
export async function driveRun(
  exchange: Exchange,
  request: DualRunRequest,
  clock: SideClock,
): Promise<SideResult> {
  try {
    return await drive(exchange, request, clock);
  } catch (error) {
    if (error instanceof Stopped) return error.result;
    throw error;
  }
}

async function drive(
  exchange: Exchange,
  request: DualRunRequest,
  clock: SideClock,
): Promise<SideResult> {
  const path = `/v1/workflows/${encodeURIComponent(request.workflow_id.toWellFormed())}`;
  const workflow = await ask(exchange, { method: "GET", path }, workflowSchema);
  const { definition, version } = workflow;
  const started = await ask(
    exchange,
    {
      method: "POST",
      path: "/v1/executions",
      waitS: secondsLeft(clock),
      body: {
        workflow_id: request.workflow_id,
        workflow_version: version,
        inputs: startInputsOf(definition, request.inputs),
        run_opts: {
          tags: ["dual-run"],
          ...(request.mock_ai === undefined ? {} : { mock_ai: request.mock_ai }),
        },
      },
    },
    toldRunSchema,
  );
  const run = await answerAll(exchange, started, request.inputs, clock);
  return tell(exchange, run, definition);
}

/** Answers the waits in turn until there are none or one cannot be answered; returns the run. */
async function answerAll(
  exchange: Exchange,
  started: ToldRun,
  inputs: JsonObject,
  clock: SideClock,
): Promise<ToldRun> {
  const path = `/v1/executions/${started.id}`;
  let run = started;
  while (clock.now() < clock.deadline) {
    if (run.status === "waiting" && run.wait) {
      const answer = answerTo(run.wait, inputs);
      const asked = { method: "POST", path: `${path}/resume`, waitS: secondsLeft(clock) } as const;
      const answered = await exchange({ ...asked, ...answer });
      if (answered !== null && answered.status >= 400 && answered.status < 500) return run;
      run = read(answered, toldRunSchema);
      // The response to a token contains little of the run.
      if (answer.isAnonymous) run = await ask(exchange, { method: "GET", path }, toldRunSchema);
    } else if (run.status === "running" || run.status === "queued") {
      await clock.pause(PAUSE_MS);
      run = await ask(exchange, { method: "GET", path }, toldRunSchema);
    } else {
      return run;
    }
  }
  return run;
}

const PAUSE_MS = 100;

/** People who have not decided yet decide with their tokens; without tokens, the key decides. */
function answerTo(wait: ToldWait, inputs: JsonObject): Pick<SideRequest, "body" | "isAnonymous"> {
  const number = { wait_number: wait.number };
  if (wait.type === "form") {
    return { body: { inputs: answersTo(wait.fields ?? [], inputs), ...number } };
  }
  const approvals = [{ step_id: wait.step_id, approved: true }];
  const decided = new Set(wait.decisions?.map(({ by }) => by));
  const open = wait.resume_tokens?.find(({ approver }) => !decided.has(approver));
  if (open === undefined) return { body: { approvals, ...number } };
  return { body: { approvals, ...number, resume_token: open.token }, isAnonymous: true };
}

async function tell(
  exchange: Exchange,
  run: ToldRun,
  definition: WorkflowDefinition,
): Promise<SideResult> {
  const path = `/v1/executions/${run.id}`;
  const history = await ask(exchange, { method: "GET", path: `${path}/history` }, historySchema);
  const context = await ask(exchange, { method: "GET", path: `${path}/context` }, contextSchema);
  if (!["completed", "failed", "canceled"].includes(run.status)) {
    const body = { reason: "The dual run is over." };
    await exchange({ method: "POST", path: `${path}/cancel`, body });
  }
  const { inputs, steps } = context.runtime;
  return {
    kind: "told",
    runId: run.id,
    definition,
    profile: context.profile,
    history,
    run: comparableRun({ ...run, steps: history.steps, context: { runtime: { inputs, steps } } }),
  };
}

async function ask<T>(exchange: Exchange, request: SideRequest, shape: z.ZodType<T>): Promise<T> {
  return read(await exchange(request), shape);
}

/** The body of a success; anything else stops the drive. */
function read<T>(answer: Awaited<ReturnType<Exchange>>, shape: z.ZodType<T>): T {
  if (answer === null) throw new Stopped({ kind: "unavailable", reason: "It does not respond." });
  const { status, body } = answer;
  if (status >= 400) {
    const problem = problemSchema.safeParse(body);
    if (problem.success) {
      throw new Stopped({ kind: "refused", refusal: { status, ...problem.data } });
    }
    throw new Stopped({ kind: "unavailable", reason: `It answered ${status}.` });
  }
  const parsed = shape.safeParse(body);
  if (parsed.success) return parsed.data;
  const reason = "Its response is not one of this API.";
  throw new Stopped({ kind: "unavailable", reason });
}

function secondsLeft({ now, deadline }: SideClock): number {
  return Math.max(1, Math.floor((deadline - now()) / 1000));
}

/** The form in which a refused start is compared. */
export function refusedRun({ code }: Refusal): ComparableRun {
  return {
    status: "refused",
    current_step: null,
    steps: [],
    context: { runtime: { inputs: {}, steps: {} } },
    error: { code, step_id: null },
  };
}
