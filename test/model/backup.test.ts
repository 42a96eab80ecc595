/** Which secrets a backup needs, and which lines it has. */
import { expect, test } from "vitest";
import {
  contentLineSchema,
  differingSecrets,
  readLine,
  type SecretPrints,
  signedText,
} from "#model/backup.ts";

const print = (letter: string) => letter.repeat(32);
const OURS: SecretPrints = {
  run_ids: print("a"),
  server_secrets: { "1": print("a"), "2": print("b") },
  secrets_keys: { "0": print("c"), "1": print("d") },
};

test.each<[string, Partial<SecretPrints>, string[]]>([
  ["the same", {}, []],
  ["fewer versions than there are here", { server_secrets: { "1": print("a") } }, []],
  [
    "others for the ids of runs",
    { run_ids: print("f") },
    ["what run ids are derived from (RUN_ID_SECRET) is another one"],
  ],
  ["another first one", { server_secrets: { "1": print("f") } }, ["SERVER_SECRET is another one"]],
  [
    "a version that is not here",
    { server_secrets: { "3": print("a") } },
    ["SERVER_SECRETS, version 3, is missing"],
  ],
  [
    "another key",
    { secrets_keys: { "1": print("c") } },
    ["SECRETS_KEYS, version 1, is another one"],
  ],
  [
    "a derived key that is another",
    { secrets_keys: { "0": print("f") } },
    ["the key derived from SERVER_SECRET (SECRETS_DERIVED_KEY) is another one"],
  ],
])("a backup that needs %s", (_name, needed, expected) => {
  expect(differingSecrets({ ...OURS, ...needed }, OURS)).toEqual(expected);
});

test("a line is read as its kind, or not at all", () => {
  const id = `run_${"a".repeat(26)}`;
  const line = { type: "run", id, piece: 0, last: true, sealed: "AAAA" };
  expect(readLine(contentLineSchema, JSON.stringify(line))).toEqual(line);
  for (const other of ["", "{", "null", '{"type":"run"}', JSON.stringify({ ...line, id: "x" })]) {
    expect(readLine(contentLineSchema, other)).toBeNull();
  }
});

test("what is signed does not depend on the order of the tables", () => {
  const sha256 = "0".repeat(64);
  const sign = (rows: object) => signedText("{}", { counts: { runs: 1, rows }, sha256 });
  expect(sign({ audit: 1, secrets: 2 })).toBe(sign({ secrets: 2, audit: 1 }));
  expect(sign({ audit: 1 })).not.toBe(sign({ audit: 2 }));
});
