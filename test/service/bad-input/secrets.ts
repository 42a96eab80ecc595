/** Secrets, keys and audit: names, values and pages that are refused. */
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

function key(what: string, body: object, ...pointers: string[]): Row {
  return {
    ...value("", body, ...pointers),
    what: `a key with ${what}`,
    method: "POST",
    path: "/v1/keys",
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
  ...["secrets", "keys", "audit"].flatMap((list) =>
    ["limit=0", "limit=201", "limit=x", "cursor=%25", "cursor=_w"].map((query): Row => ({
      what: `a list of ${list} with ${query}`,
      method: "GET",
      path: `/v1/${list}?${query}`,
      status: 400,
      code: "invalid_parameter",
    })),
  ),
  ...["", "b25l", "YSBiIGM"].map((cursor): Row => ({
    what: `a list of changes from a place that is none: "${cursor}"`,
    method: "GET",
    path: `/v1/audit?cursor=${cursor}`,
    status: 400,
    code: "invalid_parameter",
  })),
  key("no name", { scopes: ["admin"] }, "/name"),
  key("an empty name", { name: "", scopes: ["admin"] }, "/name"),
  key("a long name", { name: "n".repeat(201), scopes: ["admin"] }, "/name"),
  key("no scopes", { name: "x" }, "/scopes"),
  key("an empty list of scopes", { name: "x", scopes: [] }, "/scopes"),
  key("a scope that is none", { name: "x", scopes: ["runs:write", "root"] }, "/scopes/1"),
  key("a time that is none", { name: "x", scopes: ["admin"], expires_at: "soon" }, "/expires_at"),
  key(
    "a time that is over",
    { name: "x", scopes: ["admin"], expires_at: "2026-01-01T00:00:00Z" },
    "/expires_at",
  ),
  key(
    "the principal of a person",
    { name: "x", scopes: ["admin"], principal_id: "user:ann" },
    "/principal_id",
  ),
  key(
    "the developer's principal",
    { name: "x", scopes: ["admin"], principal_id: "dev" },
    "/principal_id",
  ),
  key("an unknown key", { name: "x", scopes: ["admin"], scope: "admin" }, "/scope"),
  {
    what: "a key that is not there",
    method: "DELETE",
    path: "/v1/keys/nobodyhast",
    status: 404,
    code: "key_not_found",
  },
];
