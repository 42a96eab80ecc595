/** Starts, resumes and cancels that are readable but wrong, or come at the wrong time. */
import { JSON_TYPE, type Row } from "./row.ts";

type Expected = Pick<Row, "status" | "code"> & Partial<Pick<Row, "pointers">>;

const INVALID = { status: 422, code: "validation_failed" };

function start(what: string, body: object | string, expected: Expected): Row {
  return {
    what: `a start with ${what}`,
    method: "POST",
    path: "/v1/executions",
    headers: JSON_TYPE,
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...expected,
  };
}

function startOf(what: string, rest: object, ...pointers: string[]): Row {
  return start(what, { workflow_id: "content_draft_flow", ...rest }, { ...INVALID, pointers });
}

const withOptions = (what: string, run_opts: unknown, ...pointers: string[]) =>
  startOf(what, { run_opts }, ...pointers);

const STARTS: Row[] = [
  start("no workflow_id", {}, { ...INVALID, pointers: ["/workflow_id"] }),
  start("a number for workflow_id", { workflow_id: 7 }, { ...INVALID, pointers: ["/workflow_id"] }),
  ...[
    "nowhere",
    "",
    "Content_Draft_Flow",
    "../content_draft_flow",
    "__proto__",
    "a".repeat(10_000),
  ].map((id) =>
    start(
      `the workflow_id ${id.slice(0, 40)}`,
      { workflow_id: id },
      { status: 404, code: "workflow_not_found" },
    ),
  ),
  start(
    "a version that does not exist",
    { workflow_id: "content_draft_flow", workflow_version: 99 },
    {
      status: 404,
      code: "version_not_found",
    },
  ),
  startOf("version 0", { workflow_version: 0 }, "/workflow_version"),
  startOf("version 1.5", { workflow_version: 1.5 }, "/workflow_version"),
  startOf('version "1"', { workflow_version: "1" }, "/workflow_version"),
  start(
    "a huge version",
    { workflow_id: "content_draft_flow", workflow_version: 1e20 },
    { status: 422, code: "number_not_exact", pointers: ["/workflow_version"] },
  ),
  startOf("an unknown key", { workflow: "x" }, "/workflow"),
  startOf("two unknown keys", { a: 1, "b/c~d": 2 }, "/a", "/b~1c~0d"),
  startOf("a list of inputs", { inputs: [] }, "/inputs"),
  startOf("null for inputs", { inputs: null }, "/inputs"),
  withOptions("a list of options", [], "/run_opts"),
  withOptions("an unknown option", { key: "x" }, "/run_opts/key"),
  withOptions("an empty key", { idempotency_key: "" }, "/run_opts/idempotency_key"),
  withOptions("a key of 256", { idempotency_key: "k".repeat(256) }, "/run_opts/idempotency_key"),
  withOptions("a key with a line break", { idempotency_key: "a\nb" }, "/run_opts/idempotency_key"),
  withOptions(
    "a key that is not ASCII",
    { idempotency_key: "schlüssel" },
    "/run_opts/idempotency_key",
  ),
  withOptions("a number for a key", { idempotency_key: 7 }, "/run_opts/idempotency_key"),
  withOptions("a word for mock_ai", { mock_ai: "yes" }, "/run_opts/mock_ai"),
  withOptions("a list for profile", { profile: [] }, "/run_opts/profile"),
  withOptions("21 tags", { tags: Array.from({ length: 21 }, (_, n) => `t${n}`) }, "/run_opts/tags"),
  withOptions("a long tag", { tags: ["t".repeat(65)] }, "/run_opts/tags/0"),
  withOptions("an empty tag", { tags: ["ok", ""] }, "/run_opts/tags/1"),
  withOptions("a number for a tag", { tags: [7] }, "/run_opts/tags/0"),
  start(
    "a mock mode that is none",
    { workflow_id: "content_draft_flow", run_opts: { mock_ai: { mode: "sleep" } } },
    INVALID,
  ),
  start(
    "a missing input",
    { workflow_id: "declared" },
    {
      status: 422,
      code: "invalid_inputs",
      pointers: ["/inputs/customer"],
    },
  ),
  start(
    "wrong inputs",
    { workflow_id: "declared", inputs: { customer: 7, level: 4, custmer: "x" } },
    {
      status: 422,
      code: "invalid_inputs",
      pointers: ["/inputs/customer", "/inputs/level", "/inputs/custmer"],
    },
  ),
];

/** Every route that changes something takes a key, and none takes these. */
const MUTATING: Pick<Row, "method" | "path" | "headers" | "body">[] = [
  { method: "POST", path: "/v1/executions", body: '{"workflow_id": "content_draft_flow"}' },
  { method: "POST", path: "/v1/executions/{waiting}/resume", body: '{"inputs": {"topic": "x"}}' },
  { method: "POST", path: "/v1/executions/{waiting}/cancel", body: "{}" },
  { method: "POST", path: "/v1/workflows", body: "{}" },
  { method: "PUT", path: "/v1/workflows/content_draft_flow", body: "{}" },
  { method: "DELETE", path: "/v1/workflows/content_draft_flow" },
  { method: "PUT", path: "/v1/templates/content_v1", body: '{"prompt": "x"}' },
  { method: "PUT", path: "/v1/secrets/SAMPLE", body: '{"value": "x"}' },
  { method: "DELETE", path: "/v1/secrets/SAMPLE" },
  { method: "POST", path: "/v1/secrets/rewrap" },
  { method: "POST", path: "/v1/keys", body: '{"name": "x", "scopes": ["admin"]}' },
  { method: "DELETE", path: "/v1/keys/i7lbshi5by" },
];

const BAD_KEYS: [what: string, key: string][] = [
  ["empty", ""],
  ["of 256 characters", "k".repeat(256)],
  ["with a tab", "a\tb"],
  ["that is not ASCII", "schl\u00fcssel"],
];

const HEADERS: Row[] = MUTATING.flatMap((request) =>
  BAD_KEYS.map(([what, key]) => ({
    ...request,
    what: `an Idempotency-Key ${what} on ${request.method} ${request.path}`,
    headers: { ...(request.body === undefined ? {} : JSON_TYPE), "idempotency-key": key },
    status: 400,
    code: "invalid_parameter",
  })),
);

function post(what: string, path: string, body: object, expected: Expected): Row {
  const text = JSON.stringify(body);
  return { what, method: "POST", path, headers: JSON_TYPE, body: text, ...expected };
}

function resume(what: string, body: object, ...pointers: string[]): Row {
  const expected = { ...INVALID, pointers };
  return post(`a resume with ${what}`, "/v1/executions/{waiting}/resume", body, expected);
}

function decide(what: string, decision: object, ...pointers: string[]): Row {
  const path = "/v1/executions/{deciding}/resume";
  return post(`a decision with ${what}`, path, { approvals: [decision] }, { ...INVALID, pointers });
}

const APPROVED = { step_id: "approval", approved: true };

const RESUMES: Row[] = [
  resume("nothing", {}, ""),
  resume("both", { inputs: { topic: "x" }, approvals: [APPROVED] }, ""),
  resume("only a wait number", { wait_number: 1 }, ""),
  resume("null for inputs", { inputs: null }, "/inputs"),
  resume("a list of inputs", { inputs: ["Launch"] }, "/inputs"),
  resume("an unknown key", { inputs: {}, token: "x" }, "/token"),
  resume("wait number 0", { inputs: {}, wait_number: 0 }, "/wait_number"),
  resume('wait number "1"', { inputs: {}, wait_number: "1" }, "/wait_number"),
  resume("wait number 1.5", { inputs: {}, wait_number: 1.5 }, "/wait_number"),
  resume("no decision", { approvals: [] }, "/approvals"),
  resume("two decisions", { approvals: [APPROVED, APPROVED] }, "/approvals"),
  resume("a decision that is none", { approvals: ["yes"] }, "/approvals/0"),
  decide("no step", { approved: true }, "/approvals/0/step_id"),
  decide("no answer", { step_id: "approval" }, "/approvals/0/approved"),
  decide(
    "a word for the answer",
    { step_id: "approval", approved: "yes" },
    "/approvals/0/approved",
  ),
  decide("a long comment", { ...APPROVED, comment: "x".repeat(4001) }, "/approvals/0/comment"),
  decide("an unknown key", { ...APPROVED, by: "boss@example.com" }, "/approvals/0/by"),
  post(
    "wrong answers",
    "/v1/executions/{waiting}/resume",
    { inputs: { topic: 7, audience: "", x: 1 } },
    {
      status: 422,
      code: "invalid_inputs",
      pointers: ["/inputs/topic", "/inputs/audience", "/inputs/x"],
    },
  ),
  post(
    "a reason of 1001 characters",
    "/v1/executions/{waiting}/cancel",
    { reason: "x".repeat(1001) },
    {
      ...INVALID,
      pointers: ["/reason"],
    },
  ),
  post(
    "a number for a reason",
    "/v1/executions/{waiting}/cancel",
    { reason: 7 },
    {
      ...INVALID,
      pointers: ["/reason"],
    },
  ),
  post(
    "an unknown key of a cancel",
    "/v1/executions/{waiting}/cancel",
    { why: "x" },
    {
      ...INVALID,
      pointers: ["/why"],
    },
  ),
];

const ANSWERS = { inputs: { topic: "Launch", audience: "SMB" } };
const DECISION = { approvals: [APPROVED] };

function conflict(what: string, path: string, body: object, code: string): Row {
  return post(what, path, body, { status: 409, code });
}

const STATES: Row[] = [
  ...["completed", "failed", "canceled"].flatMap((state) => [
    conflict(
      `answers for a run that is ${state}`,
      `/v1/executions/{${state}}/resume`,
      ANSWERS,
      "run_not_waiting",
    ),
    conflict(
      `a decision for a run that is ${state}`,
      `/v1/executions/{${state}}/resume`,
      DECISION,
      "run_not_waiting",
    ),
  ]),
  ...["completed", "failed"].map((state) =>
    conflict(
      `a cancel of a run that is ${state}`,
      `/v1/executions/{${state}}/cancel`,
      {},
      "run_already_ended",
    ),
  ),
  conflict(
    "a decision where a form waits",
    "/v1/executions/{waiting}/resume",
    DECISION,
    "wrong_wait_type",
  ),
  conflict(
    "answers where an approval waits",
    "/v1/executions/{deciding}/resume",
    ANSWERS,
    "wrong_wait_type",
  ),
  conflict(
    "a decision for another step",
    "/v1/executions/{deciding}/resume",
    {
      approvals: [{ step_id: "form", approved: true }],
    },
    "wrong_step",
  ),
  conflict(
    "an earlier wait number",
    "/v1/executions/{deciding}/resume",
    { ...DECISION, wait_number: 1 },
    "stale_wait",
  ),
  conflict(
    "a later wait number",
    "/v1/executions/{waiting}/resume",
    { ...ANSWERS, wait_number: 2 },
    "stale_wait",
  ),
];

export const EXECUTIONS: Row[] = [...STARTS, ...HEADERS, ...RESUMES, ...STATES];
