/**
 * Writing a file so that nobody ever sees half of it: into a new file beside it, which then takes
 * its name. What is there already is kept unless it may be overwritten.
 */
import { randomUUID } from "node:crypto";
import { readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { CommandError } from "../terminal/command-error.ts";
import { reasonOf } from "./source-file.ts";

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "its folder does not exist",
  ENOTDIR: "its folder is a file",
  EISDIR: "it is a folder",
  EACCES: "writing it is not allowed",
  EPERM: "writing it is not allowed",
  EROFS: "writing it is not allowed",
  ENOSPC: "there is no room left",
};

/** False when the file already held just this. Why it could not be written is a usage error. */
export async function replaceFile(
  path: string,
  text: string,
  { mayOverwrite }: { mayOverwrite: boolean },
): Promise<boolean> {
  try {
    const target = await realpath(path).catch(absent);
    const present = target === null ? null : await readFile(target, "utf8");
    if (present === text) return false;
    if (present !== null && !mayOverwrite) {
      const message = `${path} is there already and holds something else.`;
      throw new CommandError(2, message, "Name another file, or give --overwrite.");
    }
    await writeBeside(target ?? path, text);
    return true;
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(2, `${path} cannot be written: ${reasonOf(error, REASONS)}.`);
  }
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT") return null;
  throw error;
}

async function writeBeside(path: string, text: string): Promise<void> {
  const beside = `${path}.${randomUUID()}.tmp`;
  const mode = await stat(path).then((found) => found.mode, absent);
  try {
    await writeFile(beside, text, { flag: "wx", ...(mode === null ? {} : { mode }) });
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
