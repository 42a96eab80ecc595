/** `/v1/workflows`: create, change and hide. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { z } from "zod";
import { openDatabase } from "#db/database.ts";
import { findWorkflow, hideWorkflow, storeVersion, type WorkflowRecord } from "#db/workflows.ts";
import { storeAnswer } from "#db/write-keys.ts";
import { changeOf } from "../admin/audit.ts";
import { earlierReleaseWarning } from "./earlier-release.ts";
import { keyHeaders, keyProblems } from "../idempotency/key.ts";
import { etagHeader } from "../conditional.ts";
import { ProblemError } from "../problems/problems.ts";
import { jsonResponse, problemResponses, requestIdHeader, securedRoute } from "../route.ts";
import type { AppContext, AppEnv } from "../types.ts";
import { untilStored } from "../idempotency/until-stored.ts";
import { answeredKey, rememberWrite } from "../idempotency/write-keys.ts";
import { type ReadyWorkflow, readyWorkflow } from "./bodies.ts";
import { checkIfMatch, etag, limitTo, requireWorkflow, toWorkflow } from "./records.ts";
import {
  bodyProblems,
  idParams,
  tags,
  WORKFLOW_BODY,
  workflowBody,
  workflowSchema,
} from "./schemas.ts";

export function mountWorkflowWrites(app: OpenAPIHono<AppEnv>): void {
  app.openapi(
    securedRoute(
      "workflows:write",
      {
        method: "post",
        path: "/v1/workflows",
        operationId: "createWorkflow",
        summary: "Create a workflow",
        description:
          "Checks the definition and stores it as version 1, or as the next version of a hidden one. The same definition again returns 200 and changes nothing. `diagnostics` is present when the definition has warnings or hints.",
        tags,
        request: { headers: keyHeaders, body: workflowBody },
        responses: {
          200: jsonResponse(workflowSchema, "It existed already, with this definition."),
          201: { ...jsonResponse(workflowSchema, "Created."), headers: etagHeader },
          ...bodyProblems,
          ...problemResponses(
            "workflow_not_found",
            "workflow_exists",
            "invalid_workflow",
            ...keyProblems,
          ),
        },
      },
      WORKFLOW_BODY,
      rememberWrite,
    ),
    async (c) => {
      const ready = await readyWorkflow(c, null);
      limitTo(c, ready.definition.id);
      const { isNew, body, headers } = await untilStored(() => create(c, ready));
      if (!isNew) return c.json(body, 200, headers);
      return c.json(body, 201, { ...headers, location: `/v1/workflows/${body.id}` });
    },
  );

  app.openapi(
    securedRoute(
      "workflows:write",
      {
        method: "put",
        path: "/v1/workflows/{id}",
        operationId: "changeWorkflow",
        summary: "Change a workflow",
        description:
          "Stores a new version; runs keep the one they started with. The same definition again changes nothing. Concurrent writes each become a version; with `If-Match` only the first does.",
        tags,
        request: {
          params: idParams,
          body: workflowBody,
          headers: keyHeaders.extend({ "if-match": z.string().optional() }),
        },
        responses: {
          200: { ...jsonResponse(workflowSchema, "The latest version."), headers: etagHeader },
          ...bodyProblems,
          ...problemResponses(
            "workflow_not_found",
            "precondition_failed",
            "invalid_workflow",
            ...keyProblems,
          ),
        },
      },
      WORKFLOW_BODY,
      rememberWrite,
    ),
    async (c) => {
      const known = await requireWorkflow(c, c.req.valid("param").id);
      const ifMatch = c.req.valid("header")["if-match"];
      checkIfMatch(ifMatch, known);
      const ready = await readyWorkflow(c, known.id);
      const { body, headers } = await untilStored(() => change(c, ready, ifMatch));
      return c.json(body, 200, headers);
    },
  );

  app.openapi(
    securedRoute(
      "workflows:write",
      {
        method: "delete",
        path: "/v1/workflows/{id}",
        operationId: "hideWorkflow",
        summary: "Hide a workflow",
        description: "No new runs start; its runs and versions stay readable.",
        tags,
        request: { params: idParams, headers: keyHeaders },
        responses: {
          204: { description: "Hidden.", headers: requestIdHeader },
          ...problemResponses("workflow_not_found", ...keyProblems),
        },
      },
      undefined,
      rememberWrite,
    ),
    async (c) => {
      const { id } = await requireWorkflow(c, c.req.valid("param").id);
      const answered = answeredKey(c, { status: 204, body: "" });
      await hideWorkflow(openDatabase(c.env.DB), id, changeOf(c), answered);
      return c.body(null, 204);
    },
  );
}

/** The stored version, with the findings about the definition that the caller sent. */
function stored(
  record: Parameters<typeof toWorkflow>[0],
  { diagnostics }: Pick<ReadyWorkflow, "diagnostics">,
) {
  const workflow = toWorkflow(record);
  return diagnostics.length === 0 ? workflow : { ...workflow, diagnostics };
}

interface Written {
  isNew: boolean;
  body: ReturnType<typeof stored>;
  headers: { etag: string };
}

/** Stores the definition, or finds it stored; null where another was stored in between. */
async function create(c: AppContext, ready: ReadyWorkflow): Promise<Written | null> {
  const known = await findWorkflow(openDatabase(c.env.DB), ready.definition.id);
  if (!known || known.hiddenAt !== null) {
    return store(c, ready, (known?.version ?? 0) + 1, "workflow.created");
  }
  if (known.hash === ready.hash) return unchanged(c, known, ready.diagnostics);
  const warning = await earlierReleaseWarning(c, known, ready);
  if (warning) return unchanged(c, known, [...ready.diagnostics, warning]);
  throw new ProblemError({
    code: "workflow_exists",
    detail: `The workflow "${known.id}" exists with another definition. PUT changes it.`,
  });
}

/** Stores the next version; null where another was stored in between. */
async function change(
  c: AppContext,
  ready: ReadyWorkflow,
  ifMatch: string | undefined,
): Promise<Written | null> {
  const known = await requireWorkflow(c, ready.definition.id);
  checkIfMatch(ifMatch, known);
  if (known.hash === ready.hash) return unchanged(c, known, ready.diagnostics);
  return store(c, ready, known.version + 1, "workflow.changed");
}

/** The definition is stored already: only the request's key is written. */
async function unchanged(
  c: AppContext,
  known: WorkflowRecord,
  diagnostics: ReadyWorkflow["diagnostics"],
): Promise<Written> {
  const body = stored(known, { diagnostics });
  const headers = etag(known);
  const answer = { status: 200, body: JSON.stringify(body), ...headers };
  await storeAnswer(openDatabase(c.env.DB), answeredKey(c, answer));
  return { isNew: false, body, headers };
}

async function store(
  c: AppContext,
  ready: ReadyWorkflow,
  version: number,
  action: "workflow.created" | "workflow.changed",
): Promise<Written | null> {
  const { definition, hash } = ready;
  const isNew = action === "workflow.created";
  const body = stored({ id: definition.id, version, definition }, ready);
  const headers = etag({ version, hash });
  const answer = { status: isNew ? 201 : 200, body: JSON.stringify(body), ...headers };
  const changed = { ...changeOf(c), action };
  const db = openDatabase(c.env.DB);
  const isStored = await storeVersion(db, version, ready, changed, answeredKey(c, answer));
  return isStored ? { isNew, body, headers } : null;
}
