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
