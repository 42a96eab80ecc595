/**
 * The address of the local copy, for commands in another shell: `npm start` writes it beside its
 * state. The file stays when the copy stops; the next start replaces it, and until then the old
 * address is the best guess.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { stateDir } from "./paths.ts";

const noteSchema = z.object({ url: z.url({ protocol: /^http$/ }), dev_vars: z.string() });

export interface LocalService {
  url: string;
  /** The file with its settings, including a key. */
  devVars: string;
}

export function noteLocalService({ url, devVars }: LocalService): void {
  mkdirSync(stateDir(), { recursive: true });
  writeFileSync(notePath(), `${JSON.stringify({ url, dev_vars: devVars })}\n`);
}

/** Null when no copy was started with this state, or the file cannot be read. */
export function findLocalService(): LocalService | null {
  if (!existsSync(notePath())) return null;
  const note = noteSchema.safeParse(parseJson(readFileSync(notePath(), "utf8")));
  return note.success ? { url: note.data.url, devVars: note.data.dev_vars } : null;
}

function notePath(): string {
  return `${stateDir()}/service.json`;
}

/** undefined when it is not JSON: an incomplete file is ignored. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
