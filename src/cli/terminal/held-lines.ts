/**
 * What wrangler prints, as `npm start` shows it. Until the service is ready its lines are held
 * back: the table of bindings and the requests of the seeds say nothing to whoever starts a copy,
 * unless the start fails. A resume link is a key, so none is shown: a terminal is copied from,
 * recorded and shown to others.
 */
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { hideResumeLinks } from "./hide-resume-links.ts";

export class HeldLines {
  #held: { line: string; to: Writable }[] | null = [];

  /** Lines of `from` go to `to`, each at once or when the held ones are shown. */
  read(from: Readable, to: Writable): void {
    createInterface({ input: from }).on("line", (text) => {
      const line = hideResumeLinks(text);
      if (this.#held) this.#held.push({ line, to });
      else to.write(`${line}\n`);
    });
  }

  /** The start has succeeded: from now on lines are shown as they come, those so far never. */
  forget(): void {
    this.#held = null;
  }

  /** The start has failed: shows what was held back, and from now on lines as they come. */
  show(): void {
    for (const { line, to } of this.#held ?? []) to.write(`${line}\n`);
    this.#held = null;
  }
}
