/** What was acknowledged, in the order of the answers: nothing of it may be missing later. */
import type { Job } from "./plan.ts";

export type WriteKind = "start" | "answer" | "decide" | "cancel";

export interface Write {
  kind: WriteKind;
  job: Job;
  method: "POST";
  path: string;
  token: string;
  body: object;
  /** The idempotency key; null: none was sent. */
  key: string | null;
  waitNumber?: number;
  stepId?: string;
  approved?: boolean;
  /** The address of who decides. */
  decider?: string;
  inputs?: Record<string, unknown>;
}

export interface Acknowledged extends Write {
  runId: string;
  status: number;
  epoch: number;
}

export class Ledger {
  readonly writes: Acknowledged[] = [];
  /** Answers that are neither a success nor a refusal that the race explains. */
  readonly unexpected: string[] = [];
  epoch = 0;
  #sinceKill = 0;
  #onWrite: (sinceKill: number) => void = () => undefined;

  acknowledge(write: Acknowledged): void {
    this.writes.push(write);
    this.#sinceKill += 1;
    this.#onWrite(this.#sinceKill);
  }

  /** Begins to count for the next kill. */
  watch(onWrite: (sinceKill: number) => void): void {
    this.#sinceKill = 0;
    this.#onWrite = onWrite;
  }

  get sinceKill(): number {
    return this.#sinceKill;
  }

  byKind(): Record<WriteKind, number> {
    const counts = { start: 0, answer: 0, decide: 0, cancel: 0 };
    for (const { kind } of this.writes) counts[kind] += 1;
    return counts;
  }
}
