/** `/v1/workflows`: read, list and validate. Nothing here stores anything. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { openDatabase } from "#db/database.ts";
import { findVersion, listVersions, listWorkflows } from "#db/workflows.ts";
import type { JsonValue } from "#model/json.ts";
import { etagHeader, ifNoneMatch, notModified } from "../conditional.ts";
import { decodeCursor, encodeCursor, pageQuery } from "../cursor.ts";
import { ProblemError } from "../problems/problems.ts";
import { jsonResponse, problemResponses, securedRoute } from "../route.ts";
import type { AppContext, AppEnv } from "../types.ts";
import { bodySource, diagnose } from "./bodies.ts";
import { etag, limitTo, requireWorkflow, toWorkflow, workflowNotFound } from "./records.ts";
import {
  bodyProblems,
  idParams,
  listSchema,
  tags,
  validationSchema,
  versionParams,
  versionsSchema,
  WORKFLOW_BODY,
  workflowBody,
  workflowSchema,
} from "./schemas.ts";

export function mountWorkflowReads(app: OpenAPIHono<AppEnv>): void {
  app.openapi(
    securedRoute("workflows:read", {
      method: "get",
      path: "/v1/workflows",
      operationId: "listWorkflows",
      summary: "List workflows",
      description: "In the order of their ids, without their definitions.",
      tags,
      request: {
        query: pageQuery,
      },
      responses: {
        200: jsonResponse(listSchema, "A page."),
        ...problemResponses("invalid_parameter"),
      },
    }),
    async (c) => {
      const { limit, cursor } = c.req.valid("query");
      const after = decodeCursor(cursor);
      const only = c.get("principal").workflowId;
      const found = await listWorkflows(openDatabase(c.env.DB), after, limit + 1, only);
      const page = found.slice(0, limit);
      const last = found.length > limit ? page.at(-1) : undefined;
      const items = page.map((record) => ({
        id: record.id,
        version: record.version,
        name: record.name,
        ...(record.definition.description === undefined
          ? {}
          : { description: record.definition.description }),
        start_step: record.startStep,
        tags: record.definition.tags,
        created_at: record.createdAt,
        updated_at: record.updatedAt,
      }));
      return c.json({ items, next_cursor: last ? encodeCursor(last.id) : null }, 200);
    },
  );

  app.openapi(
    securedRoute("workflows:read", {
      method: "get",
      path: "/v1/workflows/{id}",
      operationId: "readWorkflow",
      summary: "Read a workflow",
      description: "The latest version.",
      tags,
      request: { params: idParams, headers: ifNoneMatch },
      responses: {
        200: { ...jsonResponse(workflowSchema, "The latest version."), headers: etagHeader },
        304: { ...notModified, headers: etagHeader },
        ...problemResponses("workflow_not_found"),
      },
    }),
    async (c) => {
      const known = await requireWorkflow(c, c.req.valid("param").id);
      return c.json(toWorkflow(known), 200, etag(known));
    },
  );

  app.openapi(
    securedRoute("workflows:read", {
      method: "get",
      path: "/v1/workflows/{id}/versions",
      operationId: "listWorkflowVersions",
      summary: "List the versions of a workflow",
      description: "Newest first; those of a hidden workflow too.",
      tags,
      request: { params: idParams },
      responses: {
        200: jsonResponse(versionsSchema, "All versions."),
        ...problemResponses("workflow_not_found"),
      },
    }),
    async (c) => {
      const { id } = c.req.valid("param");
      limitTo(c, id);
      const versions = await listVersions(openDatabase(c.env.DB), id);
      if (versions.length === 0) throw workflowNotFound(id);
      const items = versions.map(({ version, hash, createdAt, createdBy }) => ({
        version,
        hash,
        created_at: createdAt,
        created_by: createdBy,
      }));
      return c.json({ items }, 200);
    },
  );

  app.openapi(
    securedRoute("workflows:read", {
      method: "get",
      path: "/v1/workflows/{id}/versions/{version}",
      operationId: "readWorkflowVersion",
      summary: "Read one version of a workflow",
      description: "Versions are immutable.",
      tags,
      request: { params: versionParams, headers: ifNoneMatch },
      responses: {
        200: { ...jsonResponse(workflowSchema, "That version."), headers: etagHeader },
        304: { ...notModified, headers: etagHeader },
        ...problemResponses("version_not_found"),
      },
    }),
    async (c) => {
      const { id, version } = c.req.valid("param");
      limitTo(c, id);
      const number = /^[1-9]\d{0,8}$/.test(version) ? Number(version) : 0;
      const found = await findVersion(openDatabase(c.env.DB), id, number);
      if (!found) {
        const detail = `The workflow "${id}" has no version ${version}.`;
        throw new ProblemError({ code: "version_not_found", detail });
      }
      return c.json(toWorkflow({ ...found, id }), 200, etag(found));
    },
  );
}

export function mountWorkflowValidation(app: OpenAPIHono<AppEnv>): void {
  app.openapi(
    securedRoute(
      "workflows:read",
      {
        method: "post",
        path: "/v1/workflows/{id}/validate",
        operationId: "validateWorkflow",
        summary: "Validate a workflow",
        description:
          "Checks the candidate in the body, or without a body the latest stored version. Stores nothing.",
        tags,
        request: { params: idParams, body: { ...workflowBody, required: false } },
        responses: {
          200: jsonResponse(
            validationSchema,
            "All findings; `valid` is true when none is an error.",
          ),
          ...bodyProblems,
          ...problemResponses("workflow_not_found"),
        },
      },
      { ...WORKFLOW_BODY, optional: true },
    ),
    async (c) => {
      const { id } = c.req.valid("param");
      limitTo(c, id);
      const hasBody = (await c.req.text()) !== "";
      const { definition, diagnostics } = hasBody
        ? await diagnose(c, await bodySource(c), id)
        : await diagnose(c, await storedSource(c, id), id);
      return c.json({ valid: definition !== null, diagnostics }, 200);
    },
  );
}

async function storedSource(c: AppContext, id: string) {
  const { definition } = await requireWorkflow(c, id);
  return { format: "json" as const, value: JSON.parse(JSON.stringify(definition)) as JsonValue };
}
