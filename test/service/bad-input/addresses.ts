/** Ids, parameters, paths and methods that lead nowhere. */
import { JSON_TYPE, type Row } from "./row.ts";

const UNKNOWN_RUN = `run_${"a".repeat(26)}`;

/** Run ids as they stand in the path. All but the first are of a form that no run has. */
const RUN_IDS: [what: string, id: string][] = [
  ["that belongs to no run", UNKNOWN_RUN],
  ["that is too short", "run_abc"],
  ["that is too long", `${UNKNOWN_RUN}a`],
  ["in upper case", UNKNOWN_RUN.toUpperCase()],
  ["without its prefix", "a".repeat(26)],
  ["with digits that base32 lacks", `run_${"1".repeat(26)}`],
  ["that climbs", "..%2f..%2fhealthz"],
  ["that is encoded twice", "%252e%252e"],
  ["with a NUL", `${UNKNOWN_RUN}%00`],
  ["that is not ASCII", "run_%C3%A9"],
  ["that is not UTF-8", "%FF"],
  ["that is not percent-encoded", "%ZZ"],
  ["with half a percent-encoding", "run_%E0%A4%A"],
  ["with a line break", `${UNKNOWN_RUN}%0A`],
  ["of 4,000 characters", "r".repeat(4_000)],
  ["called __proto__", "__proto__"],
];

const RUNS: Row[] = RUN_IDS.flatMap(([what, id]): Row[] => {
  const missing = { status: 404, code: "run_not_found" };
  const path = `/v1/executions/${id}`;
  const posted = { headers: JSON_TYPE, body: '{"inputs": {}}' };
  return [
    { what: `a run id ${what}`, method: "GET", path, ...missing },
    { what: `the history of a run id ${what}`, method: "GET", path: `${path}/history`, ...missing },
    { what: `the events of a run id ${what}`, method: "GET", path: `${path}/events`, ...missing },
    { what: `the context of a run id ${what}`, method: "GET", path: `${path}/context`, ...missing },
    {
      what: `a resume of a run id ${what}`,
      method: "POST",
      path: `${path}/resume`,
      ...posted,
      ...missing,
    },
    { what: `a cancel of a run id ${what}`, method: "POST", path: `${path}/cancel`, ...missing },
  ];
});

const WORKFLOW_IDS = [
  "nowhere",
  "Content_Draft_Flow",
  "content_draft_flow%20",
  "..%2fcontent_draft_flow",
  "%00",
  "%FF",
  "%ZZ",
  "__proto__",
  "constructor",
  "a".repeat(65),
  "%27%20OR%201=1%20--",
];

const WORKFLOWS: Row[] = WORKFLOW_IDS.flatMap((id): Row[] => {
  const path = `/v1/workflows/${id}`;
  const missing = { status: 404, code: "workflow_not_found" };
  const what = `the workflow id ${id.slice(0, 40)}`;
  return [
    { what, method: "GET", path, ...missing },
    { what: `a DELETE of ${what}`, method: "DELETE", path, ...missing },
    { what: `the versions of ${what}`, method: "GET", path: `${path}/versions`, ...missing },
    { what: `a check of ${what}`, method: "POST", path: `${path}/validate`, ...missing },
    {
      what: `version 1 of ${what}`,
      method: "GET",
      path: `${path}/versions/1`,
      status: 404,
      code: "version_not_found",
    },
  ];
});

const VERSIONS: Row[] = [
  "0",
  "-1",
  "1.0",
  "01",
  "2",
  "one",
  "1e0",
  "99999999999999999999",
  "%31%00",
].map((version) => ({
  what: `version ${version} of a workflow`,
  method: "GET",
  path: `/v1/workflows/content_draft_flow/versions/${version}`,
  status: 404,
  code: "version_not_found",
}));

const TEMPLATES: Row[] = ["nothing_v1", "Content_v1", "%00", "%ZZ", "a".repeat(65)].flatMap(
  (id) => {
    const path = `/v1/templates/${id}`;
    const missing = { status: 404, code: "template_not_found" };
    return [
      { what: `the template id ${id.slice(0, 40)}`, method: "GET", path, ...missing } as const,
    ];
  },
);

const LISTS: Row[] = ["/v1/workflows", "/v1/templates", "/v1/executions"].flatMap((list) =>
  [
    ["limit=0", "/limit"],
    ["limit=201", "/limit"],
    ["limit=-1", "/limit"],
    ["limit=1.5", "/limit"],
    ["limit=ten", "/limit"],
    ["limit=", "/limit"],
    ["cursor=%25", undefined],
    ["cursor=%F0%9F%92%A9", undefined],
    ["cursor=_w", undefined],
  ].map(([query, pointer]) => ({
    what: `${list}?${query}`,
    method: "GET" as const,
    path: `${list}?${query}`,
    status: 400,
    code: "invalid_parameter",
    ...(pointer === undefined ? {} : { pointers: [pointer] }),
  })),
);

const FILTERS: Row[] = [
  "status=done",
  "status=",
  "workflow_id=Content",
  "tag=",
  `tag=${"t".repeat(65)}`,
  "created_after=yesterday",
  "created_before=2026-13-01T00:00:00Z",
  "created_after=2026-11-22",
  "statuss=waiting",
].map((query) => ({
  what: `runs with ${query}`,
  method: "GET",
  path: `/v1/executions?${query}`,
  status: 400,
  code: "invalid_parameter",
  pointers: [`/${query.split("=")[0]}`],
}));

const STREAMS: Row[] = ["-1", "1.5", "one", "1".repeat(16), "0x1"].flatMap((id): Row[] => {
  const path = "/v1/executions/{completed}/events";
  const unreadable = { method: "GET", status: 400, code: "invalid_parameter" } as const;
  return [
    { what: `Last-Event-ID: ${id}`, path, headers: { "last-event-id": id }, ...unreadable },
    { what: `events after ${id}`, path: `${path}?after=${id}`, ...unreadable },
  ];
});

const METHODS: Row[] = (
  [
    ["PUT", "/v1/workflows", ["GET", "POST"]],
    ["PATCH", "/v1/workflows/content_draft_flow", ["DELETE", "GET", "PUT"]],
    ["POST", "/v1/workflows/content_draft_flow", ["DELETE", "GET", "PUT"]],
    ["POST", "/v1/workflows/content_draft_flow/versions", ["GET"]],
    ["DELETE", "/v1/workflows/content_draft_flow/versions/1", ["GET"]],
    ["GET", "/v1/workflows/content_draft_flow/validate", ["POST"]],
    ["DELETE", "/v1/executions", ["POST"]],
    ["DELETE", "/v1/executions/{waiting}", ["GET"]],
    ["PUT", "/v1/executions/{waiting}", ["GET"]],
    ["GET", "/v1/executions/{waiting}/resume", ["POST"]],
    ["GET", "/v1/executions/{waiting}/cancel", ["POST"]],
    ["POST", "/v1/executions/{waiting}/history", ["GET"]],
    ["POST", "/v1/executions/{waiting}/context", ["GET"]],
    ["DELETE", "/v1/templates/content_v1", ["GET", "PUT"]],
    ["OPTIONS", "/v1/executions", ["POST"]],
    ["PROPFIND", "/v1/workflows", ["GET", "POST"]],
    ["POST", "/healthz", ["GET"]],
    ["DELETE", "/openapi.json", ["GET"]],
    ["PUT", "/resume/nothing", ["GET", "POST"]],
  ] as const
).map(([method, path, allow]) => ({
  what: `${method} ${path}`,
  method,
  path,
  allow,
  status: 405,
  code: "method_not_allowed",
}));

const PATHS: Row[] = [
  "/nothing",
  "/v1",
  "/v1/",
  "/v1/nothing",
  "/v2/workflows",
  "/V1/workflows",
  "/v1/workflows/",
  "/v1//workflows",
  "/v1/executions/{waiting}/",
  "/v1/executions/{waiting}/nothing",
  "/v1/workflows/content_draft_flow/versions/1/steps",
  "/v1/../etc/passwd",
  "/%00",
  "/%ZZ",
  "/problems/nothing",
  "/problems/__proto__",
  "/.dev.vars",
  "/src/index.ts",
].map((path) => ({
  what: `the path ${path}`,
  method: "GET",
  path,
  status: 404,
  code: "not_found",
}));

export const ADDRESSES: Row[] = [
  ...RUNS,
  ...WORKFLOWS,
  ...VERSIONS,
  ...TEMPLATES,
  ...LISTS,
  ...FILTERS,
  ...STREAMS,
  ...METHODS,
  ...PATHS,
];
