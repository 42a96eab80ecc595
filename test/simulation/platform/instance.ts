/**
 * One life of an object: its memory, from its opening until it is evicted or cut off. What it does
 * runs in an async context of its own, by which timers, calls and fetches are known to be its; when
 * it ends, nothing that was to be delivered to it is delivered.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Entry, Timeline } from "../timeline.ts";
import { ObjectSql, type Write } from "./sql.ts";

/** Whose code is running; undefined: that of a client. */
export const running = new AsyncLocalStorage<Instance>();

/** What the writes of one turn left: they become durable together. */
export interface Group {
  number: number;
  writes: Write[];
  /** The alarm after the turn, epoch ms. */
  alarm: number | null;
}

/** What an instance needs of the object that it is an instance of. */
interface Owner {
  readonly id: string;
  /** Takes the writes of a turn to the disk, later. */
  store(group: Group): void;
  onWrite(write: Write): void;
  /** The object cannot go on: its callers learn it, and it is opened again for the next. */
  reset(reason: string): void;
}

interface Waiter {
  group: number;
  go: () => void;
}

/** The class under test, as the platform calls it. */
export interface ServedObject {
  alarm?(info: AlarmInvocationInfo): Promise<void> | void;
  fetch?(request: Request): Promise<Response> | Response;
}

export class Instance {
  readonly owner: Owner;
  readonly timeline: Timeline;
  readonly sql: ObjectSql;
  /** The alarm as the object sees it, epoch ms. */
  alarm: number | null;
  /** Set while its alarm handler runs. */
  handler: { isAlarmSet: boolean } | null = null;
  isAlive = true;
  /** How far the clock of its machine is ahead, ms. */
  skewMs = 0;
  object: ServedObject | null = null;
  /** Requests, deliveries and background work that it has not ended. */
  busy = 0;
  readonly timers = new Set<Entry>();
  #groups = 0;
  #durable = 0;
  #isAlarmChanged = false;
  #waiters: Waiter[] = [];
  #blockers = 0;
  #blocked: (() => void)[] = [];

  constructor(owner: Owner, timeline: Timeline, stored: readonly Write[], alarm: number | null) {
    this.owner = owner;
    this.timeline = timeline;
    this.alarm = alarm;
    this.sql = new ObjectSql(stored, (write) => owner.onWrite(write));
  }

  /** Runs in the context of this instance, unless it has ended. */
  enter<T>(work: () => T): T | undefined {
    return this.isAlive ? running.run(this, work) : undefined;
  }

  /** As `enter`, once the object takes events. */
  whenReady(work: () => void): void {
    if (this.#blockers > 0) this.#blocked.push(work);
    else this.enter(work);
  }

  async block<T>(work: () => Promise<T>): Promise<T> {
    this.#blockers += 1;
    try {
      return await work();
    } catch (error) {
      this.owner.reset(`blockConcurrencyWhile: ${String(error)}`);
      throw error;
    } finally {
      this.#blockers -= 1;
      if (this.#blockers === 0) for (const go of this.#blocked.splice(0)) this.enter(go);
    }
  }

  setAlarm(at: number | null): void {
    if (!this.isAlive) throw new Error("the object is gone");
    this.alarm = at;
    this.#isAlarmChanged = true;
    if (this.handler) this.handler.isAlarmSet = true;
  }

  /** After each turn: what it wrote goes to the disk as one. */
  endTurn(): void {
    if (!this.isAlive || !(this.sql.hasWrites || this.#isAlarmChanged)) return;
    this.#groups += 1;
    this.#isAlarmChanged = false;
    const { alarm } = this;
    this.owner.store({ number: this.#groups, writes: this.sql.takeWrites(), alarm });
  }

  /** Everything up to this group is on the disk. */
  confirm(group: number): void {
    this.#durable = group;
    const ready = this.#waiters.filter((waiter) => waiter.group <= group);
    this.#waiters = this.#waiters.filter((waiter) => waiter.group > group);
    for (const { go } of ready) this.enter(go);
  }

  /** The output gate: what leaves the object waits until all that it wrote before is durable. */
  whenDurable(go: () => void): void {
    if (!this.isAlive) return;
    const isOpen = this.sql.hasWrites || this.#isAlarmChanged;
    const group = this.#groups + (isOpen ? 1 : 0);
    if (group <= this.#durable) go();
    else this.#waiters.push({ group, go });
  }

  setTimer(delayMs: number, what: string, go: () => void): Entry {
    const entry = this.timeline.after(delayMs, `${this.owner.id} ${what}`, () => {
      this.timers.delete(entry);
      this.enter(go);
    });
    this.timers.add(entry);
    return entry;
  }

  get isIdle(): boolean {
    return this.busy === 0 && this.timers.size === 0 && this.handler === null;
  }

  end(): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    for (const timer of this.timers) timer.isCanceled = true;
    this.sql.close();
  }
}
