/** Bodies that cannot be read, on every route that takes one. */
import { JSON_TYPE, KIB, nested, padded, type Row, YAML_TYPE } from "./row.ts";

interface Route {
  method: "POST" | "PUT";
  path: string;
  /** Whether a request without a body is fine. */
  isOptional?: boolean;
  takesYaml?: boolean;
}

const ROUTES: Route[] = [
  { method: "POST", path: "/v1/workflows", takesYaml: true },
  { method: "PUT", path: "/v1/workflows/content_draft_flow", takesYaml: true },
  {
    method: "POST",
    path: "/v1/workflows/content_draft_flow/validate",
    takesYaml: true,
    isOptional: true,
  },
  { method: "POST", path: "/v1/executions" },
  { method: "POST", path: "/v1/executions/{waiting}/resume" },
  { method: "POST", path: "/v1/executions/{waiting}/cancel", isOptional: true },
  { method: "PUT", path: "/v1/templates/content_v1" },
  { method: "PUT", path: "/v1/secrets/SAMPLE" },
  { method: "POST", path: "/v1/keys" },
  { method: "POST", path: "/v1/ai/infer" },
  { method: "POST", path: "/v1/dev/dual-run" },
];

const INEXACT: [what: string, number: string][] = [
  ["the first integer that is not exact", "9007199254740992"],
  ["the first one below zero", "-9007199254740992"],
  ["an integer of 64 bits", "9223372036854775807"],
  ["an id of 19 digits", "7615917337495251231"],
  ["an integer with an exponent", "1e16"],
  ["an integer with a fraction of zero", "9007199254740993.0"],
  ["an integer as a fraction", "9.007199254740993E+15"],
  ["an integer of 23 digits", "12345678901234567890123"],
  ["a number that is not finite", "1e400"],
  ["one that is not finite below zero", "-1e400"],
];

function unreadable({ method, path, isOptional = false, takesYaml = false }: Route): Row[] {
  const row = (what: string, over: Pick<Row, "status" | "code"> & Partial<Row>): Row => ({
    what: `${what} on ${method} ${path}`,
    method,
    path,
    headers: JSON_TYPE,
    ...over,
  });
  const malformed = { status: 400, code: "malformed_body" };
  const tooLarge = { status: 413, code: "payload_too_large" };
  const wrongType = { status: 415, code: "unsupported_media_type" };
  const overLimit = padded("{}", 256 * KIB + 1);
  return [
    row("half an object", { body: '{"inputs": {', ...malformed }),
    row("text that is not JSON", { body: "inputs=1", ...malformed }),
    row("a trailing comma", { body: '{"inputs": {},}', ...malformed }),
    row("two values", { body: "{} {}", ...malformed }),
    ...INEXACT.map(([what, number]) =>
      row(`${what} (${number})`, {
        body: `{"a/b": [0, {"n": ${number}}], "text": "${number}"}`,
        status: 422,
        code: "number_not_exact",
        pointers: ["/a~1b/1/n"],
      }),
    ),
    row("a duplicate key", {
      body: '{"inputs": {}, "a": {"b": 1, "c": [{"k": 1, "\\u006b": 2}]}, "inputs": {}}',
      ...malformed,
      pointers: ["/a/c/0/k", "/inputs"],
    }),
    row("a duplicate key around a number that is not exact", {
      body: '{"a": 1, "a": 1e16}',
      ...malformed,
      pointers: ["/a"],
    }),
    row("65 levels", { body: nested(65), ...malformed }),
    row("130,000 levels", { body: nested(130_000), ...malformed }),
    row("one byte too many", { body: overLimit, ...tooLarge }),
    row("one byte too many, in chunks", { body: overLimit, chunked: true, ...tooLarge }),
    row("an unknown media type", {
      headers: { "content-type": "text/plain" },
      body: "{}",
      ...wrongType,
    }),
    row("no media type", { headers: {}, body: "{}", ...wrongType }),
    ...(isOptional ? [] : [row("no body", { ...malformed })]),
    ...(takesYaml ? [] : [row("YAML", { headers: YAML_TYPE, body: "inputs: {}", ...wrongType })]),
  ];
}

/** A value that is JSON, but not what the route takes. */
function notAnObject(route: Route, value: string): Row {
  const { method, path } = route;
  const code = route.takesYaml === true ? "invalid_workflow" : "validation_failed";
  return {
    what: `${value} on ${method} ${path}`,
    method,
    path,
    headers: JSON_TYPE,
    body: value,
    status: 422,
    code,
    pointers: [""],
  };
}

export const BODIES: Row[] = [
  ...ROUTES.flatMap(unreadable),
  ...ROUTES.filter(({ path }) => !path.endsWith("/validate")).flatMap((route) =>
    ["[]", "null", "7", '"text"', "true"].map((value) => notAnObject(route, value)),
  ),
];
