import { describe, expect, test } from "vitest";
import type { JsonValue } from "#model/json.ts";
import { ASK, lines, readJson, readYaml, withSteps } from "./reading.ts";

const step = (id: string, next: string | null): JsonValue => ({
  id,
  type: "conditional",
  name: "Step",
  next,
  config: { when: "1 < 2", then: null },
});

const steps = (count: number): JsonValue[] =>
  Array.from({ length: count }, (_, index) =>
    step(`s${index}`, index + 1 < count ? `s${index + 1}` : null),
  );

const workflow = (over: Record<string, JsonValue>): JsonValue => ({
  name: "Limits",
  start_step: "s0",
  steps: steps(1),
  ...over,
});

const form = (over: Record<string, JsonValue>): JsonValue =>
  workflow({
    steps: [{ id: "s0", type: "form", name: "Ask", config: { fields: [field("a")], ...over } }],
  });
const field = (key: string, over: Record<string, JsonValue> = {}): JsonValue => ({
  key,
  type: "string",
  required: true,
  ...over,
});
const fields = (count: number): JsonValue[] =>
  Array.from({ length: count }, (_, index) => field(`f${index}`));
const approval = (over: Record<string, JsonValue>): JsonValue =>
  workflow({
    steps: [
      {
        id: "s0",
        type: "approval",
        name: "Approve",
        config: { approvers: ["a@example.com"], ...over },
      },
    ],
  });
const call = (over: Record<string, JsonValue>, retry: JsonValue = {}): JsonValue =>
  workflow({
    steps: [
      {
        id: "s0",
        type: "api_call",
        name: "Call",
        retry,
        config: { url: "https://api.example.com", method: "GET", ...over },
      },
    ],
  });
const nested = (depth: number): JsonValue =>
  Array.from({ length: depth }).reduce<JsonValue>((inner) => [inner], 1);

describe("limits hold from both sides", () => {
  test.each<[string, JsonValue, JsonValue, string]>([
    [
      "steps",
      workflow({ steps: steps(500) }),
      workflow({ steps: steps(501) }),
      "invalid_length /steps",
    ],
    [
      "fields",
      form({ fields: fields(100) }),
      form({ fields: fields(101) }),
      "invalid_length /steps/0/config/fields",
    ],
    [
      "inputs",
      workflow({ inputs: fields(100) }),
      workflow({ inputs: fields(101) }),
      "invalid_length /inputs",
    ],
    [
      "name",
      workflow({ name: "n".repeat(200) }),
      workflow({ name: "n".repeat(201) }),
      "invalid_length /name",
    ],
    [
      "description",
      workflow({ description: "d".repeat(4000) }),
      workflow({ description: "d".repeat(4001) }),
      "invalid_length /description",
    ],
    [
      "tags",
      workflow({ tags: Array.from({ length: 20 }, (_, i) => `t${i}`) }),
      workflow({ tags: Array.from({ length: 21 }, (_, i) => `t${i}`) }),
      "invalid_length /tags",
    ],
    [
      "tag",
      workflow({ tags: ["t".repeat(64)] }),
      workflow({ tags: ["t".repeat(65)] }),
      "invalid_length /tags/0",
    ],
    [
      "id",
      workflow({ id: "i".repeat(64) }),
      workflow({ id: "i".repeat(65) }),
      `invalid_id /id -> ${"i".repeat(64)}`,
    ],
    [
      "field key",
      form({ fields: [field("k".repeat(64))] }),
      form({ fields: [field("k".repeat(65))] }),
      `invalid_id /steps/0/config/fields/0/key -> ${"k".repeat(64)}`,
    ],
    [
      "approvers",
      approval({ approvers: Array.from({ length: 50 }, (_, i) => `p${i}@example.com`) }),
      approval({ approvers: Array.from({ length: 51 }, (_, i) => `p${i}@example.com`) }),
      "invalid_length /steps/0/config/approvers",
    ],
    [
      "approver",
      approval({ approvers: [`${"a".repeat(242)}@example.com`] }),
      approval({ approvers: [`${"a".repeat(243)}@example.com`] }),
      "invalid_length /steps/0/config/approvers/0",
    ],
    [
      "quorum",
      approval({ quorum: 1 }),
      approval({ quorum: 0 }),
      "out_of_range /steps/0/config/quorum",
    ],
    [
      "expiry, least",
      approval({ expires_in_s: 0.001 }),
      approval({ expires_in_s: 0 }),
      "out_of_range /steps/0/config/expires_in_s",
    ],
    [
      "expiry, most",
      approval({ expires_in_s: 31_622_400 }),
      approval({ expires_in_s: 31_622_401 }),
      "out_of_range /steps/0/config/expires_in_s",
    ],
    [
      "timeout, least",
      call({ timeout_s: 0.05 }),
      call({ timeout_s: 0.049 }),
      "out_of_range /steps/0/config/timeout_s",
    ],
    [
      "timeout, most",
      call({ timeout_s: 600 }),
      call({ timeout_s: 600.1 }),
      "out_of_range /steps/0/config/timeout_s",
    ],
    [
      "attempts",
      call({}, { max_attempts: 20 }),
      call({}, { max_attempts: 21 }),
      "out_of_range /steps/0/retry/max_attempts",
    ],
    [
      "delay",
      call({}, { max_delay_ms: 86_400_000 }),
      call({}, { max_delay_ms: 86_400_001 }),
      "out_of_range /steps/0/retry/max_delay_ms",
    ],
    [
      "status",
      call({ expect_status: [100, 599] }),
      call({ expect_status: [200, 600] }),
      "out_of_range /steps/0/config/expect_status/1",
    ],
    [
      "integer",
      workflow({ static: { n: 9_007_199_254_740_991 } }),
      workflow({ static: { n: 9_007_199_254_740_992 } }),
      "number_not_exact /static/n",
    ],
    [
      "depth",
      workflow({ static: { deep: nested(62) } }),
      workflow({ static: { deep: nested(63) } }),
      "too_deep (document)",
    ],
    [
      "pattern",
      form({ fields: [field("a", { pattern: "a".repeat(500) })] }),
      form({ fields: [field("a", { pattern: "a".repeat(501) })] }),
      "invalid_pattern /steps/0/config/fields/0/pattern",
    ],
    [
      "patterns together",
      form({ fields: patterned(100) }),
      form({ fields: [...patterned(99), field("last", { pattern: "bbbb{124}" })] }),
      "invalid_pattern /steps/0/config/fields/99/pattern",
    ],
    [
      "expression",
      workflow({ steps: [conditional(2048)] }),
      workflow({ steps: [conditional(2049)] }),
      "expression_syntax /steps/0/config/when",
    ],
  ])("%s", (_, within, beyond, finding) => {
    expect(lines(readJson(within))).toEqual([]);
    expect(lines(readJson(beyond))).toEqual([`error ${finding}`]);
  });
});

/** Fields whose patterns have an estimated size of 1,000 each: 125 repetitions × 8 characters. */
function patterned(count: number): JsonValue[] {
  return Array.from({ length: count }, (_, index) => field(`f${index}`, { pattern: "bbb{124}" }));
}

function conditional(length: number): JsonValue {
  return {
    id: "s0",
    type: "conditional",
    name: "Decide",
    config: { when: `"${"x".repeat(length - 2)}"`, then: null },
  };
}

describe("limits of the text", () => {
  test("64 KiB of UTF-8", () => {
    const text = withSteps(ASK);
    const filled = (bytes: number) => `${text}# é${"x".repeat(bytes - text.length - 4)}`;

    expect(lines(readYaml(filled(65_536)))).toEqual([]);
    expect(lines(readYaml(filled(65_537)))).toEqual([
      `error yaml_too_large (document) 8:${65_536 - text.length}`,
    ]);
  });

  test("nesting as deep in YAML as in JSON", () => {
    const text = (depth: number) =>
      `static: { deep: ${"[".repeat(depth)}1${"]".repeat(depth)} }\n${withSteps(ASK)}`;

    expect(lines(readYaml(text(62)))).toEqual([]);
    expect(lines(readYaml(text(63)))).toEqual(["error too_deep (document) 1:80"]);
  });
});

describe("a long list of findings", () => {
  const broken = (count: number) =>
    readJson({
      ...(workflow({}) as object),
      start_step: "s00",
      static: Object.fromEntries(Array.from({ length: count - 1 }, (_, i) => [`n${i}`, 2 ** 53])),
    });

  test("is shown whole up to 200", () => {
    expect(broken(200).diagnostics).toHaveLength(200);
    expect(broken(200).diagnostics.at(-1)?.code).toBe("number_not_exact");
  });

  test("is cut and counted beyond", () => {
    const { diagnostics } = broken(201);

    expect(diagnostics).toHaveLength(200);
    expect(diagnostics.at(-1)).toEqual({
      severity: "warning",
      code: "more_diagnostics",
      message: "2 more findings are not listed; fix these first.",
      pointer: "",
    });
  });

  test("does not outgrow a request by long pointers", () => {
    const key = "k".repeat(20_000);
    const text = `? ${key}\n: [${".nan, ".repeat(5_000)}]\n`;

    expect(JSON.stringify(readYaml(text).diagnostics).length).toBeLessThan(300_000);
    expect(readYaml(text).diagnostics.at(-1)?.code).toBe("more_diagnostics");
  });
});

test("errors come before warnings, each in the order of the document", () => {
  const text = withSteps(`- { id: ask, type: form, name: Ask, next: gone, config: { fields: [] } }
- { id: decide, type: conditional, name: Decide, config: { when: "a =" } }
- { id: call, type: api_call, name: "", config: { method: GET, url: "https://a.example.com", headers: { X-Attempt: "1" } } }`);

  expect(lines(readYaml(text))).toEqual([
    "error unknown_step /steps/0/next 4:45",
    "error invalid_length /steps/0/config/fields 4:69",
    "error expression_syntax /steps/1/config/when 5:71",
    "error invalid_length /steps/2/name 6:39",
    "warning no_branch /steps/1/config 5:60",
    "warning header_ignored /steps/2/config/headers/X-Attempt 6:107",
  ]);
});
