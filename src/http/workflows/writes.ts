/** `/v1/workflows`: create, change and hide. */
import { z } from "zod";
import { findWorkflow, hideWorkflow, storeVersion, type WorkflowRecord } from "#db/workflows.ts";
import { storeAnswer } from "#db/write-keys.ts";
import { withScope } from "../access.ts";
import { changeOf } from "../admin/audit.ts";
import { etagHeader } from "../conditional.ts";
import { untilStored } from "../idempotency/until-stored.ts";
import { answeredKey } from "../idempotency/write-keys.ts";
import { ProblemError } from "../problems/problems.ts";
import { defineRoute, type Operation } from "../route/define.ts";
import { atPrimary } from "../sessions.ts";
import type { AppContext } from "../types.ts";
import { type ReadyWorkflow, readyWorkflow, workflowBody } from "./bodies.ts";
import { earlierReleaseWarning } from "./earlier-release.ts";
import { checkIfMatch, etag, limitTo, requireWorkflow, toWorkflow } from "./records.ts";
import { idParams, tag, workflowSchema } from "./schemas.ts";

const access = withScope("workflows:write");

const create = defineRoute({
  method: "post",
  path: "/v1/workflows",
  operationId: "createWorkflow",
  summary: "Create a workflow",
  description:
    "Checks the definition and stores it as version 1, or as the next version of a hidden one. The same definition again returns 200 and changes nothing. `diagnostics` is present when the definition has warnings or hints.",
  tag,
  access,
  body: workflowBody,
  idempotent: "write",
  answers: {
    200: {
      schema: workflowSchema,
      description: "It existed already, with this definition.",
      headers: etagHeader,
    },
    201: { schema: workflowSchema, description: "Created.", headers: etagHeader },
  },
  problems: ["workflow_not_found", "workflow_exists", "invalid_workflow"],
  async handle(c, { body: source }) {
    const ready = await readyWorkflow(c, source, null);
    limitTo(c, ready.definition.id);
    const { status, body, headers } = await untilStored(() => storeFirst(c, ready));
    if (status === 200) return { status, body, headers };
    return { status, body, headers: { ...headers, location: `/v1/workflows/${body.id}` } };
  },
});

const change = defineRoute({
  method: "put",
  path: "/v1/workflows/{id}",
  operationId: "changeWorkflow",
  summary: "Change a workflow",
  description:
    "Stores a new version; runs keep the one they started with. The same definition again changes nothing. Concurrent writes each become a version; with `If-Match` only the first does.",
  tag,
  access,
  params: idParams,
  headers: z.object({ "if-match": z.string().optional() }),
  body: workflowBody,
  idempotent: "write",
  answers: {
    200: { schema: workflowSchema, description: "The latest version.", headers: etagHeader },
  },
  problems: ["workflow_not_found", "precondition_failed", "invalid_workflow"],
  async handle(c, { params, headers: { "if-match": ifMatch }, body: source }) {
    const known = await requireWorkflow(c, params.id);
    checkIfMatch(ifMatch, known);
    const ready = await readyWorkflow(c, source, known.id);
    const { body, headers } = await untilStored(() => storeNext(c, ready, ifMatch));
    return { status: 200, body, headers };
  },
});

const hide = defineRoute({
  method: "delete",
  path: "/v1/workflows/{id}",
  operationId: "hideWorkflow",
  summary: "Hide a workflow",
  description: "No new runs start; its runs and versions stay readable.",
  tag,
  access,
  params: idParams,
  idempotent: "write",
  answers: { 204: { description: "Hidden." } },
  problems: ["workflow_not_found"],
  async handle(c, { params }) {
    const { id } = await requireWorkflow(c, params.id);
    const answer = { status: 204 } as const;
    await hideWorkflow(atPrimary(c), id, changeOf(c), answeredKey(c, answer));
    return answer;
  },
});

export const workflowWrites: readonly Operation[] = [create, change, hide];

/** The stored version, with the findings about the definition that the caller sent. */
function stored(
  record: Parameters<typeof toWorkflow>[0],
  { diagnostics }: Pick<ReadyWorkflow, "diagnostics">,
) {
  const workflow = toWorkflow(record);
  return diagnostics.length === 0 ? workflow : { ...workflow, diagnostics };
}

/** The answer to a write, without the header of its address. */
interface Written {
  status: 200 | 201;
  body: ReturnType<typeof stored>;
  headers: { etag: string };
}

/** Stores the definition, or finds it stored; null where another was stored in between. */
async function storeFirst(c: AppContext, ready: ReadyWorkflow): Promise<Written | null> {
  const known = await findWorkflow(atPrimary(c), ready.definition.id);
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
async function storeNext(
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
  const answer = {
    status: 200,
    body: stored(known, { diagnostics }),
    headers: etag(known),
  } as const;
  await storeAnswer(atPrimary(c), answeredKey(c, answer));
  return answer;
}

async function store(
  c: AppContext,
  ready: ReadyWorkflow,
  version: number,
  action: "workflow.created" | "workflow.changed",
): Promise<Written | null> {
  const { definition, hash } = ready;
  const answer: Written = {
    status: action === "workflow.created" ? 201 : 200,
    body: stored({ id: definition.id, version, definition }, ready),
    headers: etag({ version, hash }),
  };
  const changed = { ...changeOf(c), action };
  const db = atPrimary(c);
  const isStored = await storeVersion(db, version, ready, changed, answeredKey(c, answer));
  return isStored ? answer : null;
}
