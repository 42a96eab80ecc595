/**
 * The clients: each takes a run as far as it goes, one request after the other, until the runtime is
 * gone from under it. What was not acknowledged is sent again after the restart, with the same key.
 *
 * A run that is not waiting is left alone: whether it goes on by itself is part of the trial, so its
 * row in D1 is watched, and no request opens its object.
 */
import { createRandom } from "#ai/mock/prng.ts";
import { type Run, runSchema } from "#model/run.ts";
import type { Wait } from "#model/wait.ts";
import type { FormField } from "#model/workflow.ts";
import { answersTo } from "./answers.ts";
import type { Ledger, Write } from "./ledger.ts";
import { KEY, tokenOf } from "./people.ts";
import type { Job, Plan } from "./plan.ts";
import type { Answer, KillableService } from "./service.ts";

const CLIENTS = 12;
const WATCH_MS = 120;

/** One run on its way. */
interface Journey {
  job: Job;
  runId: string | null;
  /** Sent, and no answer came. */
  inDoubt: Write | null;
  /** What the run waits for, as it was seen last. */
  wait: Wait | null;
  seenAt: string;
  requests: number;
  isCanceled: boolean;
}

export class Clients {
  readonly #service: KillableService;
  readonly #ledger: Ledger;
  readonly #plan: Plan;
  readonly #inputs: ReadonlyMap<string, readonly FormField[]>;
  readonly #ready: Journey[] = [];
  readonly #watched = new Map<string, Journey>();
  #jobs = 0;
  #isOpen = false;
  #working: Promise<unknown> = Promise.resolve();

  /** `inputs`: what a start of each workflow has to bring. */
  constructor(
    service: KillableService,
    ledger: Ledger,
    plan: Plan,
    inputs: ReadonlyMap<string, readonly FormField[]>,
  ) {
    this.#service = service;
    this.#ledger = ledger;
    this.#plan = plan;
    this.#inputs = inputs;
  }

  open(): void {
    this.#isOpen = true;
    this.#working = Promise.all([
      ...Array.from({ length: CLIENTS }, () => this.#work()),
      this.#watch(),
    ]);
  }

  /** Resolves when the requests under way have ended, with or without an answer. */
  async close(): Promise<void> {
    this.#isOpen = false;
    await this.#working;
  }

  async #work(): Promise<void> {
    while (this.#isOpen) {
      const journey = this.#ready.shift() ?? this.#begin();
      await this.#goOn(journey);
    }
  }

  #begin(): Journey {
    const job = this.#plan.job(this.#jobs);
    this.#jobs += 1;
    return {
      job,
      runId: null,
      inDoubt: null,
      wait: null,
      seenAt: "",
      requests: 0,
      isCanceled: false,
    };
  }

  async #goOn(journey: Journey): Promise<void> {
    const write = journey.inDoubt ?? (await this.#next(journey));
    if (!write) return;
    journey.inDoubt = write;
    const answer = await this.#send(write);
    if (!answer) {
      // Whether a start without a key made a run cannot be known: it is begun as another.
      const isLost = write.kind === "start" && write.key === null;
      if (!isLost) this.#ready.unshift(journey);
      return;
    }
    journey.inDoubt = null;
    if (answer.status >= 200 && answer.status < 300) {
      const run = runSchema.parse(JSON.parse(answer.text));
      journey.requests += 1;
      if (write.kind === "cancel") journey.isCanceled = true;
      this.#ledger.acknowledge({
        ...write,
        runId: run.id,
        status: answer.status,
        epoch: this.#ledger.epoch,
      });
      this.#see(journey, run);
    } else if (answer.status === 409) {
      // Too late: the run ended before the cancel, or an answer without a key was carried out.
      if (write.kind === "cancel") journey.isCanceled = true;
      await this.#look(journey);
    } else {
      this.#ledger.unexpected.push(
        `${write.kind} ${write.path} of job ${write.job.index}: ${answer.status} ${answer.text.slice(0, 300)}`,
      );
    }
  }

  /** null: no answer, the runtime is gone. */
  async #send({ method, path, token, body, key, job, kind }: Write): Promise<Answer | null> {
    try {
      return await this.#service.call(method, path, token, body, {
        ...(key === null ? {} : { "idempotency-key": key }),
        ...(kind === "cancel" ? {} : { prefer: job.prefer }),
      });
    } catch {
      // Until the restart; `close` is waiting for this client.
      await new Promise((resolve) => setTimeout(resolve, 10));
      return null;
    }
  }

  #see(journey: Journey, run: Run): void {
    journey.runId = run.id;
    journey.wait = run.wait ?? null;
    journey.seenAt = run.updated_at;
    if (run.ended_at !== undefined) return;
    if (run.wait || isCancelDue(journey)) this.#ready.push(journey);
    else this.#watched.set(run.id, journey);
  }

  async #look(journey: Journey): Promise<void> {
    const path = `/v1/executions/${journey.runId}`;
    try {
      const answer = await this.#service.call("GET", path, KEY);
      if (answer.status === 200) this.#see(journey, runSchema.parse(JSON.parse(answer.text)));
      else this.#ledger.unexpected.push(`GET ${path}: ${answer.status} ${answer.text}`);
    } catch {
      // Gone: the row in D1 says when there is something to do.
      if (journey.runId !== null) this.#watched.set(journey.runId, journey);
    }
  }

  async #watch(): Promise<void> {
    while (this.#isOpen) {
      await new Promise((resolve) => setTimeout(resolve, WATCH_MS));
      if (this.#watched.size === 0) continue;
      const ids = JSON.stringify([...this.#watched.keys()]);
      const sql = `SELECT id, status, updated_at FROM runs
        WHERE id IN (SELECT value FROM json_each(?1)) AND status NOT IN ('running', 'queued')`;
      // The runtime may be killed while it reads.
      const rows = await this.#service.rows(sql, [ids]).catch(() => []);
      for (const row of rows) await this.#wakeUp(String(row["id"]), row);
    }
  }

  async #wakeUp(id: string, row: Record<string, unknown>): Promise<void> {
    const journey = this.#watched.get(id);
    // An older row is one of an earlier wait.
    if (!journey || String(row["updated_at"]) < journey.seenAt) return;
    this.#watched.delete(id);
    if (row["status"] === "waiting") await this.#look(journey);
  }

  /** The next request of the run; null: there is none. */
  async #next(journey: Journey): Promise<Write | null> {
    const { job, runId, wait } = journey;
    if (runId === null) return this.#start(job);
    if (isCancelDue(journey)) {
      await new Promise((resolve) => setTimeout(resolve, job.cancelDelayMs));
      const path = `/v1/executions/${runId}/cancel`;
      return { ...this.#common(journey), kind: "cancel", path, body: { reason: "of the trial" } };
    }
    return wait ? this.#answer(journey, runId, wait) : null;
  }

  #common({ job, requests }: Pick<Journey, "job" | "requests">) {
    const { seed } = this.#plan;
    const isKeyed =
      requests === 0
        ? job.isKeyed
        : createRandom(`${seed}/${job.index}/key/${requests}`).next() < 0.8;
    const key = isKeyed ? `trial-${job.index}-${requests}` : null;
    return { job, method: "POST", token: KEY, key } as const;
  }

  #start(job: Job): Write {
    const random = createRandom(`${this.#plan.seed}/${job.index}/start`);
    const fields = this.#inputs.get(job.workflowId) ?? [];
    const inputs = { ...answersTo(fields, random), ...namedBy(fields, job) };
    const body = {
      workflow_id: job.workflowId,
      inputs,
      run_opts: { mock_ai: { mode: job.mockMode }, tags: [`job-${job.index}`] },
    };
    return { ...this.#common({ job, requests: 0 }), kind: "start", path: "/v1/executions", body };
  }

  #answer(journey: Journey, runId: string, wait: Wait): Write {
    const { job, requests } = journey;
    const common = this.#common(journey);
    const random = createRandom(`${this.#plan.seed}/${job.index}/answer/${requests}`);
    const path = `/v1/executions/${runId}/resume`;
    const place = { waitNumber: wait.number, stepId: wait.step_id };
    if (wait.type === "form") {
      const inputs = answersTo(wait.fields, random);
      const body = { inputs, wait_number: wait.number };
      return { ...common, ...place, kind: "answer", path, inputs, body };
    }
    const decided = new Set(wait.decisions.map(({ by }) => by));
    const [first = "", ...others] = wait.approvers.filter((email) => !decided.has(email));
    const decider = random.pick([first, ...others]);
    const approved = random.integer(0, 9) < 8;
    const decision = { step_id: wait.step_id, approved, comment: "seen in the trial" };
    return {
      ...common,
      ...place,
      kind: "decide",
      path,
      token: tokenOf(decider),
      decider,
      approved,
      body: { approvals: [decision], wait_number: wait.number },
    };
  }
}

/** The witness sees which job a call belongs to. */
function namedBy(fields: readonly FormField[], { index }: Job): Record<string, string> {
  return fields.some(({ key }) => key === "ref") ? { ref: `job-${index}` } : {};
}

function isCancelDue({ job, requests, isCanceled, runId }: Journey): boolean {
  return runId !== null && !isCanceled && job.cancelAfter !== null && requests >= job.cancelAfter;
}
