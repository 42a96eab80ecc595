/**
 * Seeds workflows and templates through the API, like a user. Existing ones are left alone, so that
 * a changed or hidden seed stays so.
 */
import { readdirSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import { diagnosticSchema } from "#model/diagnostic.ts";
import { templateBodySchema } from "#model/template.ts";

const SEEDS = new URL("seeds/", import.meta.url);

export interface Service {
  url: string;
  key: string;
}

/** One line for each seed: the result. */
export async function seed(service: Service): Promise<string[]> {
  const lines: string[] = [];
  for (const file of yamlFiles("templates/")) lines.push(await seedTemplate(service, file));
  for (const file of yamlFiles("workflows/")) lines.push(await seedWorkflow(service, file));
  return lines;
}

const withIdSchema = z.looseObject({ id: z.string() });
const templateFileSchema = templateBodySchema.extend({ id: z.string() });

/** The original texts of the example templates by id. */
export function seedTemplates(): Map<string, { system?: string; prompt: string }> {
  return new Map(
    yamlFiles("templates/").map((file) => {
      const { id, system, prompt } = templateFileSchema.parse(parse(readFileSync(file, "utf8")));
      return [id, { prompt, ...(system === undefined ? {} : { system }) }];
    }),
  );
}

/** Ids of the seed workflows. */
export function seedWorkflowIds(): string[] {
  return yamlFiles("workflows/").map(
    (file) => withIdSchema.parse(parse(readFileSync(file, "utf8"))).id,
  );
}

async function seedTemplate(service: Service, file: URL): Promise<string> {
  const { id, ...body } = withIdSchema.parse(parse(readFileSync(file, "utf8")));
  const known = await call(service, "GET", `/v1/templates/${id}`);
  if (known.status === 200) return `template ${id}: already exists`;
  await expectOk(
    call(service, "PUT", `/v1/templates/${id}`, "application/json", JSON.stringify(body)),
  );
  return `template ${id}: created`;
}

async function seedWorkflow(service: Service, file: URL): Promise<string> {
  const text = readFileSync(file, "utf8");
  const { id } = withIdSchema.parse(parse(text));
  const known = await call(service, "GET", `/v1/workflows/${id}/versions`);
  if (known.status === 200) return `workflow ${id}: already exists`;
  const stored = await expectOk(call(service, "POST", "/v1/workflows", "application/yaml", text));
  return [`workflow ${id}: created`, ...warningsIn(await stored.json())].join("\n");
}

function yamlFiles(folder: string): URL[] {
  const base = new URL(folder, SEEDS);
  return readdirSync(base)
    .filter((name) => name.endsWith(".yaml"))
    .toSorted()
    .map((name) => new URL(name, base));
}

function call(
  { url, key }: Service,
  method: string,
  path: string,
  type?: string,
  body?: string,
): Promise<Response> {
  return fetch(new URL(path, url), {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(type === undefined ? {} : { "content-type": type }),
    },
    ...(body === undefined ? {} : { body }),
  });
}

const storedSchema = z.object({ diagnostics: z.array(diagnosticSchema).default([]) });

/** Without hints: they are for authors of a workflow, and here only warnings matter. */
function warningsIn(stored: unknown): string[] {
  return storedSchema
    .parse(stored)
    .diagnostics.filter(({ severity }) => severity !== "hint")
    .map(({ severity, code, pointer, message }) => `  ${severity} ${code} ${pointer}: ${message}`);
}

async function expectOk(answer: Promise<Response>): Promise<Response> {
  const response = await answer;
  if (!response.ok)
    throw new Error(`${response.url} answered ${response.status}: ${await response.text()}`);
  return response;
}
