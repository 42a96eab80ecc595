/**
 * A durable object as the platform keeps it: its disk, its alarm, and the instance that is open at
 * present. The rules are the platform's, as they were measured and are documented:
 *
 * - The writes of a turn become durable together, in order, a moment later. Until then nothing
 *   leaves the object.
 * - A cut leaves a prefix of what was on its way to the disk, and nothing of the memory.
 * - An alarm is delivered at least once, one at a time. It is removed when its handler returns
 *   without having set another; after a throw it is delivered again, six times in all.
 */
import type { RunRpc } from "#model/run-rpc.ts";
import type { Random } from "../random.ts";
import type { Entry, Timeline } from "../timeline.ts";
import { type Group, Instance, type ServedObject } from "./instance.ts";
import type { Write } from "./sql.ts";

/** Pauses after a handler that threw, in s; after the last one the alarm is gone. */
const ALARM_RETRIES_S = [2, 5, 9, 17, 34, 79];

/** What is asked of an object, by its methods. */
export type ObjectCall = (object: RunRpc) => unknown;

export type Answer = { ok: true; value: unknown } | { ok: false; error: string };

/** What an object needs of the namespace that it belongs to. */
export interface ObjectHost {
  readonly timeline: Timeline;
  readonly random: Random;
  /** Whether faults may still happen. */
  isCalm(): boolean;
  /** A pause that a fault makes; none lasts beyond the time of faults. */
  untilCalm(pauseMs: number): number;
  open(instance: Instance): ServedObject;
  onWrite(id: string, write: Write): void;
  fault(kind: string): void;
}

export class SimulatedObject {
  readonly id: string;
  readonly #host: ObjectHost;
  /** What is on the disk. */
  readonly stored: Write[] = [];
  storedAlarm: number | null = null;
  /** On its way there, in order. */
  #unstored: Group[] = [];
  #instance: Instance | null = null;
  #lastConfirmAt = 0;
  #alarm: Entry | null = null;
  #isRinging = false;
  #alarmTries = 0;
  #alarmNotBefore = 0;
  /** The callers of the instance that is open; each is answered once. */
  #callers = new Set<(answer: Answer) => void>();

  constructor(id: string, host: ObjectHost) {
    this.id = id;
    this.#host = host;
  }

  get instance(): Instance | null {
    return this.#instance;
  }

  /** Carries the call to the object; `answer` is called once, with what came back. */
  deliver(what: string, work: (object: ServedObject) => unknown, answer: (answer: Answer) => void) {
    const caller = (value: Answer) => {
      if (!this.#callers.delete(caller)) return;
      answer(value);
    };
    const instance = this.#opened();
    if (!instance) {
      answer({ ok: false, error: "the object could not be opened" });
      return;
    }
    this.#callers.add(caller);
    instance.busy += 1;
    instance.whenReady(() => void this.#serve(instance, what, work, caller));
  }

  async #serve(
    instance: Instance,
    what: string,
    work: (object: ServedObject) => unknown,
    answer: (answer: Answer) => void,
  ): Promise<void> {
    let result: Answer;
    try {
      if (!instance.object) throw new Error("not opened");
      result = { ok: true, value: await work(instance.object) };
    } catch (error) {
      result = { ok: false, error: `${what}: ${String(error)}` };
    }
    instance.whenDurable(() => {
      instance.busy -= 1;
      answer(result);
    });
  }

  /** Cut off in the middle of its work. */
  cut(reason: string): void {
    const instance = this.#instance;
    if (!instance) return;
    const kept = this.#host.random.int(this.#unstored.length + 1);
    for (const group of this.#unstored.slice(0, kept)) this.#toDisk(group);
    this.#host.timeline.note(`${this.id} cut (${reason}), ${this.#unstored.length - kept} lost`);
    this.#unstored = [];
    this.#close(instance);
    const callers = [...this.#callers];
    this.#callers.clear();
    for (const caller of callers) {
      // What was asked for may have been done: the caller does not know.
      const go = () => caller({ ok: false, error: reason });
      this.#callers.add(caller);
      this.#host.timeline.after(this.#host.random.int(20), `${this.id} caller left alone`, go);
    }
    this.#alarmNotBefore = this.#host.timeline.now + this.#host.random.int(3_000);
    this.#isRinging = false;
    this.#setAlarm();
  }

  /** Closed as after a while without work. false: it has work. */
  evict(): boolean {
    const instance = this.#instance;
    if (!instance || !instance.isIdle || this.#unstored.length > 0 || this.#isRinging) return false;
    this.#host.timeline.note(`${this.id} evicted`);
    this.#close(instance);
    return true;
  }

  /** The alarm comes now, whenever it was to come; the clock of the platform is another one. */
  ringEarly(): boolean {
    if (this.storedAlarm === null || this.#isRinging || this.#unstored.length > 0) return false;
    if (this.#instance && this.#instance.alarm !== this.storedAlarm) return false;
    if (this.#alarm) this.#alarm.isCanceled = true;
    this.#ring(this.storedAlarm);
    return true;
  }

  #close(instance: Instance): void {
    instance.end();
    this.#instance = null;
  }

  #opened(): Instance | null {
    if (this.#instance) return this.#instance;
    const { timeline } = this.#host;
    const owner = {
      id: this.id,
      store: (group: Group) => this.#store(instance, group),
      onWrite: (write: Write) => this.#host.onWrite(this.id, write),
      reset: (reason: string) => {
        timeline.after(0, `${this.id} reset`, () => {
          if (this.#instance === instance) this.cut(reason);
        });
      },
    };
    const instance = new Instance(owner, timeline, this.stored, this.storedAlarm);
    this.#instance = instance;
    timeline.note(`${this.id} opened`);
    try {
      instance.object = instance.enter(() => this.#host.open(instance)) ?? null;
      return instance;
    } catch (error) {
      timeline.note(`${this.id} not opened: ${String(error)}`);
      this.#close(instance);
      return null;
    }
  }

  #store(instance: Instance, group: Group): void {
    const { timeline, random } = this.#host;
    this.#unstored.push(group);
    const isStalled = !this.#host.isCalm() && random.chance(0.003);
    if (isStalled) this.#host.fault("disk stalled");
    const longest = this.#host.isCalm() ? 20 : 400;
    const at =
      timeline.now +
      (isStalled ? this.#host.untilCalm(random.int(20_000)) : random.latency(3, longest));
    this.#lastConfirmAt = Math.max(at, this.#lastConfirmAt);
    timeline.after(this.#lastConfirmAt - timeline.now, `${this.id} durable`, () => {
      if (this.#instance !== instance) return;
      // The oldest, whichever of two at the same time this is.
      const next = this.#unstored.shift();
      if (!next) return;
      this.#toDisk(next);
      instance.confirm(next.number);
    });
  }

  #toDisk({ writes, alarm }: Group): void {
    this.stored.push(...writes);
    if (alarm === this.storedAlarm) return;
    this.storedAlarm = alarm;
    this.#alarmTries = 0;
    this.#alarmNotBefore = 0;
    this.#setAlarm();
  }

  #setAlarm(): void {
    if (this.#alarm) this.#alarm.isCanceled = true;
    this.#alarm = null;
    const at = this.storedAlarm;
    if (at === null || this.#isRinging) return;
    // Another is on its way to the disk, and is set when it is there.
    if (this.#instance && this.#instance.alarm !== at) return;
    const { timeline, random } = this.#host;
    const isLate = !this.#host.isCalm() && random.chance(0.03);
    if (isLate) this.#host.fault("alarm late");
    const due = Math.max(at, this.#alarmNotBefore, timeline.now) + random.latency(3, 30);
    const dueMs = due - timeline.now;
    const lateMs = isLate ? this.#host.untilCalm(dueMs + random.int(20_000)) - dueMs : 0;
    this.#alarm = timeline.after(dueMs + Math.max(0, lateMs), `${this.id} alarm`, () => {
      this.#alarm = null;
      this.#ring(at);
    });
  }

  #ring(at: number): void {
    const instance = this.#opened();
    if (!instance) return;
    this.#isRinging = true;
    instance.busy += 1;
    instance.whenReady(() => void this.#handle(instance, at));
  }

  async #handle(instance: Instance, at: number): Promise<void> {
    // The object has moved it by now, and that was not durable yet.
    if (instance.alarm !== at) {
      this.#rung(instance);
      return;
    }
    const handler = { isAlarmSet: false };
    instance.handler = handler;
    instance.alarm = null;
    const tries = this.#alarmTries;
    let hasThrown = false;
    try {
      await instance.object?.alarm?.({ retryCount: tries, isRetry: tries > 0, scheduledTime: at });
    } catch (error) {
      hasThrown = true;
      this.#host.timeline.note(`${this.id} alarm threw ${String(error)}`);
    }
    if (!instance.isAlive) return;
    instance.handler = null;
    if (handler.isAlarmSet) {
      this.#rung(instance);
    } else if (hasThrown) {
      this.#retryAlarm(instance, at, tries);
    } else {
      instance.setAlarm(null);
      this.#rung(instance);
      if (!this.#host.isCalm() && this.#host.random.chance(0.03)) this.#ringTwice(instance, at);
    }
  }

  /** The platform did not learn that the handler had ended. */
  #ringTwice(instance: Instance, at: number): void {
    this.#host.fault("alarm twice");
    instance.setAlarm(at);
    this.#setAlarm();
  }

  #retryAlarm(instance: Instance, at: number, tries: number): void {
    const pauseS = ALARM_RETRIES_S[tries];
    this.#alarmTries = tries + 1;
    if (pauseS === undefined) {
      this.#host.timeline.note(`${this.id} alarm is given up`);
      instance.setAlarm(null);
    } else {
      instance.alarm = at;
      this.#alarmNotBefore = this.#host.timeline.now + pauseS * 1_000;
    }
    this.#rung(instance);
  }

  #rung(instance: Instance): void {
    instance.busy -= 1;
    this.#isRinging = false;
    this.#setAlarm();
  }
}
