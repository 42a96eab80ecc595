/** Keys that an object cannot keep where they stand: said of JSON Schemas, and only there. */
import { describe, expect, test } from "vitest";
import { keepsOrder } from "#model/key-order.ts";
import { jsonSource, readWorkflow } from "#workflow/read.ts";
import { FACTS, lines, readYaml } from "./reading.ts";

describe("an object keeps the order of", () => {
  test.each<[keys: string[], keeps: boolean]>([
    [[], true],
    [["b", "a"], true],
    [["0", "2", "10", "b", "a"], true],
    [["2", "1"], false],
    [["10", "9"], false],
    [["a", "1"], false],
    [["a", "4294967294"], false],
    [["a", "4294967295"], true],
    [["a", "01", "1.0", "-1", "1e3", "", " 1"], true],
  ])("%j: %s", (keys, keeps) => {
    expect(keepsOrder(keys)).toBe(keeps);
    expect(
      Object.keys(Object.fromEntries(keys.map((key) => [key, 0]))).join() === keys.join(),
    ).toBe(keeps);
  });
});

const workflow = (schema: string, rest = "{}") =>
  `{"name":"Order","start_step":"a","static":${rest},"steps":[{"id":"a","type":"ai_generate","name":"A",
  "config":{"template_id":"content_v1","variables":[],"json_schema":${schema}}}]}`;
const at = "/steps/0/config/json_schema";

describe.each([
  ["JSON", (text: string) => readWorkflow(jsonSource(text), FACTS)],
  ["YAML", (text: string) => readYaml(text)],
])("in %s", (format, read) => {
  const codes = (text: string) => lines(read(text)).map((line) => line.replace(/ \d+:\d+$/, ""));

  test.each<[what: string, schema: string, pointers: string[]]>([
    ["names in any order", '{"properties":{"z":{},"a":{}}}', []],
    ["whole numbers first, ascending", '{"properties":{"1":{},"2":{},"a":{}}}', []],
    ["a whole number behind a name", '{"properties":{"a":{},"1":{}}}', ["/properties"]],
    ["descending numbers", '{"properties":{"2":{},"1":{}}}', ["/properties"]],
    ["numbers of another form", '{"properties":{"a":{},"01":{},"1.5":{},"-1":{}}}', []],
    [
      "deeper places, each",
      '{"properties":{"x/y":{"type":"object","properties":{"a":{},"7":{}}},"l":{"enum":[0,{"b":1,"0":2}]}}}',
      ["/properties/x~1y/properties", "/properties/l/enum/1"],
    ],
  ])("%s", (_what, schema, pointers) => {
    const expected = pointers.map((pointer) => `warning key_order_changed ${at}${pointer}`);
    expect(codes(workflow(schema))).toEqual(expected);
    expect(read(workflow(schema)).definition).not.toBeNull();
  });

  test(`elsewhere it is not said (${format})`, () => {
    expect(codes(workflow("true", '{"b":1,"1":2}'))).toEqual([]);
  });
});
