/**
 * The people of a run: they start it, look at it, answer what it waits for, and cancel it, and
 * repeat what was not answered with the key that they used. What they were told is kept: it must
 * hold at the end.
 */
import { parseJsonText, toJsonText } from "#model/json-text.ts";
import type { Caller } from "#model/caller.ts";
import type { RunEvent } from "#model/event.ts";
import type { Run } from "#model/run.ts";
import type { Reply, ResumeRequest, RunResult, RunRpc } from "#model/run-rpc.ts";
import type { StartRecord } from "#model/start-record.ts";
import { APPROVERS, type RunPlan } from "./plan.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";
import type { Answer, ObjectCall } from "./platform/object.ts";

/** What one person was told about a request of theirs. */
export interface Told {
  kind: "start" | "answer" | "cancel";
  /** Their name in the log. */
  by: string;
  /** acknowledged: it was done. refused: it was not. unknown: no answer came. */
  outcome: "acknowledged" | "refused" | "unknown";
  /** Of the refusal. */
  code?: string;
  at: number;
  /** How often the request was made. */
  tries: number;
}

/** What was seen of a run while it went on. */
class Ledger {
  readonly told: Told[] = [];
  /** Events by `seq`, as text: they may never change or vanish. */
  readonly seen = new Map<number, string>();
  readonly contradictions: string[] = [];
  endedAs: string | null = null;

  see(event: RunEvent): void {
    const text = JSON.stringify(event);
    const before = this.seen.get(event.seq);
    if (before !== undefined && before !== text) {
      this.contradictions.push(`event ${event.seq} was ${before}, then ${text}`);
    }
    this.seen.set(event.seq, text);
  }
}

export interface Society {
  readonly timeline: Timeline;
  readonly random: Random;
  /** Calls a method of the run's object. */
  call(runId: string, what: string, work: ObjectCall): Promise<Answer>;
  /** Events of its stream from there on, as they are sent. */
  follow(runId: string, afterSeq: number, onEvent: (event: RunEvent) => void): Promise<void>;
  /** Epoch ms; no fault happens after it. */
  readonly calmAt: number;
  /** Epoch ms; nothing is asked after it. */
  readonly closesAt: number;
}

export class People {
  readonly runId: string;
  readonly ledger = new Ledger();
  readonly #plan: RunPlan;
  readonly #society: Society;
  readonly #record: StartRecord;
  #requests = 0;

  constructor(runId: string, plan: RunPlan, society: Society) {
    this.runId = runId;
    this.#plan = plan;
    this.#society = society;
    this.#record = recordOf(runId, plan);
  }

  /** Everything that they do, until the run has ended or the time is over. */
  async act(): Promise<void> {
    const { timeline } = this.#society;
    const { startAt, cancelAt, isFollowed, isDoubled } = this.#plan;
    await timeline.sleep(startAt, `${this.runId} people come`);
    const both = isDoubled ? [this.#start(), this.#start()] : [this.#start()];
    const all = await Promise.all(both);
    if (!all.includes("acknowledged")) return;
    const doings = [this.#use()];
    if (cancelAt !== null) doings.push(this.#cancel(Math.max(0, cancelAt - startAt)));
    if (isFollowed) doings.push(this.#follow());
    await Promise.all(doings);
  }

  get #isOver(): boolean {
    return this.#society.timeline.now >= this.#society.closesAt;
  }

  #start(): Promise<Told["outcome"]> {
    const record = this.#record;
    return this.#insist("start", "", (object) =>
      object.start({ record, waitMs: this.#plan.waitMs }),
    );
  }

  /** Looks, and does what is asked for, again and again. */
  async #use(): Promise<void> {
    const { timeline, random } = this.#society;
    while (!this.#isOver) {
      const isQuiet = timeline.now > this.#society.calmAt;
      const pauseMs = isQuiet ? random.latency(8_000, 60_000) : random.latency(1_500, 20_000);
      await timeline.sleep(pauseMs, `${this.runId} look`);
      if (random.chance(0.3)) await this.#readHistory();
      const run = await this.#look();
      if (!run) continue;
      if (run.ended_at !== undefined) return;
      if (!run.wait || random.chance(0.2)) continue;
      const number = run.wait.number;
      const { step_id: stepId, type } = run.wait;
      const doubled = this.#plan.isDoubled && random.chance(0.5);
      const answers = [this.#answer(number, stepId, type)];
      if (doubled) answers.push(this.#answer(number, stepId, type));
      await Promise.all(answers);
    }
  }

  async #look(): Promise<Run | null> {
    const known = this.ledger.endedAs;
    const answer = await this.#society.call(this.runId, "get", (object) =>
      object.get({ workflowScope: null }),
    );
    if (!answer.ok) return null;
    const reply = answer.value as Awaited<ReturnType<RunRpc["get"]>>;
    if (!reply.ok) {
      this.ledger.contradictions.push(`after its start was acknowledged: ${reply.problem.code}`);
      return null;
    }
    const run = parseJsonText(reply.value);
    this.#noteEnd(run, known);
    return run;
  }

  /** `known`: the end that was known when the request was made; an answer on its way may be older. */
  #noteEnd(run: Run, known: string | null): void {
    const ended = run.ended_at === undefined ? null : run.status;
    if (known !== null && ended !== known) {
      this.ledger.contradictions.push(`ended as ${known}, then ${run.status}`);
    }
    this.ledger.endedAs ??= ended;
  }

  async #readHistory(): Promise<void> {
    const answer = await this.#society.call(this.runId, "history", (object) =>
      object.history(null),
    );
    if (!answer.ok) return;
    const reply = answer.value as Awaited<ReturnType<RunRpc["history"]>>;
    if (reply.ok) for (const event of parseJsonText(reply.value).events) this.ledger.see(event);
  }

  #answer(waitNumber: number, stepId: string, type: "form" | "approval"): Promise<Told["outcome"]> {
    const { random } = this.#society;
    const number = (this.#requests += 1);
    const isForm = type === "form";
    const caller: Caller = isForm
      ? { id: `k${number}`, kind: "key" }
      : { id: `user:${number}`, email: random.pick(APPROVERS), kind: "jwt" };
    const approved = random.chance(0.8);
    const request: ResumeRequest = {
      workflowScope: null,
      key: { name: `resume:${caller.id}:${number}`, fingerprint: `f${number}` },
      answer: isForm
        ? { kind: "inputs", inputs: { topic: `by ${caller.id}` } }
        : { kind: "approval", step_id: stepId, approved, comment: `of ${number}` },
      ...(random.chance(0.9) ? { waitNumber } : {}),
      caller,
      tokens: { form: true, approvals: "all" },
      waitMs: this.#plan.waitMs,
    };
    const by = isForm ? `key:${caller.id}` : `${caller.email} of ${number}`;
    return this.#insist("answer", by, (object) => object.resume(request));
  }

  async #cancel(afterMs: number): Promise<void> {
    const { timeline } = this.#society;
    await timeline.sleep(afterMs, `${this.runId} cancel`);
    const number = (this.#requests += 1);
    const key = { name: `cancel:${number}`, fingerprint: "" };
    const request = {
      key,
      workflowScope: null,
      caller: { id: `k${number}`, kind: "key" as const },
    };
    await this.#insist("cancel", `key:k${number}`, (object) => object.cancel(request));
  }

  async #follow(): Promise<void> {
    let last = 0;
    while (!this.#isOver && this.ledger.endedAs === null) {
      await this.#society.follow(this.runId, last, (event) => {
        this.ledger.see(event);
        last = Math.max(last, event.seq);
      });
      await this.#society.timeline.sleep(2_000, `${this.runId} follow again`);
    }
  }

  /** Asks until there is an answer. */
  async #insist(
    kind: Told["kind"],
    by: string,
    work: (object: RunRpc) => Promise<Reply<RunResult>>,
  ): Promise<Told["outcome"]> {
    const { timeline, random } = this.#society;
    const told: Told = { kind, by, outcome: "unknown", at: 0, tries: 0 };
    this.ledger.told.push(told);
    while (!this.#isOver) {
      told.tries += 1;
      const known = this.ledger.endedAs;
      const answer = await this.#society.call(this.runId, `${kind} ${by}`, work);
      told.at = timeline.now;
      if (answer.ok) {
        const reply = answer.value as Reply<RunResult>;
        told.outcome = reply.ok ? "acknowledged" : "refused";
        if (reply.ok) this.#noteEnd(parseJsonText(reply.value.run), known);
        else told.code = reply.problem.code;
        timeline.note(`${this.runId} ${kind} ${by}: ${told.code ?? told.outcome}`);
        return told.outcome;
      }
      // Some go away without having learned what became of it.
      if (kind !== "start" && random.chance(0.1)) return told.outcome;
      await timeline.sleep(random.latency(300, 5_000), `${this.runId} ${kind} again`);
    }
    return told.outcome;
  }
}

function recordOf(runId: string, { ref, definition, mockModes, isTraced }: RunPlan): StartRecord {
  return {
    runId,
    fingerprint: ref,
    workflowVersion: 1,
    definition: toJsonText(definition),
    templates: toJsonText([{ id: "content_v1", version: 1, prompt: "Write about {{ref}}." }]),
    inputs: { ref },
    profile: {},
    provider: "mock",
    mock: { mode: "success", steps: mockModes, seed: 42 },
    isOnMock: true,
    tags: ["simulated", ref],
    idempotencyKey: `start-${ref}`,
    caller: { id: "starter", kind: "key" },
    isTraced,
  };
}
