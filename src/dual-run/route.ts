/**
 * `POST /v1/dev/dual-run`: runs one workflow on two sides and compares them. The new side is this
 * service; the old side another deployment, or without one the reference interpreter.
 *
 * Both sides are called through their API, this service without the network. Only in development.
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { createMiddleware } from "hono/factory";
import { z } from "zod";
import type { JsonObject } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import { mockAiSchema } from "#model/mock-request.ts";
import { type ProblemCode, PROBLEMS } from "#model/problem.ts";
import { compareRuns, NORMALIZATION } from "#parity/compare.ts";
import { type ComparableRun, comparableRun } from "#parity/comparable.ts";
import type { Settings } from "#settings.ts";
import { requireUnlimited } from "#http/access.ts";
import { callOnce } from "#http/idempotency/call-once.ts";
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
import { keyHeaders, keyProblems } from "#http/idempotency/key.ts";
import { ProblemError } from "#http/problems/problems.ts";
import { jsonResponse, problemResponses, securedRoute } from "#http/route.ts";
import { chooseMock } from "#http/executions/start.ts";
import type { AppContext, AppEnv } from "#http/types.ts";

const dualRunBodySchema = z
  .strictObject({
    workflow_id: z.string(),
    inputs: z.record(z.string(), z.unknown()).optional().meta({
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

export function mountDualRun(app: OpenAPIHono<AppEnv>): void {
  app.use("/v1/dev/*", onlyInDevelopment);
  app.openapi(
    securedRoute(
      "admin",
      {
        method: "post",
        path: "/v1/dev/dual-run",
        operationId: "dualRun",
        summary: "Compare a run with the old side",
        description:
          "Runs a workflow here and on the old side, answers forms from `inputs` and approves approvals, and compares the results. The old side is the deployment at `DUAL_RUN_BASELINE_URL` or, without one, the reference interpreter. Only in development; elsewhere 404.",
        tags: ["Development"],
        request: {
          headers: keyHeaders,
          body: {
            required: true,
            content: { "application/json": { schema: dualRunBodySchema } },
          },
        },
        responses: {
          200: jsonResponse(dualRunSchema, "What differs."),
          ...problemResponses(
            "malformed_body",
            "number_not_exact",
            "not_found",
            "workflow_not_found",
            "payload_too_large",
            "unsupported_media_type",
            "validation_failed",
            "invalid_inputs",
            "masked_value",
            "baseline_unavailable",
            ...keyProblems,
          ),
        },
      },
      { yaml: false, optional: false },
      requireUnlimited,
    ),
    (c) => {
      const body = c.req.valid("json");
      const request: DualRunRequest = {
        workflow_id: body.workflow_id,
        inputs: (body.inputs ?? {}) as JsonObject,
        mock_ai: body.run_opts?.mock_ai,
      };
      return callOnce(c, LIMITS.dualRunLeaseMs, async () => {
        const { old, told } = await runBoth(c, request, ownExchange(c, app));
        const { match, diffs, normalization } = compareRuns(old.run, told.run);
        const run_ids = { old: old.id, new: told.runId };
        return c.json({ match, diffs, normalization, run_ids }, 200);
      });
    },
  );
}

/** Answers as if these addresses did not exist, for every caller. */
const onlyInDevelopment = createMiddleware<AppEnv>(async (c, next) => {
  if (c.get("settings").ENVIRONMENT !== "development") {
    throw new ProblemError({ code: "not_found", detail: "There is nothing at this address." });
  }
  await next();
});

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
  const known = (Object.keys(PROBLEMS) as ProblemCode[]).find((one) => one === code);
  if (known === undefined) throw new Error(`a problem of another kind: ${code}`);
  return new ProblemError({ code: known, detail, ...(errors === undefined ? {} : { errors }) });
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
function ownExchange(c: AppContext, app: OpenAPIHono<AppEnv>): Exchange {
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
