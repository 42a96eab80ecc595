/** A command of this repository as a person would run it: what it prints is shown, and returned. */
import { spawn } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { ROOT } from "#cli/paths.ts";

export interface Printed {
  code: number | null;
  /** Both streams, without colours. */
  printed: string;
}

/** Run by a shell in the root of the repository, with the installed programs on its path. */
export async function runShown(command: string): Promise<Printed> {
  console.log(`\n── ${command}`);
  const child = spawn("bash", ["-c", command], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      NO_COLOR: "1",
      PATH: `${ROOT}node_modules/.bin:${process.env["PATH"]}`,
    },
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
      process.stdout.write(chunk);
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { code, printed: stripVTControlCharacters(printed) };
}
