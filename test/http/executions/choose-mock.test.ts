/** What the mock has to do with a run, told at its start. */
import { describe, expect, it } from "vitest";
import { chooseMock } from "#http/executions/start.ts";
import type { WorkflowDefinition } from "#model/workflow.ts";
import { readSettings, type Settings } from "#settings.ts";
import { ai, definition, form } from "../../support/definitions.ts";

function settings(more: object): Settings {
  const read = readSettings({
    SERVER_SECRET: "yzfxkIrEaJKzfa60bJSnRARY7jwCw6pyKIqSFoZilpjg",
    ENVIRONMENT: "development",
    OPENAI_API_KEY: "k",
    MOCK_AI_MODE: "transient_error",
    MOCK_AI_SEED: "7",
    ...more,
  });
  if (!read.ok) throw new Error(read.problems.join(" "));
  return read.settings;
}

const OPENAI = { AI_PROVIDER: "openai" };
const PRODUCTION = { ...OPENAI, ENVIRONMENT: "production" };
const unnamed = definition([ai("a")]);
const openai = definition([ai("a", { config: { provider: "openai" } })]);
const mock = definition([ai("a", { config: { provider: "mock" } })]);
const fallback = definition([
  ai("a", { config: { provider: "openai", fallback: [{ provider: "mock", model: "m" }] } }),
]);
const none = definition([form("a")]);

describe("a start in production", () => {
  it.each<[string, WorkflowDefinition, true | undefined, boolean]>([
    ["with the mock in a step", mock, undefined, false],
    ["with the mock as a fallback", fallback, undefined, false],
    ["that asks for the mock", openai, true, false],
    ["without the mock", openai, undefined, true],
    ["that names no provider", unnamed, undefined, true],
  ])("%s is taken: %s", (_what, workflow, asked, isTaken) => {
    expect(chooseMock(settings(PRODUCTION), workflow, asked) !== "refused").toBe(isTaken);
    const allowed = settings({ ...PRODUCTION, ALLOW_MOCK_AI: "true" });
    expect(chooseMock(allowed, workflow, asked)).not.toBe("refused");
  });
});

describe("a run is on the mock from its start", () => {
  it.each<[string, object, WorkflowDefinition, true | undefined, boolean]>([
    ["when it asked for it", OPENAI, openai, true, true],
    [
      "when no other provider is named, and the service is on the mock",
      {},
      unnamed,
      undefined,
      true,
    ],
    ["when it has no models at all there", {}, none, undefined, true],
    ["not when a step names another", {}, openai, undefined, false],
    ["not when only a step is", OPENAI, mock, undefined, false],
    ["not when only a fallback is", OPENAI, fallback, undefined, false],
  ])("%s", (_what, more, workflow, asked, isCertain) => {
    expect(chooseMock(settings(more), workflow, asked)).toMatchObject({
      asked: asked === true ? { mode: "transient_error", seed: 7 } : null,
      named: { mode: "transient_error", steps: {}, seed: 7 },
      isCertain,
    });
  });
});
