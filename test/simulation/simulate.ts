/** One simulation: a plan, carried out over the code of the run object, and what it broke. */
import type { Env } from "#env.ts";
import type { RunEvent } from "#model/event.ts";
import type { RunRpc } from "#model/run-rpc.ts";
import { ProjectionCollector } from "#projection/projection-collector.ts";
import { toStreamRequest } from "#run/live/request.ts";
import { RunObject } from "#run/run-object.ts";
import { findBroken } from "./laws/laws.ts";
import { People } from "./people.ts";
import { drawPlan, type FaultPlan, type Plan } from "./plan.ts";
import { SimulatedD1 } from "./platform/d1.ts";
import { enterIsolate } from "./platform/globals.ts";
import { type Instance, running, type ServedObject } from "./platform/instance.ts";
import { type Answer, type ObjectCall, SimulatedObject } from "./platform/object.ts";
import type { Write } from "./platform/sql.ts";
import { contextOf } from "./platform/storage.ts";
import { namespaceOf } from "./platform/namespace.ts";
import { Random } from "./random.ts";
import { EPOCH, Timeline } from "./timeline.ts";
import { World } from "./world.ts";

/** More is a schedule that never rests. */
const MOST_ENTRIES = 60_000;
/** People ask for this long after the last fault, ms. */
const OPEN_MS = 300_000;
/** By then everything is at rest: the trace store's last pause is five minutes. */
const REST_MS = 4 * 3_600_000;

const NO_FAULTS = { before: 0, after: 0, hang: 0, refuse: 0 };

export interface Outcome {
  seed: number;
  broken: string[];
  hash: string;
  entries: number;
  faults: Record<string, number>;
  plan: Plan;
  runs: number;
  /** Checks of laws that hold only if they were looked at. */
  looked: Record<string, number>;
}

const d1 = new SimulatedD1();

/** `change`: of the plan that the seed draws, to see what matters. */
export async function simulate(
  seed: number,
  { change = (plan: Plan) => plan, trace = null }: Partial<Options> = {},
): Promise<Outcome> {
  const plan = change(drawPlan(new Random(seed).fork(1)));
  const simulation = new Simulation(seed, plan, trace);
  return simulation.run();
}

interface Options {
  change: (plan: Plan) => Plan;
  trace: ((line: string) => void) | null;
}

class Simulation {
  readonly seed: number;
  readonly plan: Plan;
  readonly timeline: Timeline;
  readonly random: Random;
  readonly world: World;
  readonly d1 = d1;
  readonly objects = new Map<string, SimulatedObject>();
  readonly people: People[] = [];
  readonly faults: Record<string, number> = {};
  readonly looked: Record<string, number> = {};
  /** Seen along the way. */
  readonly broken: string[] = [];
  readonly calmAt: number;
  readonly closesAt: number;
  #unreadableUntil = 0;

  constructor(seed: number, plan: Plan, trace: ((line: string) => void) | null) {
    this.seed = seed;
    this.plan = plan;
    this.random = new Random(seed).fork(2);
    this.timeline = new Timeline(this.random.fork(3), trace);
    this.calmAt = EPOCH + plan.calmAt;
    this.closesAt = this.calmAt + OPEN_MS;
    this.world = new World(this);
  }

  isCalm(): boolean {
    return this.timeline.now >= this.calmAt;
  }

  untilCalm(pauseMs: number): number {
    return Math.min(pauseMs, Math.max(0, this.calmAt - this.timeline.now));
  }

  rates() {
    return this.isCalm() ? NO_FAULTS : this.plan.d1;
  }

  fault(kind: string): void {
    this.faults[kind] = (this.faults[kind] ?? 0) + 1;
  }

  look(law: string): void {
    this.looked[law] = (this.looked[law] ?? 0) + 1;
  }

  fetch(url: string, init: RequestInit): Promise<Response> {
    return this.world.fetch(url, init);
  }

  log(line: string): void {
    this.timeline.note(`log ${line}`);
    const { level, message, seq } = JSON.parse(line) as Record<string, unknown>;
    // A line with a `seq` is an event of the run.
    if (level !== "ERROR" || seq !== undefined || EXPECTED_ERRORS.has(String(message))) return;
    this.broken.push(`defect: ${line}`);
  }

  async run(): Promise<Outcome> {
    enterIsolate(this);
    d1.begin(this);
    this.timeline.onTurn = () => {
      for (const object of this.objects.values()) object.instance?.endTurn();
    };
    const onRejection = (reason: unknown) => {
      const why = reason instanceof Error ? reason.stack : String(reason);
      this.broken.push(`unhandled rejection: ${why}`);
    };
    process.on("unhandledRejection", onRejection);
    try {
      this.#begin();
      const isAtRest = await this.timeline.run(this.calmAt + REST_MS, MOST_ENTRIES);
      if (!isAtRest) this.broken.push("it does not come to rest");
      else this.broken.push(...(await findBroken(this)));
    } finally {
      process.off("unhandledRejection", onRejection);
      for (const object of this.objects.values()) object.instance?.end();
    }
    return {
      seed: this.seed,
      broken: [...new Set(this.broken)],
      hash: this.timeline.hash,
      entries: this.timeline.entries,
      faults: this.faults,
      plan: this.plan,
      runs: this.people.length,
      looked: this.looked,
    };
  }

  #begin(): void {
    for (const plan of this.plan.runs) {
      const runId = `run_${plan.ref.slice(1).repeat(26)}`;
      const people = new People(runId, plan, this);
      this.people.push(people);
      void people.act();
    }
    for (const fault of this.plan.faults) {
      this.timeline.after(fault.at, `fault ${fault.kind} ${fault.run}`, () => this.#inject(fault));
    }
  }

  #inject({ kind, run, skewMs }: FaultPlan): void {
    const all = [...this.objects.values()];
    const object = all[run % Math.max(1, all.length)];
    if (!object) return;
    switch (kind) {
      case "cut":
        if (!object.instance) return;
        object.cut("cut off");
        break;
      case "cut all":
        for (const each of all) each.cut("the process ended");
        break;
      case "evict":
        if (!object.evict()) return;
        break;
      case "alarm early":
        if (!object.ringEarly()) return;
        break;
      case "clock moved": {
        const { instance } = object;
        if (!instance) return;
        instance.skewMs = skewMs;
        this.timeline.after(this.calmAt - this.timeline.now, "clock corrected", () => {
          instance.skewMs = 0;
        });
        break;
      }
      case "settings unreadable":
        this.#unreadableUntil = Math.min(this.timeline.now + 8_000, this.calmAt);
        for (const each of all) each.cut("deployed");
        // The deployment that mends it opens every object again, too.
        this.timeline.after(this.#unreadableUntil - this.timeline.now, "deployed again", () => {
          for (const each of this.objects.values()) each.cut("deployed");
        });
        break;
    }
    this.fault(kind);
  }

  open(instance: Instance): ServedObject {
    const isReadable = this.timeline.now >= this.#unreadableUntil;
    const env = this.#env(isReadable);
    // The platform's types of what is simulated are wider than what is used of it.
    const ctx = contextOf(instance) as unknown as DurableObjectState;
    if (instance.owner.id.startsWith("PROJECTIONS/")) return new ProjectionCollector(ctx, env);
    return new RunObject(ctx, env);
  }

  #env(isReadable: boolean): Env {
    return {
      DB: d1.binding,
      PROJECTIONS: namespaceOf("PROJECTIONS", {
        timeline: this.timeline,
        random: this.random,
        object: (id) => this.object(id),
      }),
      ENVIRONMENT: "development",
      SERVER_SECRET: "a-secret-for-simulations-of-at-least-32-characters",
      LOG_LEVEL: "ERROR",
      OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector.test",
      OTEL_TRACES_SAMPLER_ARG: isReadable ? "1" : "a half",
    } as unknown as Env;
  }

  onWrite(id: string, { query, bound }: Write): void {
    if (!/INTO doc/.test(query) || bound[0] !== "projection" || typeof bound[1] !== "string")
      return;
    this.look("cursor");
    const { seq } = JSON.parse(bound[1]) as { seq: number };
    const [row] = d1.read("SELECT seq FROM runs WHERE id = ?", id);
    const stored = Number(row?.["seq"] ?? 0);
    if (seq > stored)
      this.broken.push(`cursor ${seq} of ${id} is ahead of D1, which has ${stored}`);
  }

  object(id: string): SimulatedObject {
    let object = this.objects.get(id);
    if (!object) {
      object = new SimulatedObject(id, this);
      this.objects.set(id, object);
    }
    return object;
  }

  /** From a client to the object and back. */
  call(runId: string, what: string, work: ObjectCall): Promise<Answer> {
    const { timeline, random } = this;
    return new Promise((resolve) => {
      timeline.after(random.latency(5, 100), `${runId} ${what}`, () => {
        this.object(runId).deliver(
          what,
          (object) => work(object as unknown as RunRpc),
          (answer) => {
            timeline.after(random.latency(5, 100), `${runId} answer of ${what}`, () =>
              resolve(answer),
            );
          },
        );
      });
    });
  }

  async follow(runId: string, afterSeq: number, onEvent: (event: RunEvent) => void) {
    const request = toStreamRequest({ workflowScope: null, afterSeq, reader: "reader" });
    // The stream is that of the instance that answered, which may be gone when the answer arrives.
    const served: { by: Instance | undefined } = { by: undefined };
    const answer = await this.call(runId, "follow", (object) => {
      served.by = running.getStore();
      return (object as unknown as Required<ServedObject>).fetch(request);
    });
    const instance = served.by;
    if (!answer.ok || !instance?.isAlive) return;
    const { body } = answer.value as Response;
    if (!body) return;
    const reader = body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    const leaveAt = this.timeline.now + this.random.between(1_000, 60_000);
    let text = "";
    const decoder = new TextDecoder();
    while (instance.isAlive && this.timeline.now < leaveAt) {
      const part = await Promise.race([
        reader.read(),
        this.timeline.sleep(3_000, `${runId} reads on`).then(() => null),
      ]);
      if (part === null) break;
      if (part.done) return;
      text += decoder.decode(part.value, { stream: true });
      for (;;) {
        const end = text.indexOf("\n\n");
        if (end === -1) break;
        const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1];
        text = text.slice(end + 2);
        if (data !== undefined) onEvent(JSON.parse(data) as RunEvent);
      }
    }
    if (instance.isAlive) await instance.enter(() => reader.cancel());
  }
}

const EXPECTED_ERRORS: ReadonlySet<string> = new Set([
  "projection failed",
  "effect waits for settings",
]);
