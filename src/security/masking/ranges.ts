/** Places of a text that are replaced. */
export class Ranges {
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  /** One that overlaps those before it is joined with them, so that few are kept. */
  add(start: number, end: number): void {
    if (start >= end) return;
    let from = start;
    let to = end;
    for (;;) {
      const lastStart = this.#starts.at(-1);
      const lastEnd = this.#ends.at(-1);
      if (lastStart === undefined || lastEnd === undefined) break;
      if (from >= lastEnd || to <= lastStart) break;
      from = Math.min(from, lastStart);
      to = Math.max(to, lastEnd);
      this.#starts.pop();
      this.#ends.pop();
    }
    this.#starts.push(from);
    this.#ends.push(to);
  }

  get isEmpty(): boolean {
    return this.#starts.length === 0;
  }

  /** The text with `cover` in the place of each; those that overlap are one. */
  cover(text: string, cover: string): string {
    const found = this.#starts.map((start, index) => ({ start, end: this.#ends[index] ?? 0 }));
    found.sort((left, right) => left.start - right.start || right.end - left.end);
    const parts: string[] = [];
    let done = 0;
    let isFirst = true;
    for (const { start, end } of found) {
      if (isFirst || start >= done) parts.push(text.slice(done, start), cover);
      isFirst = false;
      done = Math.max(done, end);
    }
    parts.push(text.slice(done));
    return parts.join("");
  }
}
