/** `workflow doctor`: what is stuck, lagging or poisoned. */
import { examinationSchema, type Finding } from "#model/doctor.ts";
import type { z } from "zod";
import { createOperator } from "../backup/operator.ts";
import { ADDRESS_HELP, ADDRESS_OPTIONS } from "../following/address.ts";
import { readArguments } from "../terminal/arguments.ts";
import type { ExitCode } from "../terminal/command-error.ts";
import { printable } from "../terminal/printable.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Command } from "./command.ts";

const HELP = `Usage: workflow doctor [options]

Looks at every run that is under way and at those that failed in the last seven days, and at calls whose idempotency keys were never answered. Prints what is stuck, lagging or poisoned, one line each: the run, what was seen, and what to do. Takes a key with the scope admin.

  --fix              mends what can be mended
  --json             prints the findings as lines of JSON
${ADDRESS_HELP}

Exit codes: 0 nothing is left to do, 1 findings or refused, 2 wrong usage.`;

export const doctorCommand: Command = {
  name: "doctor",
  summary: "Looks for runs that are stuck, and mends them",
  help: HELP,
  run: examine,
};

type Examination = z.infer<typeof examinationSchema>;

async function examine(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values } = readArguments(args, {
    command: "doctor",
    options: {
      ...ADDRESS_OPTIONS,
      fix: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
    arguments: { min: 0, max: 0, name: "" },
  });
  const operator = createOperator("doctor", values, false);
  const count = { examined: 0, found: 0, left: 0 };
  let cursor: string | null = null;
  do {
    const json: object = { fix: values.fix, ...(cursor === null ? {} : { cursor }) };
    const page: Examination = await operator.ask("POST", "/v1/doctor", examinationSchema, { json });
    for (const finding of page.findings) {
      terminal.out(values.json ? JSON.stringify(finding) : lineOf(finding));
    }
    count.examined += page.examined;
    count.found += page.findings.length;
    count.left += page.findings.filter((finding) => !finding.is_mended).length;
    cursor = page.next_cursor;
  } while (cursor !== null);
  const mended = count.found - count.left;
  terminal.err(`${count.examined} runs looked at, ${count.left} findings left, ${mended} mended.`);
  return count.left === 0 ? 0 : 1;
}

function lineOf({ kind, run_id, seen, advice, is_mended }: Finding): string {
  const what = is_mended ? "mended" : "to do";
  return printable(`${kind} ${run_id ?? "-"}: ${seen} ${what}: ${advice}`);
}
