/** What a run object does once, although several need its result. */
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Command } from "#engine/command.ts";
import { isJsonObject } from "#model/json.ts";
import { MASK_TEXT } from "#model/mask-text.ts";
import { Deployment } from "#ports/deployment.ts";
import { Work } from "#model/work.ts";
import { now, resumeCommand, startCommand } from "#run/commands.ts";
import { LoadedRun } from "#run/loaded-run.ts";
import { api, conditional, definition, form } from "../support/definitions.ts";
import { bindings, eventually, objectOf, projected, readRun, startRecord } from "./support/runs.ts";

afterEach(() => vi.restoreAllMocks());

/** The values that are serialised from now on, those inside others not counted. */
function serialised(): unknown[] {
  const values: unknown[] = [];
  const { stringify } = JSON;
  vi.spyOn(JSON, "stringify").mockImplementation((...args: Parameters<typeof stringify>) => {
    values.push(args[0]);
    return stringify(...args);
  });
  return values;
}

function carryOut(run: LoadedRun, command: Command): void {
  const result = run.plan(command);
  if (!result.ok) throw new Error(result.refusal.reason);
  run.accept(result.plan);
}

describe("an output is serialised once", () => {
  test("of an API: to measure it, and to store that text", async () => {
    const body = { order: "o-1" };
    vi.spyOn(globalThis, "fetch").mockImplementation(async () => Response.json(body));
    const values = serialised();
    const record = startRecord(definition([api("call")]));
    await objectOf(record.runId).start({ record, waitMs: 5_000 });
    await eventually(
      () => readRun(record.runId),
      ({ status }) => status === "completed",
    );
    const { steps } = await projected(record.runId);
    expect(steps[0]).toMatchObject({ output: expect.stringContaining('"order":"o-1"') as unknown });
    const outputs = values.filter((value) => isJsonObject(value) && value["status"] === 200);
    expect(outputs).toEqual([expect.objectContaining({ body })]);
  });

  test("of a form: to see whether it fits, and to store that text", () => {
    const run = new LoadedRun(startRecord(definition([form("ask")])), null);
    carryOut(run, startCommand(run.start));
    const values = serialised();
    const inputs = { topic: "Launch" };
    const asked = resumeCommand(run, {
      key: null,
      workflowScope: null,
      caller: { id: "dev" },
      answer: { kind: "inputs", inputs },
      waitMs: 0,
    });
    if (!asked.ok) throw new Error(asked.problem.detail);
    const result = run.plan(asked.command);
    expect(values.filter((value) => isJsonObject(value) && "topic" in value)).toHaveLength(1);
    if (!result.ok) throw new Error(result.refusal.reason);
    expect(JSON.parse(result.plan.commit.outputs["ask"] ?? "")).toMatchObject(inputs);
  });

  test("of a rule, which no executor measures", () => {
    const run = new LoadedRun(startRecord(definition([conditional("decide")])), null);
    const values = serialised();
    carryOut(run, startCommand(run.start));
    expect(values.filter((value) => isJsonObject(value) && "trace" in value)).toHaveLength(1);
  });
});

describe("the mask is made once", () => {
  const field = { key: "secret", type: "string", required: true, sensitive: true } as const;
  const workflow = definition([form("ask", { config: { fields: [field] } })]);

  test("until something is answered, which it then masks", () => {
    const run = new LoadedRun(startRecord(workflow), null);
    carryOut(run, startCommand(run.start));
    const first = run.masking;
    expect(run.masking).toBe(first);
    expect(first.within(Work.ofRequest()).text("It is Sunflower.")).toBe("It is Sunflower.");
    const at = now(run);
    const by = { id: "dev" };
    carryOut(run, { kind: "answer", at, by, output: { secret: "Sunflower" } });
    expect(run.masking).not.toBe(first);
    expect(run.masking.within(Work.ofRequest()).text("It is Sunflower.")).toBe(
      `It is ${MASK_TEXT}.`,
    );
  });
});

describe("the deployment is read once", () => {
  test("providers, the egress door and the reader of secrets are the same for all attempts", () => {
    const deployment = new Deployment(bindings);
    const { outside } = deployment;
    expect(deployment.outside).toBe(outside);
    expect(Object.keys(outside).toSorted()).toEqual(["callExternal", "providers", "secrets"]);
  });

  test("without settings that can be read, the reason is known and nothing is made", () => {
    const broken = { ...bindings, OTEL_TRACES_SAMPLER_ARG: "a half" };
    const deployment = new Deployment(broken);
    expect(deployment.settingsProblem).toContain("OTEL_TRACES_SAMPLER_ARG");
    expect(deployment.settings).toBeNull();
    expect(() => deployment.outside).toThrow("settings: ");
    expect(() => deployment.serverSecrets).toThrow("settings: ");
  });
});
