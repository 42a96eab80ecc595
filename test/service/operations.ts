/**
 * Every operation that the service declares, with a request that succeeds and what access it takes.
 * A new operation without a sample ends the tests before they begin.
 */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { type Scope, SCOPES } from "#model/access.ts";
import { runSchema } from "#model/run.ts";
import type { Client, Request } from "../support/http.ts";
import { RESTORE_TOKEN } from "../support/service.ts";
import { toDescription } from "./api-description.ts";
import { JSON_TYPE, YAML_TYPE } from "./bad-input/row.ts";
import { answerForm, start } from "./runs.ts";

/** A request that succeeds. */
interface Sample {
  /** The operation's, as in its declaration. */
  id: string;
  /** What sets this request apart from others of the operation. */
  what?: string;
  /**
   * Any of these is enough; `admin` always is. Written here once more, so that a declaration with a
   * wrong scope is noticed.
   */
  scopes: readonly Scope[];
  success: number;
  /** For a key that is limited to another workflow. */
  elsewhere: number;
  /** A request that succeeds, once. `client` may do everything. */
  prepare(client: Client): Promise<Request>;
}

export interface Operation extends Sample {
  method: string;
  /** As in the API description. */
  path: string;
  /** The scopes that its description names. */
  declared: readonly Scope[];
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

const WORKFLOWS: Sample[] = [
  {
    id: "createWorkflow",
    scopes: ["workflows:write"],
    success: 201,
    elsewhere: 404,
    prepare: async () => yaml("POST", "/v1/workflows", yamlOf(`sample_${++created}`)),
  },
  {
    id: "listWorkflows",
    scopes: ["workflows:read"],
    success: 200,
    elsewhere: 200,
    prepare: async () => get("/v1/workflows"),
  },
  {
    id: "readWorkflow",
    scopes: ["workflows:read"],
    success: 200,
    elsewhere: 404,
    prepare: async () => get(`/v1/workflows/${WORKFLOW_ID}`),
  },
  {
    id: "changeWorkflow",
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
    scopes: ["workflows:read"],
    success: 200,
    elsewhere: 404,
    prepare: async () => get(`/v1/workflows/${WORKFLOW_ID}/versions`),
  },
  {
    id: "readWorkflowVersion",
    scopes: ["workflows:read"],
    success: 200,
    elsewhere: 404,
    prepare: async () => get(`/v1/workflows/${WORKFLOW_ID}/versions/1`),
  },
  {
    id: "validateWorkflow",
    scopes: ["workflows:read"],
    success: 200,
    elsewhere: 404,
    prepare: async () => ({
      method: "POST",
      path: `/v1/workflows/${WORKFLOW_ID}/validate`,
    }),
  },
];

const TEMPLATES: Sample[] = [
  {
    id: "listTemplates",
    scopes: ["workflows:read"],
    success: 200,
    elsewhere: 200,
    prepare: async () => get("/v1/templates"),
  },
  {
    id: "readTemplate",
    scopes: ["workflows:read"],
    success: 200,
    elsewhere: 404,
    prepare: async () => get("/v1/templates/content_v1"),
  },
  {
    id: "putTemplate",
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

const SECRETS: Sample[] = [
  {
    id: "listSecrets",
    scopes: ["admin"],
    success: 200,
    elsewhere: 403,
    prepare: async () => get("/v1/secrets"),
  },
  {
    id: "putSecret",
    scopes: ["admin"],
    success: 200,
    elsewhere: 403,
    prepare: async () => json("PUT", `/v1/secrets/SAMPLE_${++created}`, { value: "a value" }),
  },
  {
    id: "deleteSecret",
    scopes: ["admin"],
    success: 204,
    elsewhere: 403,
    prepare: async (client) => ({ method: "DELETE", path: await storeSecret(client) }),
  },
  {
    id: "rewrapSecrets",
    scopes: ["admin"],
    success: 200,
    elsewhere: 403,
    prepare: async () => ({ method: "POST", path: "/v1/secrets/rewrap" }),
  },
  {
    id: "readKeyVersions",
    scopes: ["admin"],
    success: 200,
    elsewhere: 403,
    prepare: async () => get("/v1/key-versions"),
  },
];

async function createKey(client: Client): Promise<string> {
  const answer = await client.post("/v1/keys", { name: "sample", scopes: ["runs:read"] });
  return `/v1/keys/${(answer.json() as { id: string }).id}`;
}

const KEYS_AND_AUDIT: Sample[] = [
  {
    id: "listKeys",
    scopes: ["admin"],
    success: 200,
    elsewhere: 403,
    prepare: async () => get("/v1/keys"),
  },
  {
    id: "createKey",
    scopes: ["admin"],
    success: 201,
    elsewhere: 403,
    prepare: async () => json("POST", "/v1/keys", { name: "sample", scopes: ["runs:read"] }),
  },
  {
    id: "revokeKey",
    scopes: ["admin"],
    success: 204,
    elsewhere: 403,
    prepare: async (client) => ({ method: "DELETE", path: await createKey(client) }),
  },
  {
    id: "listAudit",
    scopes: ["admin"],
    success: 200,
    elsewhere: 403,
    prepare: async () => get("/v1/audit"),
  },
];

const RESTORE_HEADERS = { "x-restore-token": RESTORE_TOKEN };
const restoring = (method: string, path: string, body?: object): Request => ({
  method,
  path,
  headers: body === undefined ? RESTORE_HEADERS : { ...RESTORE_HEADERS, ...JSON_TYPE },
  ...(body === undefined ? {} : { body: JSON.stringify(body) }),
});
const BACKUP_ID = `bak_${"a".repeat(26)}`;

/** The service of these tests has runs, so that it takes no restore. */
const BACKUP: Sample[] = (
  [
    ["beginBackup", 200, restoring("GET", "/v1/backup")],
    ["backupRuns", 200, restoring("GET", `/v1/backup/runs?backup=${BACKUP_ID}`)],
    ["backupRows", 200, restoring("GET", `/v1/backup/rows?backup=${BACKUP_ID}&table=templates`)],
    ["beginRestore", 409, restoring("POST", "/v1/restore", { head: "{}", end: "{}" })],
    [
      "restoreLines",
      409,
      {
        ...restoring("POST", `/v1/restore/${BACKUP_ID}/lines`),
        headers: { ...RESTORE_HEADERS, "content-type": "application/x-ndjson" },
        body: "",
      },
    ],
    ["endRestore", 409, restoring("POST", "/v1/restore/end")],
    ["releaseRestore", 200, restoring("POST", "/v1/restore/release")],
    ["rebuildRuns", 200, restoring("POST", "/v1/rebuild", { ids: [] })],
    ["examineService", 200, restoring("POST", "/v1/doctor", {})],
  ] as const
).map(([id, success, request]) => ({
  id,
  scopes: ["admin"],
  success,
  elsewhere: 403,
  prepare: async () => request,
}));

const ENDED_BACKUP: Sample = {
  id: "endBackup",
  scopes: ["admin"],
  success: 200,
  elsewhere: 403,
  prepare: async (client) => {
    const answer = await client.send(restoring("GET", "/v1/backup"));
    const counts = { runs: 0, rows: {} };
    const body = { head: JSON.stringify(answer.json()), counts, sha256: "0".repeat(64) };
    return restoring("POST", "/v1/backup", body);
  },
};

const AI: Sample[] = [
  {
    id: "infer",
    scopes: ["ai:infer"],
    success: 200,
    elsewhere: 404,
    prepare: async () => json("POST", "/v1/ai/infer", INFER),
  },
];

const DEVELOPMENT: Sample[] = [
  {
    id: "dualRun",
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

const EXECUTIONS: Sample[] = [
  {
    id: "listExecutions",
    scopes: ["runs:read"],
    success: 200,
    elsewhere: 200,
    prepare: async () => get("/v1/executions?limit=5"),
  },
  {
    id: "streamEvents",
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
    scopes: ["runs:write"],
    success: 202,
    elsewhere: 404,
    prepare: async () => json("POST", "/v1/executions", { workflow_id: WORKFLOW_ID }),
  },
  {
    id: "resumeExecution",
    what: "of a form",
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
    scopes: ["runs:write"],
    success: 200,
    elsewhere: 404,
    prepare: async (client) => ({
      method: "POST",
      path: `/v1/executions/${await start(client)}/cancel`,
    }),
  },
  ...(["", "/history", "/context"] as const).map((rest): Sample => ({
    id: {
      "": "readExecution",
      "/history": "readHistory",
      "/context": "readContext",
    }[rest],
    scopes: ["runs:read"],
    success: 200,
    elsewhere: 404,
    prepare: async (client) => get(`/v1/executions/${await start(client)}${rest}`),
  })),
];

type OpenRequest = Pick<Sample, "id" | "what" | "success" | "prepare">;

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

const SERVICE: Sample[] = [
  {
    id: "readMetrics",
    scopes: ["metrics:read"],
    success: 200,
    elsewhere: 403,
    prepare: async () => get("/metrics"),
  },
];

const SAMPLES: Sample[] = [
  ...SERVICE,
  ...WORKFLOWS,
  ...TEMPLATES,
  ...SECRETS,
  ...KEYS_AND_AUDIT,
  ...BACKUP,
  ENDED_BACKUP,
  ...AI,
  ...DEVELOPMENT,
  ...EXECUTIONS,
];

/** Generated from the declarations; a test holds it against the served description. */
const DECLARED = toDescription(
  parse(readFileSync(new URL("../../openapi.yaml", import.meta.url), "utf8")),
).operations;

/** Every declared operation that takes credentials, with its samples. */
export const OPERATIONS: Operation[] = DECLARED.filter(({ isSecured }) => isSecured).flatMap(
  ({ id, method, path, description }) => {
    const samples = SAMPLES.filter((sample) => sample.id === id);
    if (samples.length === 0) throw new Error(`${id} has no sample`);
    const declared = scopesIn(description);
    return samples.map((sample) => ({ ...sample, method, path, declared }));
  },
);

/** "Scope: `runs:write` for a form, …" */
function scopesIn(description: string): Scope[] {
  const [sentence = ""] = /\bScope: .+/.exec(description) ?? [];
  return SCOPES.filter((scope) => sentence.includes(`\`${scope}\``));
}

export function nameOf({ id, what }: Pick<Sample, "id" | "what">): string {
  return what === undefined ? id : `${id} ${what}`;
}
