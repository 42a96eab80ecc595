/**
 * What must hold when everything is at rest: of each run by itself, of what people were told, of
 * what the world saw, and of what D1 has. A broken law is a sentence with the run and the fact.
 */
import { type JsonText, parseJsonText } from "#model/json-text.ts";
import type { History, Run } from "#model/run.ts";
import type { Reply } from "#model/run-rpc.ts";
import { RunStore } from "#run/store.ts";
import type { People } from "../people.ts";
import type { Answer } from "../platform/object.ts";
import { ObjectSql, type Write } from "../platform/sql.ts";
import { callsLaw } from "./calls.ts";
import { countersLaw, rowsLaw } from "./d1.ts";
import type { EndedRun, Scene } from "./ended.ts";
import { logLaw, settlingLaw } from "./log.ts";
import { spansLaw } from "./spans.ts";
import { toldLaw } from "./told.ts";

export async function findBroken(scene: Scene): Promise<string[]> {
  const broken: string[] = [];
  const runs: EndedRun[] = [];
  for (const [index, people] of scene.people.entries()) {
    const plan = scene.plan.runs[index];
    const object = scene.objects.get(people.runId);
    const stored = object && readStored(object.stored);
    if (!plan || !object || !stored) {
      const told = people.ledger.told.some(({ outcome }) => outcome === "acknowledged");
      if (told) broken.push(`${people.runId} was acknowledged and does not exist`);
      continue;
    }
    if (object.storedAlarm !== null || object.instance?.alarm) {
      broken.push(`${people.runId} is left with an alarm that never comes`);
    }
    runs.push({
      ...(await readViews(scene, people)),
      ...stored,
      id: people.runId,
      plan,
      people,
    });
  }
  for (const run of runs) {
    broken.push(
      ...logLaw(run),
      ...settlingLaw(run, scene.calmAt, "settings unreadable" in scene.faults),
      ...toldLaw(run),
      ...callsLaw(run, scene.world),
      ...rowsLaw(run, scene.d1),
      ...spansLaw(run, scene.world),
    );
  }
  return [...broken, ...countersLaw(runs, scene.d1)];
}

/** By the code that reads it: what is compared is what it means, not how it is laid out. */
function readStored(writes: readonly Write[]) {
  const sql = new ObjectSql(writes, () => {});
  try {
    const storage = { sql } as unknown as DurableObjectStorage;
    const store = new RunStore(storage);
    if (!store.exists) return null;
    return { events: [...store.events(0)], state: store.readState() };
  } finally {
    sql.close();
  }
}

/** As the API shows it, from an object that was opened for it. */
async function readViews(
  scene: Scene,
  { runId }: People,
): Promise<{ view: Run; history: History }> {
  scene.objects.get(runId)?.evict();
  const view: { text: JsonText<Run> | null } = { text: null };
  const history: { text: JsonText<History> | null } = { text: null };
  const read = async () => {
    const shown = await scene.call(runId, "get", (object) => object.get({ workflowScope: null }));
    view.text = valueOf<JsonText<Run>>(shown);
    const told = await scene.call(runId, "history", (object) => object.history(null));
    history.text = valueOf<JsonText<History>>(told);
  };
  void read();
  await scene.timeline.run(Infinity, Infinity);
  if (!view.text || !history.text) throw new Error(`${runId} cannot be read at the end`);
  return { view: parseJsonText(view.text), history: parseJsonText(history.text) };
}

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names what the method replies
function valueOf<T>(answer: Answer): T | null {
  const reply = answer.ok ? (answer.value as Reply<T>) : null;
  return reply?.ok ? reply.value : null;
}
