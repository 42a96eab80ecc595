/**
 * `POST /v1/dev/dual-run`: runs one workflow on two sides and compares them. The new side is this
 * service; the old side another deployment, or without one the reference interpreter.
 *
 * Both sides are called through their API, this service without the network. Only in development.
 */
import { z } from "zod";
import { jsonObjectSchema } from "#model/json-schemas.ts";
import { LIMITS } from "#model/limits.ts";
import { mockAiSchema } from "#model/mock-request.ts";
import { compareRuns, NORMALIZATION } from "#parity/compare.ts";
import { type ComparableRun, comparableRun } from "#parity/comparable.ts";
import type { Settings } from "#settings.ts";
import { asAdmin } from "#http/access.ts";
import type { App } from "#http/app.ts";
import { baselineExchange, init, toAnswer } from "./baseline.ts";
import { runReference } from "./reference.ts";
import {
  type DualRunRequest,
  driveRun,
  type Exchange,
  type Refusal,
  refusedRun,
  type SideClock,
  type SideResult,
} from "./side.ts";
import { isProblemCode, ProblemError } from "#http/problems/problems.ts";
import { jsonBody } from "#http/route/body.ts";
import { defineRoute, type Operation } from "#http/route/define.ts";
import { chooseMock } from "#http/executions/start.ts";
import type { AppContext } from "#http/types.ts";

const dualRunBodySchema = z
  .strictObject({
    workflow_id: z.string(),
    inputs: jsonObjectSchema.optional().meta({
      description: "For the start and the forms: each form takes the keys of its fields.",
    }),
    run_opts: z.strictObject({ mock_ai: mockAiSchema.optional() }).optional(),
  })
  .meta({
    id: "DualRunRequest",
    example: {
      workflow_id: "content_draft_flow",
      inputs: { topic: "Launch", audience: "SMB" },
      run_opts: { mock_ai: true },
    },
  });

const diffSchema = z
  .object({
    path: z.string().meta({ description: "JSON Pointer." }),
    old: z.unknown().meta({ description: "`(absent)` where that side has no value." }),
    new: z.unknown(),
  })
  .meta({ id: "Diff", example: { path: "/status", old: "completed", new: "failed" } });

const dualRunSchema = z
  .object({
    match: z.boolean(),
    diffs: z.array(diffSchema),
    normalization: z.object({
      ordering: z.literal(NORMALIZATION.ordering),
      whitespace: z.literal(NORMALIZATION.whitespace),
      numeric_tolerance: z
        .number()
        .meta({ description: "Numbers that differ by less count as equal." }),
    }),
    run_ids: z.object({
      old: z.string().meta({ description: "Empty when the old side refused the start." }),
      new: z.string(),
    }),
  })
  .meta({
    id: "DualRun",
    example: {
      match: true,
      diffs: [],
      normalization: NORMALIZATION,
      run_ids: {
        old: "ref_0d9c2f7a54c84f1c9f4d8e4f7b7f1a3e",
        new: "run_n5zq3tq4wq2i5l7k3c2h6xw4ya",
      },
    },
  });

/** `app`: this service, which the new side calls without the network. */
export function dualRunOperations(app: App): readonly Operation[] {
  const compare = defineRoute({
    method: "post",
    path: "/v1/dev/dual-run",
    operationId: "dualRun",
    summary: "Compare a run with the old side",
    description:
      "Runs a workflow here and on the old side, answers forms from `inputs` and approves approvals, and compares the results. The old side is the deployment at `DUAL_RUN_BASELINE_URL` or, without one, the reference interpreter. Only in development; elsewhere 404.",
    tag: "Development",
    access: asAdmin,
    existsIf: ({ ENVIRONMENT }) => ENVIRONMENT === "development",
    body: jsonBody(dualRunBodySchema),
    idempotent: { callMs: () => LIMITS.dualRunLeaseMs },
    answers: { 200: { schema: dualRunSchema, description: "What differs." } },
    problems: ["workflow_not_found", "invalid_inputs", "masked_value", "baseline_unavailable"],
    async handle(c, { body: { workflow_id, inputs = {}, run_opts } }) {
      const request: DualRunRequest = { workflow_id, inputs, mock_ai: run_opts?.mock_ai };
      const { old, told } = await runBoth(c, request, ownExchange(c, app));
      const { match, diffs, normalization } = compareRuns(old.run, told.run);
      const run_ids = { old: old.id, new: told.runId };
      return { status: 200, body: { match, diffs, normalization, run_ids } };
    },
  });
  return [compare];
}

interface OldSide {
  id: string;
  run: ComparableRun;
}

type Told = Extract<SideResult, { kind: "told" }>;

async function runBoth(
  c: AppContext,
  request: DualRunRequest,
  fresh: Exchange,
): Promise<{ old: OldSide; told: Told }> {
  const settings = c.get("settings");
  const baseline = baselineExchange(settings);
  const clock: SideClock = {
    now: Date.now,
    deadline: Date.now() + LIMITS.dualRunTimeoutMs,
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  };
  if (baseline === null) {
    const told = requireTold(await driveRun(fresh, request, clock));
    return { told, old: await referenceSide(settings, request, told, fresh) };
  }
  const [ours, theirs] = await Promise.all([
    driveRun(fresh, request, clock),
    driveRun(baseline, request, clock),
  ]);
  return { told: requireTold(ours), old: oldSide(theirs) };
}

async function referenceSide(
  settings: Settings,
  request: DualRunRequest,
  told: Told,
  exchange: Exchange,
): Promise<OldSide> {
  const mock = chooseMock(settings, told.definition, request.mock_ai);
  const run = await runReference(told, {
    inputs: request.inputs,
    models: {
      provider: settings.AI_PROVIDER,
      ...(mock === "refused" ? { mock: null } : { mock: mock.asked, namedMock: mock.named }),
    },
    exchange,
    now: Date.now,
  });
  return { id: run.id, run: comparableRun(run) };
}

/** The new side has to run; if it does not, the caller gets the reason. */
function requireTold(result: SideResult): Told {
  switch (result.kind) {
    case "told":
      return result;
    case "refused":
      throw problemOf(result.refusal);
    case "unavailable":
      throw new Error(`the new side of a dual run: ${result.reason}`);
  }
}

function problemOf({ code, detail, errors }: Refusal): ProblemError {
  if (!isProblemCode(code)) throw new Error(`a problem of another kind: ${code}`);
  return new ProblemError({ code, detail, ...(errors === undefined ? {} : { errors }) });
}

function oldSide(result: SideResult): OldSide {
  switch (result.kind) {
    case "told":
      return { id: result.runId, run: result.run };
    case "refused": {
      const { status, code } = result.refusal;
      if (isOutOfReach(status)) throw unavailable(`It answered ${status} ${code}.`);
      return { id: "", run: refusedRun(result.refusal) };
    }
    case "unavailable":
      throw unavailable(result.reason);
  }
}

/** Statuses that say nothing about the workflow: a key that is invalid there, or a defect. */
function isOutOfReach(status: number): boolean {
  return status === 401 || status === 403 || status === 429 || status >= 500;
}

function unavailable(reason: string): ProblemError {
  const detail = `The comparison with the baseline deployment is not possible. ${reason}`;
  return new ProblemError({ code: "baseline_unavailable", detail });
}

/** Calls this service as the caller of the dual run, through its own routes. */
function ownExchange(c: AppContext, app: App): Exchange {
  const authorization = c.req.header("authorization") ?? "";
  return async (request) => {
    const response = await app.request(
      request.path,
      init(request, authorization),
      c.env,
      c.executionCtx,
    );
    return toAnswer(response);
  };
}
