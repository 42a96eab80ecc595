/**
 * Where the local copy was started, for commands called in another shell: `npm start` notes it
 * beside the state that it serves. The note stays when the copy stops; its next start writes it
 * again, and until then the address is where it would be looked for.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { stateDir } from "./paths.ts";

const noteSchema = z.object({ url: z.url({ protocol: /^http$/ }), dev_vars: z.string() });

export interface LocalService {
  url: string;
  /** The file with its settings, a key among them. */
  devVars: string;
}

export function noteLocalService({ url, devVars }: LocalService): void {
  mkdirSync(stateDir(), { recursive: true });
  writeFileSync(notePath(), `${JSON.stringify({ url, dev_vars: devVars })}\n`);
}

/** Null when none was started with this state, or the note cannot be read. */
export function findLocalService(): LocalService | null {
  if (!existsSync(notePath())) return null;
  const note = noteSchema.safeParse(parseJson(readFileSync(notePath(), "utf8")));
  return note.success ? { url: note.data.url, devVars: note.data.dev_vars } : null;
}

function notePath(): string {
  return `${stateDir()}/service.json`;
}

/** undefined when it is not JSON: a note that was cut off is none. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
