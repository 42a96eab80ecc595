/** Backups, restores and the doctor: bodies that are refused. */
import { RESTORE_TOKEN } from "../../support/service.ts";
import { JSON_TYPE, type Row } from "./row.ts";

const TOKEN = { "x-restore-token": RESTORE_TOKEN };
const LINES = { ...TOKEN, "content-type": "application/x-ndjson" };
const LINES_PATH = `/v1/restore/bak_${"a".repeat(26)}/lines`;

const BODIES = [
  ["/v1/backup", { head: "{}" }],
  ["/v1/restore", { head: 1, end: "{}" }],
  ["/v1/restore/release", { cursors: "x" }],
  ["/v1/rebuild", { ids: ["x"] }],
  ["/v1/doctor", { fix: "yes" }],
] as const;

export const BACKUPS: Row[] = [
  ...BODIES.flatMap(([path, body]): Row[] => [
    {
      what: `a body of ${path} that does not fit`,
      method: "POST",
      path,
      headers: { ...TOKEN, ...JSON_TYPE },
      body: JSON.stringify(body),
      status: 422,
      code: "validation_failed",
    },
    {
      what: `a body of ${path} that is text`,
      method: "POST",
      path,
      headers: { ...TOKEN, "content-type": "text/plain" },
      body: "x",
      status: 415,
      code: "unsupported_media_type",
    },
  ]),
  {
    what: "a first line that is none",
    method: "POST",
    path: "/v1/backup",
    headers: { ...TOKEN, ...JSON_TYPE },
    body: JSON.stringify({ head: "{}", counts: { runs: 0, rows: {} }, sha256: "0".repeat(64) }),
    status: 422,
    code: "validation_failed",
  },
  {
    what: "lines that are none of a backup",
    method: "POST",
    path: LINES_PATH,
    headers: LINES,
    body: "{}\n",
    status: 422,
    code: "validation_failed",
  },
  {
    what: "lines as JSON",
    method: "POST",
    path: LINES_PATH,
    headers: { ...TOKEN, ...JSON_TYPE },
    body: "{}",
    status: 415,
    code: "unsupported_media_type",
  },
  {
    what: "a table that is not backed up",
    method: "GET",
    path: `/v1/backup/rows?backup=bak_${"a".repeat(26)}&table=runs`,
    headers: TOKEN,
    status: 400,
    code: "invalid_parameter",
  },
];
