/** The files in `.github/`: GitHub ignores most mistakes in them without a word. */
import { existsSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { ROOT } from "../config/folders.ts";
import { LAYERS, REPORTS } from "../support/layers.ts";
import { readDocument } from "./document.ts";

const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readDocument("package.json")));

const stepSchema = z.object({
  name: z.string(),
  if: z.string().optional(),
  uses: z.string().optional(),
  run: z.string().optional(),
  with: z.record(z.string(), z.unknown()).default({}),
});
const workflowSchema = z.object({
  on: z.record(z.string(), z.unknown()),
  permissions: z.record(z.string(), z.string()),
  jobs: z.record(
    z.string(),
    z.object({
      "timeout-minutes": z.number(),
      permissions: z.record(z.string(), z.string()).optional(),
      strategy: z.object({ matrix: z.object({ node: z.array(z.number()) }) }).optional(),
      steps: z.array(stepSchema),
    }),
  ),
});

const names = readdirSync(`${ROOT}.github/workflows`);
const workflows = names.map((name) => {
  const text = readDocument(`.github/workflows/${name}`);
  const workflow = workflowSchema.parse(parse(text));
  return {
    name,
    text,
    workflow,
    steps: Object.values(workflow.jobs).flatMap(({ steps }) => steps),
  };
});

describe.each(workflows)("the workflow $name", ({ text, workflow, steps }) => {
  it("pins each action to a commit, with its version in a comment", () => {
    const uses = text.split("\n").filter((line) => /^\s*(?:- )?uses:/.test(line));
    expect(uses.length).toBe(steps.filter((step) => step.uses !== undefined).length);
    expect(uses.filter((line) => !/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([]);
  });

  it("leaves no token behind a checkout", () => {
    const checkouts = steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"));
    expect(checkouts.map((step) => step.with["persist-credentials"])).toEqual(
      checkouts.map(() => false),
    );
  });

  it("may read the contents of the repository, and nothing else", () => {
    expect(workflow.permissions).toEqual({ contents: "read" });
    expect(Object.values(workflow.jobs).map((job) => job.permissions)).toEqual(
      Object.values(workflow.jobs).map(() => undefined),
    );
  });

  it("ends a job that hangs", () => {
    const minutes = Object.values(workflow.jobs).map((job) => job["timeout-minutes"]);
    expect(minutes.filter((one) => one > 30)).toEqual([]);
  });

  it("does not run code of a fork with access to secrets", () => {
    expect(Object.keys(workflow.on)).not.toContain("pull_request_target");
    expect(Object.keys(workflow.on)).not.toContain("workflow_run");
  });

  it("puts nothing that the author of a pull request writes into a shell", () => {
    const commands = steps.flatMap(({ run }) => run ?? []);
    expect(commands.filter((command) => command.includes("${{"))).toEqual([]);
  });

  it("runs scripts of package.json and nothing else", () => {
    const commands = steps.flatMap(({ run }) => run ?? []);
    const unknown = commands.filter((command) => !isScript(command));
    expect(unknown).toEqual([]);
  });
});

function isScript(command: string): boolean {
  if (command === "npm ci") return true;
  const [, test, name = test ?? ""] =
    /^npm (?:(test)|run ([a-z-]+))(?: -- [a-z ]+)?$/.exec(command) ?? [];
  return Object.hasOwn(scripts, name);
}

describe("the workflow of CI", () => {
  const ci = workflows.find(({ name }) => name === "ci.yml");
  const steps = ci?.steps ?? [];
  const commandOf = (name: string) => steps.find((step) => step.name === name)?.run;

  it("has a step with a name for each part of the check", () => {
    expect(steps.flatMap((step) => (step.run === undefined ? [] : [step.name]))).toEqual([
      "Install",
      "Lint",
      "Type-check",
      "Tests",
      "API contract lint (Spectral)",
      "Security audit",
      "Build",
    ]);
  });

  it("runs every layer of npm test", () => {
    const [, inTests = ""] = /^npm test -- (.+)$/.exec(commandOf("Tests") ?? "") ?? [];
    const layers = new Map(LAYERS.map(({ name, command }) => [name, command.join(" ")]));
    const named = inTests.split(" ");
    expect(named.filter((name) => !layers.has(name))).toEqual([]);
    for (const name of named) layers.delete(name);
    const ownSteps = new Set(
      steps.map(({ run = "" }) => run.replace("npm run", "npm run --silent")),
    );
    expect([...layers.values()].filter((command) => !ownSteps.has(command))).toEqual([]);
  });

  it("runs on the oldest version of Node that package.json allows, and on the current one", () => {
    const { engines } = z
      .object({ engines: z.object({ node: z.string() }) })
      .parse(JSON.parse(readDocument("package.json")));
    const oldest = Number(/\d+/.exec(engines.node)?.[0]);
    const matrix = ci?.workflow.jobs["check"]?.strategy?.matrix.node;
    expect(matrix).toEqual([oldest, 24]);
  });

  it("keeps the reports of a run that failed", () => {
    const upload = steps.at(-1);
    expect(upload?.uses).toMatch(/^actions\/upload-artifact@/);
    expect(upload?.if).toBe("failure()");
    expect(`${ROOT}${String(upload?.with["path"])}`).toBe(`${REPORTS}/`);
  });
});

describe("forms of issues", () => {
  const forms = readdirSync(`${ROOT}.github/ISSUE_TEMPLATE`).filter(
    (name) => name !== "config.yml",
  );
  /** What GitHub takes; a form that is none of it is not offered. */
  const formSchema = z.strictObject({
    name: z.string(),
    description: z.string(),
    title: z.string(),
    labels: z.array(z.enum(["bug", "enhancement", "documentation"])),
    body: z.array(
      z.discriminatedUnion("type", [
        z.strictObject({
          type: z.literal("markdown"),
          attributes: z.strictObject({ value: z.string() }),
        }),
        z.strictObject({
          type: z.enum(["input", "textarea"]),
          id: z.string().regex(/^[a-z_-]+$/),
          attributes: z.strictObject({
            label: z.string(),
            description: z.string().optional(),
            placeholder: z.string().optional(),
            render: z.string().optional(),
          }),
          validations: z.strictObject({ required: z.boolean() }).optional(),
        }),
        z.strictObject({
          type: z.literal("dropdown"),
          id: z.string().regex(/^[a-z_-]+$/),
          attributes: z.strictObject({ label: z.string(), options: z.array(z.string()).min(1) }),
          validations: z.strictObject({ required: z.boolean() }).optional(),
        }),
        z.strictObject({
          type: z.literal("checkboxes"),
          id: z.string().regex(/^[a-z_-]+$/),
          attributes: z.strictObject({
            label: z.string(),
            options: z.array(z.strictObject({ label: z.string() })).min(1),
          }),
        }),
      ]),
    ),
  });

  it.each(forms)("%s is a form that GitHub accepts", (name) => {
    const form = formSchema.parse(parse(readDocument(`.github/ISSUE_TEMPLATE/${name}`)));
    const ids = form.body.flatMap((part) => ("id" in part ? [part.id] : []));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(0);
  });

  it("are the only way to open an issue", () => {
    expect(forms.length).toBeGreaterThan(0);
    expect(parse(readDocument(".github/ISSUE_TEMPLATE/config.yml"))).toEqual({
      blank_issues_enabled: false,
    });
  });

  it("send the reporter of a weakness to SECURITY.md before anything is typed", () => {
    const [first] = formSchema.parse(parse(readDocument(".github/ISSUE_TEMPLATE/bug.yml"))).body;
    expect(first?.type === "markdown" && first.attributes.value).toContain("SECURITY.md");
    expect(existsSync(`${ROOT}SECURITY.md`)).toBe(true);
  });
});

describe("CODEOWNERS", () => {
  const lines = readDocument(".github/CODEOWNERS")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(/\s+/));

  it("names an owner for everything first", () => {
    expect(lines[0]?.[0]).toBe("*");
    expect(lines.filter(([, ...owners]) => owners.length === 0)).toEqual([]);
    expect(
      lines.flat().filter((word) => word.startsWith("@") && !/^@[\w-]+\/[\w-]+$/.test(word)),
    ).toEqual([]);
  });

  it("names only files and folders that exist", () => {
    const paths = lines.slice(1).map(([path = ""]) => path);
    expect(paths.filter((path) => !path.startsWith("/") || !existsSync(`${ROOT}.${path}`))).toEqual(
      [],
    );
  });
});
