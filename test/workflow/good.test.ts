import { describe, expect, test } from "vitest";
import { VALID_WORKFLOW } from "../../features/fixtures/fixtures.ts";
import { canonicalJson } from "#workflow/canonical.ts";
import {
  fixtureNames,
  fixtureText,
  mustDefine,
  lines,
  readFixture,
  readJson,
  readYaml,
} from "./reading.ts";

describe("a sound workflow has no findings", () => {
  test.each(fixtureNames("good/"))("%s", (name) => {
    const result = readFixture(`good/${name}`);

    expect(lines(result)).toEqual([]);
    expect(result.definition).not.toBeNull();
  });
});

describe("the definition has its defaults filled in and short forms written out", () => {
  test("for the smallest workflow", () => {
    expect(canonicalJson(mustDefine(readFixture("good/minimal.yaml")))).toBe(
      '{"schema_version":"0.2.0","id":"minimal","name":"Minimal","start_step":"ask","static":{},"tags":[],' +
        '"steps":[{"id":"ask","type":"form","name":"Ask","next":null,"config":{"fields":' +
        '[{"key":"topic","type":"string","required":true}]}}]}',
    );
  });

  test("for the fixture of the contract", () => {
    const result = readJson(VALID_WORKFLOW);
    expect(lines(result)).toEqual([]);
    expect(result).toMatchObject({
      definition: {
        schema_version: "0.2.0",
        id: "valid_workflow",
        name: "Content Draft Flow",
        start_step: "collect",
        static: {},
        tags: [],
        steps: [
          {
            id: "collect",
            type: "form",
            name: "Brief",
            next: "generate",
            config: {
              fields: [
                { key: "topic", type: "string", required: true },
                { key: "audience", type: "string", required: true },
              ],
            },
          },
          {
            id: "generate",
            type: "ai_generate",
            name: "Generate Draft",
            next: "approve",
            retry: {
              max_attempts: 3,
              initial_delay_ms: 500,
              max_delay_ms: 30_000,
              backoff: "exponential",
              jitter: true,
            },
            config: {
              template_id: "content_v1",
              variables: ["topic", "audience"],
              json_schema: {
                type: "object",
                properties: { draft: { type: "string" } },
                required: ["draft"],
              },
              timeout_s: 30,
            },
          },
          {
            id: "approve",
            type: "approval",
            name: "Approve",
            next: null,
            config: {
              approvers: ["dev-internal@example.com"],
              quorum: 1,
              require_comment_on_reject: false,
              allow_self_approval: false,
            },
          },
        ],
      },
    });
  });

  test("for every key of the format", () => {
    const definition = mustDefine(readFixture("good/every-key.yaml"));
    const [brief, generate, enough, approve, publish, report] = definition.steps;

    expect(brief?.config).toMatchObject({
      fields: [
        { key: "topic" },
        {
          options: [
            { value: "short", label: "short" },
            { value: "long", label: "Long read" },
            { value: "medium", label: "medium" },
          ],
        },
        { min: 1, max: 2 },
        { sensitive: true },
      ],
      expires_in_s: 86_400,
      on_expire: "report",
    });
    expect(generate).toMatchObject({
      retry: { max_attempts: 5, backoff: "fixed", jitter: false },
      config: {
        timeout_s: 12.5,
        fallback: [{ provider: "anthropic", model: "other-model" }, { provider: "mock" }],
      },
    });
    expect(enough?.config).toMatchObject({ then: "approve", else: "report" });
    expect(approve?.config).toMatchObject({
      approvers: ["editor@example.com", "chief@example.com"],
      quorum: 2,
    });
    expect(publish?.config).toMatchObject({ idempotent: true, expect_status: [200, 201] });
    expect(report?.config).toMatchObject({ idempotent: false, timeout_s: 30 });
  });

  test("branches that are not given follow next, and null ends the run regardless of next", () => {
    const branches = (config: string) =>
      mustDefine(
        readYaml(
          "name: Branches\nstart_step: a\nsteps:\n" +
            `  - { id: a, type: conditional, name: A, next: b, config: { when: 1 < 2${config} } }\n` +
            '  - { id: b, type: api_call, name: B, config: { method: GET, url: "https://a.example.com" } }\n',
        ),
      ).steps[0]?.config;

    expect(branches(", then: null")).toEqual({ when: "1 < 2", then: null, else: "b" });
    expect(branches(", else: null")).toEqual({ when: "1 < 2", then: "b", else: null });
    expect(branches("")).toEqual({ when: "1 < 2", then: "b", else: "b" });
  });

  test("a delay given alone moves the default of the other", () => {
    const retry = (written: string) =>
      mustDefine(
        readYaml(
          "name: Retry\nstart_step: a\nsteps:\n" +
            `  - { id: a, type: api_call, name: A, retry: { ${written} }, config: { method: GET, url: "https://a.example.com" } }\n`,
        ),
      ).steps.map((step) => ("retry" in step ? step.retry : null))[0];

    expect(retry("initial_delay_ms: 60000")).toMatchObject({
      initial_delay_ms: 60_000,
      max_delay_ms: 60_000,
    });
    expect(retry("max_delay_ms: 100")).toMatchObject({ initial_delay_ms: 100, max_delay_ms: 100 });
    expect(retry("max_attempts: 1")).toMatchObject({ initial_delay_ms: 500, max_delay_ms: 30_000 });
  });

  test("keys that begin with x- are gone where the format defines the keys, and kept elsewhere", () => {
    const text = canonicalJson(mustDefine(readFixture("good/extensions.yaml")));

    expect(text.match(/"x-[a-z-]+"/g)).toEqual(['"x-kept"', '"x-api-key"', '"x-field"']);
  });
});

describe("the id of a workflow", () => {
  const named = (name: string) =>
    mustDefine(readYaml(fixtureText("good/minimal.yaml").replace("Minimal", name))).id;

  test.each([
    ["Content Draft Flow", "content_draft_flow"],
    ["  Two   spaces ", "two_spaces"],
    ["Kunden-Begrüßung", "kunden_begrussung"],
    ["Élan vital", "elan_vital"],
    ["2024 review", "review"],
    [`"${"long ".repeat(40)}"`, "long_long_long_long_long_long_long_long_long_long_long_long_long"],
  ])("%s returns %s", (name, id) => {
    expect(named(name)).toBe(id);
  });

  test("that is given wins over the name", () => {
    expect(mustDefine(readYaml(`id: mine\n${fixtureText("good/minimal.yaml")}`)).id).toBe("mine");
  });

  test("comes from the address when the workflow is put there without one", () => {
    const facts = { allowHttpHosts: [], id: "from_address" };
    const text = fixtureText("good/minimal.yaml");

    expect(mustDefine(readYaml(text, facts)).id).toBe("from_address");
    expect(mustDefine(readYaml(`id: from_address\n${text}`, facts)).id).toBe("from_address");
    expect(readYaml(`id: another\n${text}`, facts)).toMatchObject({
      definition: null,
      diagnostics: [
        { code: "id_mismatch", pointer: "/id", line: 1, column: 5, suggestion: "from_address" },
        { severity: "hint", code: "no_expiry" },
      ],
    });
  });
});

test("what the deployment does not say is not checked", () => {
  const text = fixtureText("good/every-key.yaml").replace("content_v1", "never_heard_of");

  expect(lines(readYaml(text, { allowHttpHosts: [] }))).toEqual([]);
});

test("a definition that was read can be read again", () => {
  for (const name of fixtureNames("good/")) {
    const canonical = canonicalJson(mustDefine(readFixture(`good/${name}`)));
    const again = readJson(JSON.parse(canonical));
    expect(lines(again)).toEqual([]);
    expect(canonicalJson(mustDefine(again))).toBe(canonical);
  }
});
