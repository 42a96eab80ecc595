/**
 * Every operation of the API with a request that succeeds, and what access it takes. The tests
 * compare the list with the served API description, so that a new route cannot be forgotten.
 */
import type { Scope } from "#model/access.ts";
import { runSchema } from "#model/run.ts";
import type { Client, Request } from "../support/http.ts";
import { JSON_TYPE, YAML_TYPE } from "./bad-input/row.ts";
import { answerForm, start } from "./runs.ts";

export interface Operation {
  /** As in the API description. */
  id: string;
  /** What sets this request apart from others of the operation. */
  what?: string;
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** As in the API description. */
  path: string;
  /** Any of these is enough; `admin` always is. */
  scopes: readonly Scope[];
  success: number;
  /** For a key that is limited to another workflow. */
  elsewhere: number;
  /** A request that succeeds, once. `client` may do everything. */
  prepare(client: Client): Promise<Request>;
}

/** The workflow that all of them are about. */
export const WORKFLOW_ID = "content_draft_flow";

/** What the mock answers with the sample. */
const INFER = {
  template_id: "email_v1",
  variables: { topic: "Launch" },
  json_schema: { type: "object", required: ["subject", "body"] },
  mock: true,
};

let created = 0;

function yamlOf(id: string, name = "Sample"): string {
  return `id: ${id}
name: ${name}
start_step: ask
steps:
  - id: ask
    type: form
    name: Ask
    config: { fields: [{ key: topic, type: string, required: true }] }
`;
}

async function createWorkflow(client: Client): Promise<string> {
  const id = `sample_${++created}`;
  await client.yaml("POST", "/v1/workflows", yamlOf(id));
  return id;
}

const get = (path: string): Request => ({ method: "GET", path });
const json = (method: string, path: string, body: object): Request => ({
  method,
  path,
  headers: JSON_TYPE,
  body: JSON.stringify(body),
});
const yaml = (method: string, path: string, body: string): Request => ({
  method,
  path,
  headers: YAML_TYPE,
  body,
});

const WORKFLOWS: Operation[] = [
  {
    id: "createWorkflow",
    method: "POST",
    path: "/v1/workflows",
    scopes: ["workflows:write"],
    success: 201,
    elsewhere: 404,
    prepare: async () => yaml("POST", "/v1/workflows", yamlOf(`sample_${++created}`)),
  },
  {
    id: "listWorkflows",
    method: "GET",
    path: "/v1/workflows",
    scopes: ["workflows:read"],
    success: 200,
    elsewhere: 200,
    prepare: async () => get("/v1/workflows"),
  },
  {
    id: "readWorkflow",
    method: "GET",
    path: "/v1/workflows/{id}",
    scopes: ["workflows:read"],
    success: 200,
    elsewhere: 404,
    prepare: async () => get(`/v1/workflows/${WORKFLOW_ID}`),
  },
  {
    id: "changeWorkflow",
    method: "PUT",
    path: "/v1/workflows/{id}",
    scopes: ["workflows:write"],
    success: 200,
    elsewhere: 404,
    prepare: async (client) => {
      const id = await createWorkflow(client);
      return yaml("PUT", `/v1/workflows/${id}`, yamlOf(id, "Changed"));
    },
  },
  {
    id: "hideWorkflow",
    method: "DELETE",
    path: "/v1/workflows/{id}",
    scopes: ["workflows:write"],
    success: 204,
    elsewhere: 404,
    prepare: async (client) => ({
      method: "DELETE",
      path: `/v1/workflows/${await createWorkflow(client)}`,
    }),
  },
  {
    id: "listWorkflowVersions",
    method: "GET",
    path: "/v1/workflows/{id}/versions",
    scopes: ["workflows:read"],
    success: 200,
    elsewhere: 404,
    prepare: async () => get(`/v1/workflows/${WORKFLOW_ID}/versions`),
  },
  {
    id: "readWorkflowVersion",
    method: "GET",
    path: "/v1/workflows/{id}/versions/{version}",
    scopes: ["workflows:read"],
    success: 200,
    elsewhere: 404,
    prepare: async () => get(`/v1/workflows/${WORKFLOW_ID}/versions/1`),
  },
  {
    id: "validateWorkflow",
    method: "POST",
    path: "/v1/workflows/{id}/validate",
    scopes: ["workflows:read"],
    success: 200,
    elsewhere: 404,
    prepare: async () => ({
      method: "POST",
      path: `/v1/workflows/${WORKFLOW_ID}/validate`,
    }),
  },
];

const TEMPLATES: Operation[] = [
  {
    id: "listTemplates",
    method: "GET",
    path: "/v1/templates",
    scopes: ["workflows:read"],
    success: 200,
    elsewhere: 200,
    prepare: async () => get("/v1/templates"),
  },
  {
    id: "readTemplate",
    method: "GET",
    path: "/v1/templates/{id}",
    scopes: ["workflows:read"],
    success: 200,
    elsewhere: 200,
    prepare: async () => get("/v1/templates/content_v1"),
  },
  {
    id: "putTemplate",
    method: "PUT",
    path: "/v1/templates/{id}",
    scopes: ["workflows:write"],
    success: 200,
    elsewhere: 404,
    prepare: async () => json("PUT", `/v1/templates/sample_${++created}`, { prompt: "{{topic}}" }),
  },
];

async function storeSecret(client: Client): Promise<string> {
  const path = `/v1/secrets/SAMPLE_${++created}`;
  await client.send(json("PUT", path, { value: "a value" }));
  return path;
}

const SECRETS: Operation[] = [
  {
    id: "listSecrets",
    method: "GET",
    path: "/v1/secrets",
    scopes: ["admin"],
    success: 200,
    elsewhere: 403,
    prepare: async () => get("/v1/secrets"),
  },
  {
    id: "putSecret",
    method: "PUT",
    path: "/v1/secrets/{name}",
    scopes: ["admin"],
    success: 200,
    elsewhere: 403,
    prepare: async () => json("PUT", `/v1/secrets/SAMPLE_${++created}`, { value: "a value" }),
  },
  {
    id: "deleteSecret",
    method: "DELETE",
    path: "/v1/secrets/{name}",
    scopes: ["admin"],
    success: 204,
    elsewhere: 403,
    prepare: async (client) => ({ method: "DELETE", path: await storeSecret(client) }),
  },
  {
    id: "rewrapSecrets",
    method: "POST",
    path: "/v1/secrets/rewrap",
    scopes: ["admin"],
    success: 200,
    elsewhere: 403,
    prepare: async () => ({ method: "POST", path: "/v1/secrets/rewrap" }),
  },
];

async function createKey(client: Client): Promise<string> {
  const answer = await client.post("/v1/keys", { name: "sample", scopes: ["runs:read"] });
  return `/v1/keys/${(answer.json() as { id: string }).id}`;
}

const KEYS_AND_AUDIT: Operation[] = [
  {
    id: "listKeys",
    method: "GET",
    path: "/v1/keys",
    scopes: ["admin"],
    success: 200,
    elsewhere: 403,
    prepare: async () => get("/v1/keys"),
  },
  {
    id: "createKey",
    method: "POST",
    path: "/v1/keys",
    scopes: ["admin"],
    success: 201,
    elsewhere: 403,
    prepare: async () => json("POST", "/v1/keys", { name: "sample", scopes: ["runs:read"] }),
  },
  {
    id: "revokeKey",
    method: "DELETE",
    path: "/v1/keys/{id}",
    scopes: ["admin"],
    success: 204,
    elsewhere: 403,
    prepare: async (client) => ({ method: "DELETE", path: await createKey(client) }),
  },
  {
    id: "listAudit",
    method: "GET",
    path: "/v1/audit",
    scopes: ["admin"],
    success: 200,
    elsewhere: 403,
    prepare: async () => get("/v1/audit"),
  },
];

const AI: Operation[] = [
  {
    id: "infer",
    method: "POST",
    path: "/v1/ai/infer",
    scopes: ["ai:infer"],
    success: 200,
    elsewhere: 200,
    prepare: async () => json("POST", "/v1/ai/infer", INFER),
  },
];

const DEVELOPMENT: Operation[] = [
  {
    id: "dualRun",
    method: "POST",
    path: "/v1/dev/dual-run",
    scopes: ["admin"],
    success: 200,
    elsewhere: 403,
    prepare: async () =>
      json("POST", "/v1/dev/dual-run", {
        workflow_id: WORKFLOW_ID,
        inputs: { topic: "Launch", audience: "SMB" },
      }),
  },
];

const EXECUTIONS: Operation[] = [
  {
    id: "listExecutions",
    method: "GET",
    path: "/v1/executions",
    scopes: ["runs:read"],
    success: 200,
    elsewhere: 200,
    prepare: async () => get("/v1/executions?limit=5"),
  },
  {
    id: "streamEvents",
    method: "GET",
    path: "/v1/executions/{run_id}/events",
    scopes: ["runs:read"],
    success: 200,
    elsewhere: 404,
    /** Of a run that has ended: the stream ends too. */
    prepare: async (client) => {
      const id = await start(client);
      await client.post(`/v1/executions/${id}/cancel`);
      return get(`/v1/executions/${id}/events`);
    },
  },
  {
    id: "startExecution",
    method: "POST",
    path: "/v1/executions",
    scopes: ["runs:write"],
    success: 202,
    elsewhere: 404,
    prepare: async () => json("POST", "/v1/executions", { workflow_id: WORKFLOW_ID }),
  },
  {
    id: "resumeExecution",
    what: "of a form",
    method: "POST",
    path: "/v1/executions/{run_id}/resume",
    scopes: ["runs:write"],
    success: 200,
    elsewhere: 404,
    prepare: async (client) => {
      const inputs = {
        topic: "Launch",
        audience: "SMB",
      };
      return json("POST", `/v1/executions/${await start(client)}/resume`, { inputs });
    },
  },
  {
    id: "resumeExecution",
    what: "of an approval",
    method: "POST",
    path: "/v1/executions/{run_id}/resume",
    scopes: ["approvals:decide"],
    success: 200,
    elsewhere: 404,
    prepare: async (client) => {
      const id = await answerForm(client, await start(client));
      const approvals = [
        {
          step_id: "approval",
          approved: true,
        },
      ];
      return json("POST", `/v1/executions/${id}/resume`, { approvals });
    },
  },
  {
    id: "cancelExecution",
    method: "POST",
    path: "/v1/executions/{run_id}/cancel",
    scopes: ["runs:write"],
    success: 200,
    elsewhere: 404,
    prepare: async (client) => ({
      method: "POST",
      path: `/v1/executions/${await start(client)}/cancel`,
    }),
  },
  ...(["", "/history", "/context"] as const).map((rest): Operation => ({
    id: {
      "": "readExecution",
      "/history": "readHistory",
      "/context": "readContext",
    }[rest],
    method: "GET",
    path: `/v1/executions/{run_id}${rest}`,
    scopes: ["runs:read"],
    success: 200,
    elsewhere: 404,
    prepare: async (client) => get(`/v1/executions/${await start(client)}${rest}`),
  })),
];

type OpenRequest = Pick<Operation, "id" | "what" | "success" | "prepare">;

const FORM_TYPE = { "content-type": "application/x-www-form-urlencoded" };
const ANSWERS = "a.topic=Launch&a.audience=SMB";

/** A link to the form of a new run, and the run's id. */
async function resumeLink(client: Client): Promise<[path: string, runId: string]> {
  const id = await start(client);
  const run = runSchema.parse((await client.get(`/v1/executions/${id}`)).json());
  const token = run.wait?.type === "form" ? run.wait.resume_token : undefined;
  return [`/resume/${token}`, id];
}

async function endedLink(client: Client): Promise<string> {
  const [path, id] = await resumeLink(client);
  await client.post(`/v1/executions/${id}/cancel`);
  return path;
}

const sent = (path: string, body: string, headers: Record<string, string> = FORM_TYPE) => ({
  method: "POST",
  path,
  headers,
  body,
});

const SHOWN: OpenRequest[] = [
  {
    id: "showResumePage",
    success: 200,
    prepare: async (client) => get((await resumeLink(client))[0]),
  },
  { id: "showResumePage", what: "of nothing", success: 404, prepare: async () => get("/resume/x") },
  {
    id: "showResumePage",
    what: "of a run that has ended",
    success: 409,
    prepare: async (client) => get(await endedLink(client)),
  },
];

const SENT: OpenRequest[] = [
  {
    id: "answerResumePage",
    success: 200,
    prepare: async (client) => sent((await resumeLink(client))[0], ANSWERS),
  },
  {
    id: "answerResumePage",
    what: "of nothing",
    success: 404,
    prepare: async () => sent("/resume/x", ANSWERS),
  },
  {
    id: "answerResumePage",
    what: "of a run that has ended",
    success: 409,
    prepare: async (client) => sent(await endedLink(client), ANSWERS),
  },
  {
    id: "answerResumePage",
    what: "with too much",
    success: 413,
    prepare: async (client) => sent((await resumeLink(client))[0], "x".repeat(256 * 1024 + 1)),
  },
  {
    id: "answerResumePage",
    what: "with JSON",
    success: 415,
    prepare: async (client) => sent((await resumeLink(client))[0], "{}", JSON_TYPE),
  },
  {
    id: "answerResumePage",
    what: "with nothing",
    success: 422,
    prepare: async (client) => sent((await resumeLink(client))[0], ""),
  },
];

/** What takes no key, with a request for each status that it can be brought to. */
export const OPEN: OpenRequest[] = [
  { id: "readHealth", success: 200, prepare: async () => get("/healthz") },
  ...SHOWN,
  ...SENT,
];

const SERVICE: Operation[] = [
  {
    id: "readMetrics",
    method: "GET",
    path: "/metrics",
    scopes: ["admin"],
    success: 200,
    elsewhere: 403,
    prepare: async () => get("/metrics"),
  },
];

export const OPERATIONS: Operation[] = [
  ...SERVICE,
  ...WORKFLOWS,
  ...TEMPLATES,
  ...SECRETS,
  ...KEYS_AND_AUDIT,
  ...AI,
  ...DEVELOPMENT,
  ...EXECUTIONS,
];

export function nameOf({ id, what }: Pick<Operation, "id" | "what">): string {
  return what === undefined ? id : `${id} ${what}`;
}
