/** Secrets: names, values and pages that are refused. */
import { JSON_TYPE, KIB, type Row } from "./row.ts";

const PATH = "/v1/secrets/SAMPLE";

function value(what: string, body: object, ...pointers: string[]): Row {
  return {
    what: `a secret with ${what}`,
    method: "PUT",
    path: PATH,
    headers: JSON_TYPE,
    body: JSON.stringify(body),
    status: 422,
    code: "validation_failed",
    pointers,
  };
}

const NAMES = ["1A", "A-B", "A.B", "A%20B", "_A", "__proto__", `A${"B".repeat(64)}`];

export const SECRETS: Row[] = [
  value("no value", {}, "/value"),
  value("an empty value", { value: "" }, "/value"),
  value("a number", { value: 4711 }, "/value"),
  value("null", { value: null }, "/value"),
  value("an object", { value: {} }, "/value"),
  value("an unknown key", { value: "x", valu: "y" }, "/valu"),
  value("16 KiB and a byte", { value: "v".repeat(16 * KIB + 1) }, "/value"),
  value("16 KiB and a byte in UTF-8", { value: "ü".repeat(8 * KIB + 1) }, "/value"),
  value("half of a surrogate pair", { value: "\ud83d" }, "/value"),
  ...NAMES.flatMap((name): Row[] => {
    const path = `/v1/secrets/${name}`;
    const refused = { status: 400, code: "invalid_parameter" };
    const body = '{"value": "x"}';
    return [
      {
        what: `a secret called ${name}`,
        method: "PUT",
        path,
        headers: JSON_TYPE,
        body,
        ...refused,
      },
      { what: `no secret called ${name}`, method: "DELETE", path, ...refused },
    ];
  }),
  {
    what: "a secret that is not there",
    method: "DELETE",
    path: "/v1/secrets/NOT_THERE",
    status: 404,
    code: "secret_not_found",
  },
  ...["limit=0", "limit=201", "limit=x", "cursor=%25", "cursor=_w"].map((query): Row => ({
    what: `a list of secrets with ${query}`,
    method: "GET",
    path: `/v1/secrets?${query}`,
    status: 400,
    code: "invalid_parameter",
  })),
];
