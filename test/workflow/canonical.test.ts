import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { isJsonObject, type JsonValue } from "#model/json.ts";
import { canonicalJson, definitionHash } from "#workflow/canonical.ts";
import { fixtureNames, fixtureText, mustDefine, readJson, readYaml, withSteps } from "./reading.ts";

const GOOD = fixtureNames("good/").map((name) => parse(fixtureText(`good/${name}`)) as JsonValue);

/** The same value with the keys of every mapping in another order, but for JSON Schemas. */
function shuffled(value: JsonValue, next: () => number): JsonValue {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, next));
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => ({ key, item, rank: next() }));
  entries.sort((a, b) => a.rank - b.rank);
  return Object.fromEntries(
    entries.map(({ key, item }) => [key, key === "json_schema" ? item : shuffled(item, next)]),
  );
}

describe("canonical JSON", () => {
  test("does not depend on the order of keys, nor on how the YAML is written", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...GOOD),
        fc.infiniteStream(fc.nat()),
        fc.integer({ min: 1, max: 8 }),
        fc.constantFrom("BLOCK_LITERAL", "QUOTE_DOUBLE", "QUOTE_SINGLE", "PLAIN"),
        fc.boolean(),
        (workflow, ranks, indent, style, flow) => {
          const other = shuffled(workflow, () => Number(ranks.next().value));
          const text = stringify(other, {
            indent,
            defaultStringType: style,
            defaultKeyType: "PLAIN",
            collectionStyle: flow ? "flow" : "any",
            aliasDuplicateObjects: false,
          });
          expect(canonicalJson(mustDefine(readYaml(text)))).toBe(
            canonicalJson(mustDefine(readJson(workflow))),
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  test("keeps data as it is, regardless of its keys", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), (data) => {
        const constants = JSON.parse(JSON.stringify(data)) as JsonValue;
        const workflow = { ...(GOOD[0] as object), static: constants } as JsonValue;
        const result = readJson(workflow);
        fc.pre(result.definition !== null);
        const canonical = canonicalJson(mustDefine(result));

        expect((JSON.parse(canonical) as { static: JsonValue }).static).toEqual(constants);
        expect(canonicalJson(mustDefine(readJson(JSON.parse(canonical) as JsonValue)))).toBe(
          canonical,
        );
      }),
      { numRuns: 200 },
    );
  });

  test("sorts keys of people by code unit and keeps those of the format in its order", () => {
    const workflow = {
      steps: [
        {
          config: {
            body: { b: 1, a: { "2": 1, "1": 2, é: 3, Z: 4 } },
            method: "POST",
            headers: { "X-B": "1", "X-A": "2" },
            url: "https://api.example.com/",
          },
          name: "Call",
          type: "api_call",
          id: "call",
        },
      ],
      static: { b: -0, a: [{ d: 1, c: 2 }] },
      start_step: "call",
      name: "Order",
    };

    expect(canonicalJson(mustDefine(readJson(workflow)))).toBe(
      '{"schema_version":"0.2.0","id":"order","name":"Order","start_step":"call",' +
        '"static":{"a":[{"c":2,"d":1}],"b":0},"tags":[],"steps":[{"id":"call","type":"api_call",' +
        '"name":"Call","next":null,"retry":{"max_attempts":3,"initial_delay_ms":500,' +
        '"max_delay_ms":30000,"backoff":"exponential","jitter":true},"config":{' +
        '"url":"https://api.example.com/","method":"POST","headers":{"X-A":"2","X-B":"1"},' +
        '"body":{"a":{"1":2,"2":1,"Z":4,"é":3},"b":1},"timeout_s":30,"idempotent":false}}]}',
    );
  });

  describe("of a JSON Schema", () => {
    const SCHEMA = `{ type: object, required: [steps, final_answer], properties: {
      steps: { type: array, items: { type: object, properties: { z: {}, a: { enum: [{ y: 1, b: 2 }] } } } },
      final_answer: { type: string, description: Last }, Zusatz: true, "10": {}, "9": {} } }`;
    const withSchema = (schema: string) =>
      withSteps(`- { id: a, type: ai_generate, name: A, config: {
    template_id: content_v1, variables: [], json_schema: ${schema} } }
`);
    const schemaIn = (canonical: string) =>
      JSON.stringify(
        (JSON.parse(canonical) as { steps: { config: { json_schema: JsonValue } }[] }).steps[0]
          ?.config.json_schema,
      );

    test("keeps the keys in the order in which they were written, whole numbers first", () => {
      const written =
        '{"type":"object","required":["steps","final_answer"],"properties":{"9":{},"10":{},' +
        '"steps":{"type":"array","items":{"type":"object","properties":{"z":{},"a":{"enum":[{"y":1,"b":2}]}}}},' +
        '"final_answer":{"type":"string","description":"Last"},"Zusatz":true}}';
      const fromYaml = canonicalJson(mustDefine(readYaml(withSchema(SCHEMA))));
      expect(schemaIn(fromYaml)).toBe(written);
      const again = mustDefine(readJson(JSON.parse(fromYaml) as JsonValue));
      expect(canonicalJson(again)).toBe(fromYaml);
    });

    test("has them sorted in the form of earlier releases", () => {
      const old = canonicalJson(mustDefine(readYaml(withSchema(SCHEMA))), 1);
      expect(schemaIn(old)).toBe(
        '{"properties":{"9":{},"10":{},"Zusatz":true,' +
          '"final_answer":{"description":"Last","type":"string"},' +
          '"steps":{"items":{"properties":{"a":{"enum":[{"b":2,"y":1}]},"z":{}},"type":"object"},"type":"array"}},' +
          '"required":["steps","final_answer"],"type":"object"}',
      );
    });

    test("is another when only the order differs, and the same in the old form", () => {
      const one = mustDefine(readYaml(withSchema("{ properties: { b: {}, a: {} } }")));
      const other = mustDefine(readYaml(withSchema("{ properties: { a: {}, b: {} } }")));
      expect(canonicalJson(one)).not.toBe(canonicalJson(other));
      expect(canonicalJson(one, 1)).toBe(canonicalJson(other, 1));
    });
  });

  test("differs when the meaning differs, and only then", async () => {
    const minimal = fixtureText("good/minimal.yaml");
    const hashOf = (text: string) => definitionHash(canonicalJson(mustDefine(readYaml(text))));
    const hash = "1d2f8dda2ed4a787f21b97a33ccff288ef091f67a807cb527b021a12531485cc";

    expect(await hashOf(minimal)).toBe(hash);
    expect(await hashOf(`# a remark\n${minimal}\n`)).toBe(hash);
    expect(await hashOf(minimal.replace("true", "false"))).not.toBe(hash);
  });
});

test("the hash is SHA-256 in lower-case hex", async () => {
  expect(await definitionHash("abc")).toBe(
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
  expect(await definitionHash("é")).toBe(
    "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c",
  );
});
