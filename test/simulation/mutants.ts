/**
 * Slips in the code under test by which the simulation shows that it finds such things. Each is one
 * place of one file, replaced while the module is loaded.
 */
export interface Mutant {
  name: string;
  edits: readonly Edit[];
}

export interface Edit {
  /** Path from the root of the repository. */
  file: string;
  original: string;
  replacement: string;
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: "alarm-not-armed-again",
    edits: [
      {
        file: "src/run/alarm/alarm.ts",
        original: 'const at = run && this.#next(run, "request");',
        replacement: "const at: number | null = null;",
      },
    ],
  },
  {
    name: "cursor-before-batch",
    edits: [
      {
        file: "src/run/sinks/projection-sink.ts",
        original: "this.#lines.write(batch);",
        replacement: "this.#lines.write(batch); batch.confirm(batch.seq);",
      },
    ],
  },
  {
    // Only an attempt that was canceled can come too late, so both checks of it are left out.
    name: "stale-attempt-accepted",
    edits: [
      {
        file: "src/engine/advance.ts",
        original: "if (isLive(state, command.step_id, command.attempt)) {",
        replacement: "if (begun.attempt >= command.attempt) {",
      },
      {
        file: "src/run/effects/runner.ts",
        original: "if (live.isCanceled) {",
        replacement: "if (live.signal.aborted) {",
      },
    ],
  },
  {
    name: "intent-after-effect",
    edits: [
      {
        file: "src/run/effects/runner.ts",
        original: "    this.#store.writeCarry({ stepId: step.id, attempt, entries });\n",
        replacement: "",
      },
      {
        file: "src/run/effects/runner.ts",
        original: "      this.#close(live);\n      if (live.isCanceled) {",
        replacement: `      const { attempt: number } = live;
      this.#store.writeCarry({ stepId: step.id, attempt: number, entries: 1 });
      this.#close(live);
      if (live.isCanceled) {`,
      },
    ],
  },
  {
    name: "key-not-stored",
    edits: [
      {
        file: "src/run/store.ts",
        original: "if (key) this.#put(KEY + key.name, key.fingerprint);",
        replacement: "",
      },
    ],
  },
  {
    name: "older-row-wins",
    edits: [
      {
        file: "src/db/run-projection.ts",
        original: "WHERE excluded.seq > runs.seq`",
        replacement: "`",
      },
    ],
  },
  {
    name: "counted-at-each-try",
    edits: [
      {
        file: "src/projection/counters.ts",
        original: "    WHERE event.value ->> '$.seq' > fresh.known\n",
        replacement: "",
      },
    ],
  },
  {
    name: "half-written-group",
    edits: [
      {
        file: "src/projection/batch.ts",
        original: "...projectRuns(db, projections)]",
        replacement: "...projectRuns(db, projections.slice(0, 1))]",
      },
    ],
  },
];
