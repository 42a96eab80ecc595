/** Shared by the tests of workflow/: fixtures, the facts of a deployment, and findings as lines. */
import { readdirSync, readFileSync } from "node:fs";
import type { Diagnostic } from "#model/diagnostic.ts";
import type { JsonValue } from "#model/json.ts";
import type { WorkflowDefinition } from "#model/workflow.ts";
import { type Facts, readWorkflow, type ReadResult } from "#workflow/read.ts";

export const FACTS: Facts = {
  allowHttpHosts: ["localhost:9999"],
  templateIds: new Set(["content_v1", "email_v1", "letter_v1", "of_a_run_v1"]),
  templates: new Map([
    ["letter_v1", { prompt: "Write to {{name}}{{#cc}} and {{cc}}{{/cc}}{{^cc}} alone{{/cc}}." }],
    [
      "of_a_run_v1",
      {
        system: "{{this}}{{^topic}}{{.}}{{/topic}}",
        prompt: "{{inputs.topic}} {{steps.ask.output.topic}} {{#topic}}{{this}} {{.}}{{/topic}}",
      },
    ],
  ]),
  providers: new Set(["mock", "openai", "anthropic"]),
  secretNames: new Set(["CRM_TOKEN", "BILLING_TOKEN"]),
  secretUses: new Map([["BILLING_TOKEN", ["billing_flow"]]]),
};

const FIXTURES = new URL("../fixtures/workflows/", import.meta.url);

export function readYaml(text: string, facts: Facts = FACTS): ReadResult {
  return readWorkflow({ format: "yaml", text }, facts);
}

export function readJson(value: JsonValue, facts: Facts = FACTS): ReadResult {
  return readWorkflow({ format: "json", value }, facts);
}

export function fixtureText(name: string): string {
  return readFileSync(new URL(name, FIXTURES), "utf8");
}

/** Names of the files in a folder of fixtures, without the index and settings of tools. */
export function fixtureNames(folder: string): string[] {
  return readdirSync(new URL(folder, FIXTURES))
    .filter((name) => name !== "expected.json" && !name.startsWith("."))
    .toSorted();
}

/** Reads a fixture by what its name says it is. */
export function readFixture(name: string): ReadResult {
  const text = fixtureText(name);
  return name.endsWith(".json") ? readJson(JSON.parse(text) as JsonValue) : readYaml(text);
}

export function mustDefine(result: ReadResult): WorkflowDefinition {
  if (result.definition !== null) return result.definition;
  throw new Error(`the workflow is broken:\n${result.diagnostics.map(line).join("\n")}`);
}

/** `error unknown_key /steps/0/kind 5:5 -> type`: severity, code, pointer, place, suggestion. */
function line(diagnostic: Diagnostic): string {
  const { severity, code, pointer, line: row, column, suggestion } = diagnostic;
  return [
    severity,
    code,
    pointer === "" ? "(document)" : pointer,
    ...(row === undefined ? [] : [`${row}:${column}`]),
    ...(suggestion === undefined ? [] : [`-> ${suggestion}`]),
  ].join(" ");
}

/** Errors and warnings. Hints say what holds for most workflows; where they matter, they are asked for. */
export function seriousOnes({ diagnostics }: ReadResult): Diagnostic[] {
  return diagnostics.filter(({ severity }) => severity !== "hint");
}

export function lines(result: ReadResult): string[] {
  return seriousOnes(result).map(line);
}

export function linesWithHints(result: ReadResult): string[] {
  return result.diagnostics.map(line);
}

export function codes(result: ReadResult): string[] {
  return result.diagnostics.map(({ code }) => code);
}

/** A workflow around the lines of its steps, whose first step is where it starts. */
export function withSteps(steps: string): string {
  const first = /^ *- \{? *id: *([^,\s]+)/m.exec(steps)?.[1] ?? "ask";
  const indented = steps.replaceAll(/^(?=.)/gm, "  ");
  return `name: Example\nstart_step: ${first}\nsteps:\n${indented}\n`;
}

export const ASK = `- id: ask
  type: form
  name: Ask
  config: { fields: [{ key: topic, type: string, required: true }] }`;
