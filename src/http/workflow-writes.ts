/** `/v1/workflows`: create, change and hide. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { z } from "zod";
import { openDatabase } from "../db/database.ts";
import { findWorkflow, hideWorkflow, storeVersion } from "../db/workflows.ts";
import { changeOf } from "./audit.ts";
import { earlierReleaseWarning } from "./earlier-release.ts";
import { keyHeaders, keyProblems } from "./idempotency.ts";
import { etagHeader } from "./conditional.ts";
import { ProblemError } from "./problems.ts";
import { jsonResponse, problemResponses, requestIdHeader, securedRoute } from "./route.ts";
import type { AppContext, AppEnv } from "./types.ts";
import { rememberWrite } from "./write-keys.ts";
import { type ReadyWorkflow, readyWorkflow } from "./workflow-bodies.ts";
import { checkIfMatch, etag, limitTo, requireWorkflow, toWorkflow } from "./workflow-records.ts";
import {
  bodyProblems,
  idParams,
  tags,
  WORKFLOW_BODY,
  workflowBody,
  workflowSchema,
} from "./workflow-schemas.ts";

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
          "Checks the definition and stores it as version 1, or as the next version of a hidden one. The same definition again answers 200 and changes nothing. `diagnostics` are there when the definition has warnings or hints.",
        tags,
        request: { headers: keyHeaders, body: workflowBody },
        responses: {
          200: jsonResponse(workflowSchema, "It was there already, with this definition."),
          201: { ...jsonResponse(workflowSchema, "Created."), headers: etagHeader },
          ...bodyProblems,
          ...problemResponses(
            "workflow_not_found",
            "workflow_exists",
            "concurrent_write",
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
      const known = await findWorkflow(openDatabase(c.env.DB), ready.definition.id);
      if (known && known.hiddenAt === null) {
        if (known.hash === ready.hash) return c.json(stored(known, ready), 200, etag(known));
        const warning = await earlierReleaseWarning(c, known, ready);
        if (warning) {
          const diagnostics = [...ready.diagnostics, warning];
          return c.json(stored(known, { diagnostics }), 200, etag(known));
        }
        throw new ProblemError({
          code: "workflow_exists",
          detail: `The workflow "${known.id}" exists with another definition. PUT changes it.`,
        });
      }
      const created = await store(c, ready, (known?.version ?? 0) + 1, "workflow.created");
      return c.json(created.body, 201, {
        ...created.headers,
        location: `/v1/workflows/${created.body.id}`,
      });
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
          "Stores a new version; runs keep the one they started with. The same definition again changes nothing.",
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
            "concurrent_write",
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
      checkIfMatch(c.req.valid("header")["if-match"], known);
      const ready = await readyWorkflow(c, known.id);
      if (known.hash === ready.hash) return c.json(stored(known, ready), 200, etag(known));
      const changed = await store(c, ready, known.version + 1, "workflow.changed");
      return c.json(changed.body, 200, changed.headers);
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
      await hideWorkflow(openDatabase(c.env.DB), id, changeOf(c));
      return c.body(null, 204);
    },
  );
}

/** What is stored now, with what was found about the definition that the caller sent. */
function stored(
  record: Parameters<typeof toWorkflow>[0],
  { diagnostics }: Pick<ReadyWorkflow, "diagnostics">,
) {
  const workflow = toWorkflow(record);
  return diagnostics.length === 0 ? workflow : { ...workflow, diagnostics };
}

async function store(
  c: AppContext,
  ready: ReadyWorkflow,
  version: number,
  action: "workflow.created" | "workflow.changed",
) {
  const change = { ...changeOf(c), action };
  const isStored = await storeVersion(openDatabase(c.env.DB), version, ready, change);
  if (!isStored) {
    // Somebody was faster; with the same definition that is what was asked for.
    const first = await findWorkflow(openDatabase(c.env.DB), ready.definition.id);
    if (first && first.hiddenAt === null && first.hash === ready.hash) {
      return { body: stored(first, ready), headers: etag(first) };
    }
    throw new ProblemError({
      code: "concurrent_write",
      detail: `Version ${version} of "${ready.definition.id}" was stored by somebody else.`,
    });
  }
  const { definition, hash } = ready;
  const body = stored({ id: definition.id, version, definition }, ready);
  return { body, headers: etag({ version, hash }) };
}
