/**
 * Writes a file atomically: into a new file beside it, which is then renamed. An existing file is
 * kept unless it may be overwritten.
 */
import { randomUUID } from "node:crypto";
import { readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { CommandError } from "../terminal/command-error.ts";
import { reasonOf } from "./source-file.ts";

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "its folder does not exist",
  ENOTDIR: "its folder is a file",
  EISDIR: "it is a folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "permission denied",
  ENOSPC: "the disk is full",
};

/** False when the file already had this content. A file that cannot be written is a usage error. */
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
      const message = `${path} already exists with different content.`;
      throw new CommandError(2, message, "Choose another file, or use --overwrite.");
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
