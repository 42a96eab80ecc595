/**
 * Whether copied rows are a whole run: judged before a restore accepts them. A run that cannot be
 * folded would be refused by each request and each alarm from then on.
 *
 * 1. Every event fits the schema of the log, and they are 1, 2, 3 … of this run, without gaps.
 * 2. Folding the log from empty says all that folding its tail over the snapshot does.
 * 3. The start record is of this run, and every step that completed has its output.
 */
import { applyEvent, foldLog } from "#engine/fold.ts";
import type { RunState } from "#engine/state.ts";
import { eventSchema } from "#model/event-schemas.ts";
import type { RunEvent } from "#model/event.ts";
import type { JsonText } from "#model/json-text.ts";
import { parseJsonText } from "#model/json-text.ts";
import type { StartRecord } from "#model/start-record.ts";
import type { StoredRow } from "./pieces.ts";

/** What is wrong with a copy; the message names the place, and quotes nothing of the run. */
export class BrokenCopy extends Error {
  override readonly name = "BrokenCopy";
}

const OUTPUT = "output:";

/** Passes the rows on, and throws at the first that does not fit, or at the end. */
export function* checkedRows(runId: string, rows: Iterable<StoredRow>): Generator<StoredRow> {
  const docs = new Map<string, string>();
  const outputs = new Set<string>();
  const later: RunEvent[] = [];
  let state: RunState | null = null;
  let snapshot: RunState | null = null;
  for (const row of rows) {
    if (row[0] === "doc") {
      const [, name, text] = row;
      if (name.startsWith(OUTPUT)) outputs.add(name.slice(OUTPUT.length));
      if (name === "start" || name === "snapshot") docs.set(name, text);
      if (name === "snapshot") snapshot = parseStored<RunState>(name, text);
    } else {
      for (const event of eventsOf(runId, row[2], state?.seq ?? 0, row[1])) {
        state = fold(state, event);
        if (event.seq > (snapshot?.seq ?? 0)) later.push(event);
      }
    }
    yield row;
  }
  if (!state) throw new BrokenCopy("it has no events");
  if (!holdsAll(state, foldLog(later, snapshot))) {
    throw new BrokenCopy("its snapshot is not what its log says");
  }
  checkStart(docs.get("start"), state);
  for (const [id, step] of Object.entries(state.steps)) {
    if (step.status === "completed" && !outputs.has(id)) {
      throw new BrokenCopy(`the output of the step ${JSON.stringify(id)} is missing`);
    }
  }
}

function eventsOf(runId: string, text: string, before: number, rowSeq: number): RunEvent[] {
  const events = parseStored<RunEvent[]>(`log ${rowSeq}`, text);
  if (!Array.isArray(events)) throw new BrokenCopy(`log row ${rowSeq} is no list`);
  let seq = before;
  for (const event of events) {
    const read = eventSchema.safeParse(event);
    if (!read.success) {
      const [issue] = read.error.issues;
      const where = issue === undefined ? "" : `: ${issue.path.join(".")} ${issue.message}`;
      throw new BrokenCopy(`event ${seq + 1} does not fit the schema of the log${where}`);
    }
    seq += 1;
    if (event.seq !== seq) throw new BrokenCopy(`event ${seq} is missing`);
    if (event.run_id !== runId) throw new BrokenCopy(`event ${seq} is of another run`);
  }
  if (seq !== rowSeq) throw new BrokenCopy(`log row ${rowSeq} ends with event ${seq}`);
  return events;
}

/** The fold throws where the log is no legal sentence. */
function fold(state: RunState | null, event: RunEvent): RunState {
  if (state !== null && event.type === "run.created") {
    throw new BrokenCopy(`event ${event.seq} creates the run again`);
  }
  try {
    return applyEvent(state, event);
  } catch (error) {
    throw new BrokenCopy(`event ${event.seq} does not follow`, { cause: error });
  }
}

function checkStart(text: string | undefined, state: RunState): void {
  if (text === undefined) throw new BrokenCopy("it has no start record");
  const start = parseStored<StartRecord>("start", text);
  if (start.runId !== state.run_id) throw new BrokenCopy("its start record is of another run");
  if (start.workflowVersion !== state.workflow_version) {
    throw new BrokenCopy("its start record is of another version");
  }
}

/** `T` is what `store.ts` writes there. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names the persisted shape
function parseStored<T>(name: string, text: string): T {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is read is checked by its readers
    return parseJsonText(text as JsonText<T>);
  } catch (error) {
    throw new BrokenCopy(`${name} is not JSON`, { cause: error });
  }
}

/**
 * Whether the log says all that the snapshot does. It may say more: of a run of an older release,
 * what that did not know yet. The order of keys does not matter.
 */
function holdsAll(log: unknown, snapshot: unknown): boolean {
  if (typeof log !== "object" || typeof snapshot !== "object" || !log || !snapshot) {
    return log === snapshot;
  }
  if (Array.isArray(log) !== Array.isArray(snapshot)) return false;
  if (Array.isArray(log) && Array.isArray(snapshot) && log.length !== snapshot.length) return false;
  const said = new Map(Object.entries(log));
  return Object.entries(snapshot).every(
    ([key, value]) => said.has(key) && holdsAll(said.get(key), value),
  );
}
