/** The faults of the self-test: each makes the service break a promise that the harness audits. */
import type { Edit } from "./build.ts";

export interface PlantedFault {
  name: string;
  edits: readonly Edit[];
}

export const PLANTED_FAULTS: readonly PlantedFault[] = [
  {
    // The outcome of an attempt that outlived its run counts as if it were the live one's.
    name: "stale attempt accepted",
    edits: [
      {
        file: "src/run/effects/runner.ts",
        original: "      if (live.isCanceled) {",
        replacement: "      if (live.attempt < 0) {",
      },
      {
        file: "src/engine/advance.ts",
        original: "  if (isLive(state, command.step_id, command.attempt)) {",
        replacement: "  if (command.attempt > 0) {",
      },
    ],
  },
  {
    name: "cursor moved before the batch",
    edits: [
      {
        file: "src/run/sinks/drain.ts",
        original: "      const delivery = await this.#sink.deliver(batch);",
        replacement:
          "      batch.confirm(batch.seq);\n      const delivery = await this.#sink.deliver(batch);",
      },
    ],
  },
  {
    name: "half-written group commit",
    edits: [
      {
        file: "src/projection/batch.ts",
        original:
          "  await db.batch([...countRuns(db, projections, Date.now()), ...projectRuns(db, projections)]);",
        replacement: `  const all = [...countRuns(db, projections, Date.now()), ...projectRuns(db, projections)];
  for (const one of all) await one.run();`,
      },
    ],
  },
  {
    name: "alarm not armed again",
    edits: [
      {
        file: "src/run/alarm/alarm.ts",
        original: "      if (this.#isDue(run)) void this.#set(Date.now() + WATCHDOG_MS);",
        replacement: "",
      },
      {
        file: "src/run/alarm/alarm.ts",
        original: "      await this.#rearm();\n",
        replacement: "",
      },
    ],
  },
];
