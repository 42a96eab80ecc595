/**
 * D1 over real SQLite with the migrations of the repository. One statement or batch is one
 * transaction, carried out when it arrives; the caller learns of it later, or does not.
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Random } from "../random.ts";
import type { Timeline } from "../timeline.ts";
import { running } from "./instance.ts";
import { toInput } from "./sql.ts";

const MIGRATIONS = fileURLToPath(import.meta.resolve("../../../migrations/"));

export interface D1Host {
  readonly timeline: Timeline;
  readonly random: Random;
  /** Shares of calls that go wrong at present. */
  rates(): D1Rates;
  fault(kind: string): void;
  /** A pause that a fault makes; none lasts beyond the time of faults. */
  untilCalm(pauseMs: number): number;
}

interface D1Rates {
  /** Fails, and nothing was written. */
  before: number;
  /** Fails, and all was written. */
  after: number;
  /** No answer for up to a minute, written then or not. */
  hang: number;
  /** Refused at once as overloaded. */
  refuse: number;
}

interface Bound {
  query: string;
  values: unknown[];
}

type Row = Record<string, unknown>;

export class SimulatedD1 {
  readonly #db = new DatabaseSync(":memory:");
  readonly #prepared = new Map<string, StatementSync>();
  #host: D1Host | null = null;
  /** Transactions that were carried out. */
  commits = 0;

  constructor() {
    for (const name of readdirSync(MIGRATIONS).toSorted()) {
      if (name.endsWith(".sql"))
        this.#db.exec(readFileSync(`${MIGRATIONS}${name}`, { encoding: "utf8" }));
    }
  }

  /** Everything that was written since is forgotten. */
  begin(host: D1Host): void {
    if (this.#host) this.#db.exec("ROLLBACK");
    this.#db.exec("BEGIN");
    this.#host = host;
    this.commits = 0;
  }

  /** For the laws: outside of the schedule. */
  read(query: string, ...values: unknown[]): Row[] {
    return this.#statement(query).all(...values.map(toInput));
  }

  get binding(): object {
    return {
      prepare: (query: string) => this.#prepare(query, []),
      batch: (all: readonly { bound: Bound }[]) => this.#send(all.map(({ bound }) => bound)),
    };
  }

  #prepare(query: string, values: unknown[]) {
    const bound = { query, values };
    const one = async () => {
      const [result] = await this.#send([bound]);
      if (!result) throw new Error("a statement without a result");
      return result;
    };
    return {
      bound,
      bind: (...given: unknown[]) => this.#prepare(query, given),
      all: one,
      run: one,
      first: async (column?: string) => {
        const row = (await one()).results[0] ?? null;
        return row && column !== undefined ? row[column] : row;
      },
      raw: async () => (await one()).results.map((row) => Object.values(row)),
    };
  }

  /** From the object to D1 and back; each way takes its time. */
  #send(batch: readonly Bound[]): Promise<{ results: Row[] }[]> {
    const host = this.#host;
    const caller = running.getStore();
    if (!host) throw new Error("D1 outside of a simulation");
    const { timeline, random } = host;
    return new Promise((resolve, reject) => {
      const answer = (delayMs: number, what: string, go: () => void) => {
        timeline.after(delayMs, `${caller?.owner.id ?? "client"} ${what}`, () => {
          if (caller) caller.enter(go);
          else go();
        });
      };
      const leave = () => {
        const { before, after, hang, refuse } = host.rates();
        const wayMs = random.latency(6, 60);
        const backMs = random.latency(6, 60);
        const fate = random.next();
        if (fate < refuse) {
          host.fault("D1 overloaded");
          answer(wayMs, "D1 overloaded", () => reject(d1Error("D1 DB is overloaded.")));
        } else if (fate < refuse + before) {
          host.fault("D1 failed before commit");
          answer(wayMs, "D1 failed", () => reject(d1Error("Network connection lost.")));
        } else if (fate < refuse + before + hang) {
          host.fault("D1 hung");
          const heldMs = host.untilCalm(random.between(1_000, 60_000));
          if (random.chance(0.5)) timeline.after(heldMs, "D1 late commit", () => this.#try(batch));
          answer(heldMs + backMs, "D1 timed out", () => reject(d1Error("Timed out.")));
        } else {
          const isLost = fate < refuse + before + hang + after;
          if (isLost) host.fault("D1 failed after commit");
          timeline.after(wayMs, "D1 commit", () => {
            const done = this.#try(batch);
            answer(backMs, isLost ? "D1 failed after" : "D1 answer", () => {
              if (!done.ok) reject(d1Error(done.error));
              else if (isLost) reject(d1Error("Network connection lost."));
              else resolve(done.results);
            });
          });
        }
      };
      if (caller) caller.whenDurable(leave);
      else leave();
    });
  }

  #try(
    batch: readonly Bound[],
  ): { ok: true; results: { results: Row[] }[] } | { ok: false; error: string } {
    this.#db.exec("SAVEPOINT batch");
    try {
      const results = batch.map(({ query, values }) => ({
        success: true,
        meta: { changes: 0 },
        results: this.#statement(query).all(...values.map(toInput)),
      }));
      this.#db.exec("RELEASE batch");
      this.commits += 1;
      return { ok: true, results };
    } catch (error) {
      this.#db.exec("ROLLBACK TO batch; RELEASE batch");
      return { ok: false, error: String(error) };
    }
  }

  #statement(query: string): StatementSync {
    let statement = this.#prepared.get(query);
    if (!statement) {
      statement = this.#db.prepare(query);
      this.#prepared.set(query, statement);
    }
    return statement;
  }
}

function d1Error(message: string): Error {
  return new Error(`D1_ERROR: ${message}`);
}
