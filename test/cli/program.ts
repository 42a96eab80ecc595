/**
 * The program with its outputs caught: in this process, which is quick, or as a shell runs it, in a
 * process of its own.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { runProgram } from "#cli/commands/program.ts";
import { withoutColours } from "#cli/terminal/terminal.ts";

const PROGRAM = fileURLToPath(new URL("../../src/cli/workflow.ts", import.meta.url));

export interface Outcome {
  code: number | null;
  out: string;
  err: string;
}

/** In this process. It sees the folder, the environment and the standard input of the tests. */
export async function callProgram(args: readonly string[]): Promise<Outcome> {
  let out = "";
  let err = "";
  const code = await runProgram(args, {
    out: (text) => (out += `${text}\n`),
    err: (text) => (err += `${text}\n`),
    paintOut: withoutColours,
    paintErr: withoutColours,
  });
  return { code, out, err };
}

export interface Surroundings {
  /** Over the environment of the tests; undefined takes a name away. */
  env?: Record<string, string | undefined>;
  stdin?: string;
  /** Its output is not read, as after `head`. */
  isReaderGone?: boolean;
}

export function spawnProgram(
  args: readonly string[],
  { env = {}, stdin = "", isReaderGone = false }: Surroundings = {},
): Promise<Outcome> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { ...process.env, FORCE_COLOR: undefined, npm_command: undefined, ...env },
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  if (isReaderGone) child.stdout.destroy();
  child.stdin.end(stdin);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, out, err }));
  });
}

/** A folder with these files in it. */
export class Folder {
  readonly path = mkdtempSync(`${tmpdir()}/workflow-cli-`);

  constructor(files: Record<string, string | Uint8Array>) {
    for (const [name, content] of Object.entries(files)) this.write(name, content);
  }

  write(name: string, content: string | Uint8Array): void {
    writeFileSync(`${this.path}/${name}`, content);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
