/**
 * The requests of the console, typed. Owns credentials in headers, and the results of requests;
 * knows no React. The page and the API come from the same Worker, so responses are assumed to have
 * the shared types; tests of the service check that they do.
 */
import { BookmarkJar } from "#model/bookmark.ts";
import type { Diagnostic } from "#model/diagnostic.ts";
import type { JsonObject } from "#model/json.ts";
import type { Problem } from "#model/problem.ts";
import type { History, Run, RunSummary } from "#model/run.ts";
import type { WorkflowDefinition } from "#model/workflow.ts";
import type { Answer } from "./answer.ts";
import { ownAddress } from "./own-address.ts";

interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/** The fields of a workflow in a list that the console uses. */
export interface WorkflowSummary {
  id: string;
  name: string;
  description?: string;
}

export interface Workflow {
  id: string;
  version: number;
  name: string;
  definition: WorkflowDefinition;
}

export interface RunFilter {
  status?: string | undefined;
  workflow_id?: string | undefined;
  cursor?: string | undefined;
}

export interface StartRequest {
  workflow_id: string;
  inputs?: JsonObject;
  run_opts?: { mock_ai: boolean };
}

export interface Decision {
  approved: boolean;
  comment?: string;
}

export type Resume = { wait_number: number } & (
  | { inputs: JsonObject }
  | { approvals: [Decision & { step_id: string }] }
);

/** Writes take an idempotency key: repeated with the same key, they take effect once. */
export interface Api {
  /** The address in the credentials; null: none. */
  readonly ownAddress: string | null;
  listRuns(filter: RunFilter): Promise<Answer<Page<RunSummary>>>;
  readRun(id: string): Promise<Answer<Run>>;
  readHistory(id: string): Promise<Answer<History>>;
  startRun(request: StartRequest, key: string): Promise<Answer<Run>>;
  resumeRun(id: string, answer: Resume, key: string): Promise<Answer<Run>>;
  cancelRun(id: string, reason: string, key: string): Promise<Answer<Run>>;
  listWorkflows(cursor?: string): Promise<Answer<Page<WorkflowSummary>>>;
  /** Without a version: the latest. */
  readWorkflow(id: string, version?: number): Promise<Answer<Workflow>>;
  checkWorkflow(id: string, yaml: string): Promise<Answer<{ diagnostics: Diagnostic[] }>>;
  /** The live stream from after `seq`; the caller reads its body. Rejects without a response. */
  openEvents(id: string, seq: number, signal: AbortSignal): Promise<Response>;
}

const RUNS_A_PAGE = 25;
/** Must be longer than the service waits for a run to settle. */
const ANSWERS_WITHIN_MS = 60_000;
const JSON_TYPE = "application/json";

interface Message {
  body?: string;
  type?: string;
  key?: string;
}

/** `onRefused` is called for each 401: the credentials are not, or no longer, accepted. */
export function createApi(credentials: string, onRefused: (problem: Problem) => void): Api {
  const jar = new BookmarkJar();
  const send = async <T>(method: string, path: string, message: Message = {}) => {
    const answer = await exchange<T>({ credentials, jar }, method, path, message);
    if (!answer.ok && answer.failure.kind === "problem" && answer.failure.problem.status === 401) {
      onRefused(answer.failure.problem);
    }
    return answer;
  };
  const get = <T>(path: string) => send<T>("GET", path);
  const post = <T>(path: string, body: object, key: string) =>
    send<T>("POST", path, { body: JSON.stringify(body), type: JSON_TYPE, key });
  const run = (id: string, rest = "") => `/v1/executions/${encodeURIComponent(id)}${rest}`;
  const workflow = (id: string, rest = "") => `/v1/workflows/${encodeURIComponent(id)}${rest}`;
  return {
    ownAddress: ownAddress(credentials),
    listRuns: (filter) => get(`/v1/executions?${query({ ...filter, limit: String(RUNS_A_PAGE) })}`),
    readRun: (id) => get(run(id)),
    readHistory: (id) => get(run(id, "/history")),
    startRun: (request, key) => post("/v1/executions", request, key),
    resumeRun: (id, answer, key) => post(run(id, "/resume"), answer, key),
    cancelRun: (id, reason, key) => post(run(id, "/cancel"), reason === "" ? {} : { reason }, key),
    listWorkflows: (cursor) => get(`/v1/workflows?${query({ limit: "200", cursor })}`),
    readWorkflow: (id, version) =>
      get(workflow(id, version === undefined ? "" : `/versions/${version}`)),
    checkWorkflow: (id, yaml) =>
      send("POST", workflow(id, "/validate"), { body: yaml, type: "application/yaml" }),
    openEvents: (id, seq, signal) =>
      fetch(run(id, "/events"), {
        headers: { authorization: `Bearer ${credentials}`, "last-event-id": String(seq) },
        signal,
      }),
  };
}

function query(parameters: Record<string, string | undefined>): string {
  const given = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined || value === "" ? [] : [[name, value]],
  );
  return new URLSearchParams(given).toString();
}

/** What a caller has with each request: its credentials, and what it has seen of the database. */
interface Caller {
  credentials: string;
  jar: BookmarkJar;
}

async function exchange<T>(
  { credentials, jar }: Caller,
  method: string,
  path: string,
  { body, type, key }: Message,
): Promise<Answer<T>> {
  const bookmark = jar.headers();
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, {
      method,
      headers: {
        authorization: `Bearer ${credentials}`,
        ...(type === undefined ? {} : { "content-type": type }),
        ...(key === undefined ? {} : { "idempotency-key": key }),
        ...bookmark,
      },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(ANSWERS_WITHIN_MS),
    });
    jar.keep(bookmark, response);
    text = await response.text();
  } catch {
    // Fetch does not tell pages why: offline, refused, interrupted and timed out look the same.
    return { ok: false, failure: { kind: "unreachable" } };
  }
  const mediaType = response.headers.get("content-type")?.split(";")[0] ?? "";
  if (response.ok && mediaType === JSON_TYPE) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the page is of the same Worker
    return { ok: true, value: JSON.parse(text) as T };
  }
  if (mediaType === "application/problem+json") {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the page is of the same Worker
    return { ok: false, failure: { kind: "problem", problem: JSON.parse(text) as Problem } };
  }
  return { ok: false, failure: { kind: "foreign", status: response.status } };
}

/** A key for one write: 128 random bits. (randomUUID exists only in secure contexts.) */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
