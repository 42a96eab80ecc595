/**
 * Wrangler's output, as `npm start` shows it. Until the service is ready its lines are held back:
 * the table of bindings and the requests of the seeds do not help, unless the start fails. A resume
 * link is a credential, so none is shown: people copy, record and share terminals.
 */
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { hideResumeLinks } from "./hide-resume-links.ts";

export class HeldLines {
  #held: { line: string; to: Writable }[] | null = [];

  /** Sends lines of `from` to `to`, at once or when the held ones are shown. */
  read(from: Readable, to: Writable): void {
    createInterface({ input: from }).on("line", (text) => {
      const line = hideResumeLinks(text);
      if (this.#held) this.#held.push({ line, to });
      else to.write(`${line}\n`);
    });
  }

  /** The start succeeded: later lines are shown as they come, the held ones never. */
  forget(): void {
    this.#held = null;
  }

  /** The start failed: shows the held lines, and later ones as they come. */
  show(): void {
    for (const { line, to } of this.#held ?? []) to.write(`${line}\n`);
    this.#held = null;
  }
}
