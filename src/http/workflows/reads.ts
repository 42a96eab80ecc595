/** `/v1/workflows`: list, read and validate. Nothing here stores anything. */
import type { Database } from "#db/database.ts";
import { findVersion, listVersions, listWorkflows, type WorkflowRecord } from "#db/workflows.ts";
import { jsonSource } from "#workflow/read.ts";
import { withScope } from "../access.ts";
import { ProblemError } from "../problems/problems.ts";
import { sessionsOf } from "../sessions.ts";
import { defineRoute, type Operation } from "../route/define.ts";
import { BY_ID, pageQuery, readPage } from "../route/paging.ts";
import { diagnose, optionalWorkflowBody } from "./bodies.ts";
import {
  etag,
  limitTo,
  readNearest,
  requireWorkflow,
  toWorkflow,
  workflowNotFound,
} from "./records.ts";
import {
  idParams,
  listSchema,
  tag,
  validationSchema,
  versionParams,
  versionsSchema,
  workflowSchema,
} from "./schemas.ts";

const access = withScope("workflows:read");

const list = defineRoute({
  method: "get",
  path: "/v1/workflows",
  operationId: "listWorkflows",
  summary: "List workflows",
  description: "In the order of their ids, without their definitions.",
  tag,
  access,
  query: pageQuery(),
  session: true,
  answers: { 200: { schema: listSchema, description: "A page." } },
  async handle(c, { granted, query }) {
    const { rows, next_cursor } = await readPage(c, query, {
      name: "listWorkflows",
      place: BY_ID,
      read: (after, count) =>
        sessionsOf(c).read((db) => listWorkflows(db, after ?? "", count, granted.workflowScope)),
      placeOf: ({ id }) => id,
    });
    return { status: 200, body: { items: rows.map(toSummary), next_cursor } };
  },
});

const read = defineRoute({
  method: "get",
  path: "/v1/workflows/{id}",
  operationId: "readWorkflow",
  summary: "Read a workflow",
  description: "The latest version.",
  tag,
  access,
  params: idParams,
  session: true,
  conditional: true,
  answers: { 200: { schema: workflowSchema, description: "The latest version." } },
  problems: ["workflow_not_found"],
  async handle(c, { params }) {
    const known = await readNearest(c, params.id);
    return { status: 200, body: toWorkflow(known), headers: etag(known) };
  },
});

const versions = defineRoute({
  method: "get",
  path: "/v1/workflows/{id}/versions",
  operationId: "listWorkflowVersions",
  summary: "List the versions of a workflow",
  description: "Newest first; those of a hidden workflow too.",
  tag,
  access,
  params: idParams,
  session: true,
  answers: { 200: { schema: versionsSchema, description: "All versions." } },
  problems: ["workflow_not_found"],
  async handle(c, { params: { id } }) {
    limitTo(c, id);
    const found = await sessionsOf(c).find((db) => versionsOf(db, id));
    if (!found) throw workflowNotFound(id);
    const items = found.map(({ version, hash, createdAt, createdBy }) => ({
      version,
      hash,
      created_at: createdAt,
      created_by: createdBy,
    }));
    return { status: 200, body: { items } };
  },
});

const readVersion = defineRoute({
  method: "get",
  path: "/v1/workflows/{id}/versions/{version}",
  operationId: "readWorkflowVersion",
  summary: "Read one version of a workflow",
  description: "Versions are immutable.",
  tag,
  access,
  params: versionParams,
  session: true,
  conditional: true,
  answers: { 200: { schema: workflowSchema, description: "That version." } },
  // A key that is limited to another workflow is answered as if there were none.
  problems: ["workflow_not_found", "version_not_found"],
  async handle(c, { params: { id, version } }) {
    limitTo(c, id);
    const number = /^[1-9]\d{0,8}$/.test(version) ? Number(version) : 0;
    const found = await sessionsOf(c).find((db) => findVersion(db, id, number));
    if (!found) {
      const detail = `The workflow "${id}" has no version ${version}.`;
      throw new ProblemError({ code: "version_not_found", detail });
    }
    return { status: 200, body: toWorkflow({ ...found, id }), headers: etag(found) };
  },
});

const validate = defineRoute({
  method: "post",
  path: "/v1/workflows/{id}/validate",
  operationId: "validateWorkflow",
  summary: "Validate a workflow",
  description:
    "Checks the candidate in the body, or without a body the latest stored version. Stores nothing.",
  tag,
  access,
  params: idParams,
  session: true,
  body: optionalWorkflowBody,
  answers: {
    200: {
      schema: validationSchema,
      description: "All findings; `valid` is true when none is an error.",
    },
  },
  problems: ["workflow_not_found"],
  async handle(c, { params: { id }, body }) {
    limitTo(c, id);
    const source = body ?? storedSource(await requireWorkflow(c, id));
    const { definition, diagnostics } = await diagnose(c, source, id);
    return { status: 200, body: { valid: definition !== null, diagnostics } };
  },
});

export const workflowReads: readonly Operation[] = [list, read, versions, readVersion, validate];

/** null: it has none here. */
async function versionsOf(db: Database, id: string) {
  const found = await listVersions(db, id);
  return found.length === 0 ? null : found;
}

function toSummary({ id, version, name, startStep, definition, ...record }: WorkflowRecord) {
  const { description, tags } = definition;
  return {
    id,
    version,
    name,
    ...(description === undefined ? {} : { description }),
    start_step: startStep,
    tags,
    created_at: record.createdAt,
    updated_at: record.updatedAt,
  };
}

function storedSource({ definition }: WorkflowRecord) {
  return jsonSource(JSON.stringify(definition));
}
