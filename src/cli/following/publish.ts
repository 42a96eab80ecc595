/** Publishes the workflow in a file: as a new one, a new version, or unchanged. */
import { parse } from "yaml";
import { z } from "zod";
import type { Diagnostic } from "#model/diagnostic.ts";
import { diagnosticSchema } from "#model/diagnostic.ts";
import type { ProblemCode } from "#model/problem.ts";
import { isError } from "#model/severity.ts";
import { idFromName } from "#workflow/identity.ts";
import { findingText, textReport } from "../report/text.ts";
import { type CheckedFile, checkFile, withPlaces } from "../source/check-file.ts";
import type { SourceFile } from "../source/source-file.ts";
import { CommandError } from "../terminal/command-error.ts";
import type { Paint } from "../terminal/terminal.ts";
import { type Answer, type ApiClient, type Body, readBody } from "./api-client.ts";

export interface Published {
  id: string;
  version: number;
  /** False when the service already had this definition. */
  isNew: boolean;
  /** Warnings and hints of the service about the file, as text. */
  findings: string[];
}

const storedSchema = z.object({
  id: z.string(),
  version: z.number(),
  diagnostics: z.array(diagnosticSchema).optional(),
});
/** The allow-list is a setting of the service, which checks it itself. */
const SAID_BY_SERVICE = "url_not_allowed";
const NO_HOSTS = { allowHttpHosts: [] };
/** Adds places in JSON to the findings of the service. */
const NOTHING_KNOWN = { ...NO_HOSTS, templateIds: new Set<string>() };

/** Sends nothing if this program finds errors; findings end the command (exit code 1). */
export async function publish(
  client: ApiClient,
  source: SourceFile,
  paint: Paint,
): Promise<Published> {
  const checked = withoutSettings(checkFile(source, NO_HOSTS));
  if (checked.diagnostics.some(isError)) {
    throw new CommandError(1, textReport([checked], paint));
  }
  const body: Body = { type: `application/${source.format}`, text: source.text };
  const posted = await client.send("POST", "/v1/workflows", { body });
  const isKnown = hasCode(posted, "workflow_exists");
  const answer = isKnown
    ? await client.send("PUT", `/v1/workflows/${idOf(checked)}`, { body })
    : posted;
  if (answer.kind === "problem" && answer.problem.errors && hasCode(answer, "invalid_workflow")) {
    throw new CommandError(1, inWords(answer.problem.errors, source, paint).join("\n\n"));
  }
  const { id, version, diagnostics = [] } = readBody(answer, client, storedSchema);
  const isNew = isKnown || (answer.kind === "ok" && answer.status === 201);
  return { id, version, isNew, findings: inWords(diagnostics, source, paint) };
}

function inWords(found: readonly Diagnostic[], source: SourceFile, paint: Paint): string[] {
  const placed = withPlaces(found, source.text, NOTHING_KNOWN);
  return placed.map((one) => findingText(source, one, paint));
}

function withoutSettings(checked: CheckedFile): CheckedFile {
  const diagnostics = checked.diagnostics.filter(({ code }) => code !== SAID_BY_SERVICE);
  return { ...checked, diagnostics };
}

function hasCode(answer: Answer, code: ProblemCode): boolean {
  return answer.kind === "problem" && answer.problem.code === code;
}

const namedSchema = z.object({ id: z.string().optional(), name: z.string() });

/** The id of a workflow without errors; it has no definition when its addresses are not allowed. */
function idOf({ definition, source }: CheckedFile): string {
  if (definition !== null) return definition.id;
  const { id, name } = namedSchema.parse(parse(source.text));
  return id ?? idFromName(name) ?? "";
}
