import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { templateBodySchema, TEMPLATE_ID_PATTERN } from "#model/template.ts";
import { parseTemplate, renderTemplate, templateReferences } from "#template/template.ts";
import { lines, mustDefine, readYaml } from "./reading.ts";
import { seedTemplates } from "#cli/seed.ts";
import { seedNames, seedText } from "./seeds.ts";

describe("every seed workflow", () => {
  const templateIds = new Set(seedNames("templates").map((name) => template(name).id));

  test.each(seedNames("workflows"))("%s is sound, down to the warnings", (name) => {
    const templates = seedTemplates();
    const facts = { allowHttpHosts: [], templateIds, templates, providers: new Set(["mock"]) };
    const result = readYaml(seedText(`workflows/${name}.yaml`), facts);
    expect(lines(result)).toEqual([]);
    expect(mustDefine(result).id).toBe(name);
  });

  test("there are seven, and each says at the top what it does", () => {
    const names = seedNames("workflows");
    expect(names).toHaveLength(7);
    for (const name of names) expect(seedText(`workflows/${name}.yaml`)).toMatch(/^# \S/);
  });
});

describe("the seed workflow", () => {
  const result = readYaml(seedText("workflows/content_draft_flow.yaml"));

  test("is sound, down to the warnings", () => {
    expect(lines(result)).toEqual([]);
  });

  test("has the ids that the scenarios and the load test name", () => {
    const { id, name, start_step, steps } = mustDefine(result);

    expect({ id, name, start_step }).toEqual({
      id: "content_draft_flow",
      name: "Content Draft Flow",
      start_step: "form",
    });
    expect(steps.map((step) => [step.id, step.type, step.next])).toEqual([
      ["form", "form", "generate"],
      ["generate", "ai_generate", "approval"],
      ["approval", "approval", null],
    ]);
  });

  test("tells the reader at the top what it does", () => {
    expect(seedText("workflows/content_draft_flow.yaml").split("\n")[0]).toMatch(
      /^# Content Draft Flow/,
    );
  });
});

interface Seed {
  id: string;
  prompt: string;
  system?: string;
  description?: string;
}

const template = (id: string): Seed => parse(seedText(`templates/${id}.yaml`)) as Seed;

function render(id: string, values: Record<string, string>): string {
  const parsed = parseTemplate(template(id).prompt);
  if (!parsed.ok) throw new Error(parsed.error.message);
  const rendered = renderTemplate(
    parsed.value,
    (path) => values[path] ?? "",
    (text) => text,
  );
  if (!rendered.ok) throw new Error(rendered.error);
  return rendered.value;
}

describe("the seed templates", () => {
  test.each(seedNames("templates"))("%s can be stored", (name) => {
    const { id, ...body } = template(name);

    expect(id).toBe(name);
    expect(id).toMatch(TEMPLATE_ID_PATTERN);
    expect(templateBodySchema.parse(body)).toEqual(body);
    expect(parseTemplate(body.system ?? "").ok).toBe(true);
  });

  test.each([
    ["content_v1", ["topic", "audience"]],
    ["email_v1", ["topic", "recipient"]],
  ])("%s reads %j", (name, names) => {
    const parsed = parseTemplate(template(name).prompt);

    expect(parsed.ok && templateReferences(parsed.value)).toEqual(names);
  });

  test("content_v1 says what to write about and for whom", () => {
    expect(render("content_v1", { topic: "Launch", audience: "SMB" })).toContain(
      "Topic: Launch\nAudience: SMB\n",
    );
  });

  test("email_v1 does without a recipient", () => {
    expect(render("email_v1", { topic: "Launch", recipient: "Ada" })).toContain("Recipient: Ada\n");
    expect(render("email_v1", { topic: "Launch" })).not.toContain("Recipient:");
    expect(render("email_v1", { topic: "Launch" })).toContain("recipient is not known");
  });
});
