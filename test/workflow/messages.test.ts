import { describe, expect, test } from "vitest";
import { ASK, readFixture, readYaml, seriousOnes, withSteps } from "./reading.ts";

const messagesOf = (name: string): string[] =>
  seriousOnes(readFixture(`broken/${name}`)).map(({ message }) => message);

describe("messages say what is wrong and what to write", () => {
  test.each<[string, string[]]>([
    ["missing-start-step.yaml", ['Missing key "start_step". Id of the first step.']],
    ["unknown-key-in-config.yaml", ['Unknown key "aprovers". Did you mean "approvers"?']],
    [
      "unknown-key-of-another-level.yaml",
      [
        '"fields" is a setting and belongs under "config".',
        '"next" belongs one level up, beside "config".',
        '"quorum" is a setting of approval, not of form.',
      ],
    ],
    [
      "unknown-key-retry-of-a-form.yaml",
      ['"retry" exists for ai_generate and api_call only; a form is not retried.'],
    ],
    ["missing-type-but-kind.yaml", ['"kind" is not a key here; it is called "type".']],
    [
      "yaml-unquoted-braces.yaml",
      ['A value that starts with "{{" must be in quotes; without them YAML reads a mapping.'],
    ],
    [
      "yaml-second-colon.yaml",
      ['A second ": " on the line makes YAML read another key; put the value in quotes.'],
    ],
    ["yaml-duplicate-key.yaml", ['The key "name" is duplicated; the first one is on line 6.']],
    ["yaml-quote-never-closed.yaml", ["Text in quotes is not closed."]],
    ["expression-over-two-lines.yaml", ['Unknown function "lenght". Did you mean "len"?']],
    [
      "cycle-of-two.yaml",
      ["The steps form a cycle: draft → approve → draft. A run must be able to end."],
    ],
    [
      "name-missing-on-one-branch.yaml",
      ['"detail" is not set on the path kind → check (else) → generate.'],
    ],
    ["name-before-its-form.yaml", ['"topic" is not set yet in the first step.']],
    [
      "name-of-step-with-hyphen.yaml",
      [
        'There is no step "first". A name with a hyphen is written steps["first-draft"] in an expression.',
        'Nothing sets "draft": no declared input, form field or constant has that name (a name of the profile is written profile.…).',
      ],
    ],
    ["quorum-too-large.yaml", ['"quorum" requires 3 approvals, but there are 2 approvers.']],
    [
      "version-0.1.yaml",
      [
        'This is a workflow of format 0.1; upgrade it with "workflow upgrade --from 0.1 --to 0.2 --in FILE --out FILE".',
      ],
    ],
    [
      "version-future-major.yaml",
      [
        "This workflow is of version 2.1.0; this service supports versions up to 0.x (the current one is 0.2.0).",
      ],
    ],
  ])("%s", (name, expected) => {
    expect(messagesOf(name)).toEqual(expected);
  });

  test("a private host names the setting that allows it, a metadata service does not", () => {
    const call = (url: string): string | undefined =>
      readYaml(
        withSteps(
          `- { id: call, type: api_call, name: Call, config: { method: GET, url: "${url}" } }`,
        ),
      ).diagnostics[0]?.message;

    expect(call("http://intranet.example.com:8080/x")).toContain(
      'API_CALL_ALLOW_HTTP_HOSTS can name "intranet.example.com:8080"',
    );
    expect(call("http://169.254.169.254/latest")).not.toContain("API_CALL_ALLOW_HTTP_HOSTS");
    expect(call("http://localhost:9999/allowed")).toBeUndefined();
  });

  test("long texts of the document are shortened", () => {
    const result = readYaml(withSteps(`${ASK}\n  next: ${"x".repeat(5000)}`));

    expect(seriousOnes(result).map(({ message }) => message)).toEqual([
      `"next" names the step "${"x".repeat(59)}…", which does not exist.`,
    ]);
  });
});
