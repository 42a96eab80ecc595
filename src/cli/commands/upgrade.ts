/**
 * `workflow upgrade`: converts a file of format 0.1 to format 0.2, and reports everything that is
 * lost.
 */
import type { Diagnostic } from "#model/diagnostic.ts";
import type { WorkflowDefinition } from "#model/workflow.ts";
import { type Facts, readWorkflow } from "#workflow/read.ts";
import { upgradeWorkflow, type UpgradeResult } from "#workflow/upgrade/upgrade.ts";
import { proofText } from "../proving/proof-text.ts";
import { proveUpgrade } from "../proving/prove.ts";
import { findingText } from "../report/text.ts";
import { replaceFile } from "../source/replace-file.ts";
import { readSourceFile, type SourceFile } from "../source/source-file.ts";
import { readArguments, usageError } from "../terminal/arguments.ts";
import type { ExitCode } from "../terminal/command-error.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Command } from "./command.ts";

const HELP = `Usage: workflow upgrade [--from 0.1] [--to 0.2] --in FILE [--out FILE]

Converts a workflow of format 0.1 to format 0.2. Comments, blank lines and the order of keys are kept. Keys without a counterpart are shown with their place, and then nothing is written.

  --from VERSION             the format of the file (0.1)
  --to VERSION the target format (0.2)
  --in FILE the file to read; - is standard input
  --out FILE the file to write; - or without it: standard output
  --force                    writes even if a key has no counterpart, which is kept under x-unmapped, or the result has errors
  --overwrite                replaces an existing file with different content
  --prove                    runs the old and the new file on the mock provider with many inputs and compares them; if they differ, the differences are shown and nothing is written
  --allow-http HOST:PORT,…   what an api_call may reach by http or in a private network, for checking the result

docs/upgrading.md has the table of all changes. Exit codes: 0 upgraded, or already of format 0.2; 1 findings; 2 wrong usage or a file that cannot
be read or written.`;

export const upgradeCommand: Command = {
  name: "upgrade",
  summary: "Converts a workflow of format 0.1 to 0.2",
  help: HELP,
  run: upgrade,
};

interface Job {
  source: SourceFile;
  /** Null for standard output. */
  out: string | null;
  isForced: boolean;
  mayOverwrite: boolean;
  isProved: boolean;
  facts: Facts;
  terminal: Terminal;
}

async function upgrade(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values } = readArguments(args, {
    command: "upgrade",
    options: {
      from: { type: "string", default: "0.1" },
      to: { type: "string", default: "0.2" },
      in: { type: "string" },
      out: { type: "string", default: "-" },
      force: { type: "boolean", default: false },
      overwrite: { type: "boolean", default: false },
      prove: { type: "boolean", default: false },
      "allow-http": { type: "string", default: "" },
    },
    arguments: { min: 0, max: 0, name: "" },
  });
  if (values.from !== "0.1" || values.to !== "0.2") {
    const asked = `from ${JSON.stringify(values.from)} to ${JSON.stringify(values.to)}`;
    throw usageError("upgrade", `There is no upgrade ${asked}; there is one from 0.1 to 0.2.`);
  }
  if (values.in === undefined) throw usageError("upgrade", "--in is missing.");
  const job: Job = {
    source: await readSourceFile(values.in, { keepsMark: true }),
    out: values.out === "-" ? null : values.out,
    isForced: values.force,
    mayOverwrite: values.overwrite,
    isProved: values.prove,
    facts: { allowHttpHosts: listOf(values["allow-http"]) },
    terminal,
  };
  return settle(job, upgradeWorkflow(job.source.text));
}

function listOf(text: string): string[] {
  const items = text.split(",").map((item) => item.trim());
  return items.filter((item) => item !== "");
}

async function settle(job: Job, result: UpgradeResult): Promise<ExitCode> {
  const { source, isForced, terminal } = job;
  switch (result.outcome) {
    case "current":
      terminal.err(`${source.name} is already of format 0.2; nothing was changed.`);
      await write(job, source.text);
      return 0;
    case "refused":
      show(job, source, result.diagnostics);
      terminal.err(`\nNothing was written: ${source.name} cannot be upgraded as it is.`);
      return 1;
    case "upgraded": {
      const { unmapped } = result;
      if (unmapped.length === 0 || isForced) return finish(job, result);
      show(job, source, unmapped);
      const keeps = "with --force it is kept under x-unmapped";
      terminal.err(`\nNothing was written. Fix the keys without a counterpart; ${keeps}.`);
      return 1;
    }
  }
}

type Upgraded = Extract<UpgradeResult, { outcome: "upgraded" }>;

/** Checks the result, and writes it when it is valid or `--force` is set. */
async function finish(job: Job, { text, unmapped, unnamed }: Upgraded): Promise<ExitCode> {
  const { source, isForced, terminal } = job;
  const result = { name: job.out ?? "stdout", text };
  const { definition, diagnostics } = readWorkflow({ format: "yaml", text }, job.facts);
  show(
    job,
    source,
    unmapped.map((finding) => ({ ...finding, severity: "warning" })),
  );
  // Hints are not about the format.
  show(
    job,
    result,
    diagnostics.filter(({ severity }) => severity !== "hint"),
  );
  const isSound = definition !== null;
  if (!isSound && !isForced) {
    terminal.err(`\nNothing was written: the result, as shown, has errors. --force writes it.`);
    return 1;
  }
  if (unnamed.length > 0) {
    terminal.err(`These have no title and are named by their id: ${unnamed.join(", ")}.`);
  }
  const isProved = await prove(job, definition);
  if (!isProved && !isForced) {
    terminal.err("\nNothing was written: it is not proved that the result means the same.");
    return 1;
  }
  await write(job, text);
  return isSound && isProved ? 0 : 1;
}

/** Also true when no proof was requested. */
async function prove(job: Job, definition: WorkflowDefinition | null): Promise<boolean> {
  const { source, isProved, terminal } = job;
  if (!isProved || definition === null) return !isProved;
  const proof = await proveUpgrade(source.text, definition);
  terminal.err(proofText(proof, source.name));
  return proof.outcome === "equal";
}

function show(
  { terminal }: Job,
  { name, text }: { name: string; text: string },
  findings: readonly Diagnostic[],
): void {
  const source = { name, text: text.replace(/^\uFEFF/, "") };
  for (const finding of findings) terminal.err(findingText(source, finding, terminal.paintErr));
}

async function write({ out, mayOverwrite, terminal }: Job, text: string): Promise<void> {
  if (out === null) {
    // `out` adds a line end.
    terminal.out(text.replace(/\n$/, ""));
    return;
  }
  const isWritten = await replaceFile(out, text, { mayOverwrite });
  terminal.err(isWritten ? `Wrote ${out}.` : `${out} already has this content.`);
}
