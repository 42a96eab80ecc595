/**
 * One Durable Object per principal: what all isolates together have let pass of its requests, and
 * the tokens that it used through `ai:infer`, by day.
 *
 * - Counts of requests are in memory. They are worth a minute, less than a write costs.
 * - Tokens are money, so they are durable before the call that takes them begins. Days before
 *   yesterday are removed with the first reservation of a day.
 */
import { DurableObject } from "cloudflare:workers";
import type {
  CountedRequests,
  MeterRpc,
  ReservationResult,
  TokenReservation,
  WindowCounts,
} from "#model/meter-rpc.ts";
import { rolled } from "./window.ts";

const KEPT_DAYS = 2;

export class MeterObject extends DurableObject implements MeterRpc {
  /** By policy. */
  readonly #requests = new Map<string, WindowCounts>();
  #hasTable = false;

  async count({ policy, window, count }: CountedRequests): Promise<WindowCounts> {
    const known = this.#requests.get(policy) ?? { window, current: 0, previous: 0 };
    const counts = { ...rolled(known, window) };
    if (window === counts.window) counts.current += count;
    // A report that was under way while the window changed.
    if (window === counts.window - 1) counts.previous += count;
    this.#requests.set(policy, counts);
    return counts;
  }

  async reserve({ day, tokens, dailyTokens }: TokenReservation): Promise<ReservationResult> {
    const spent = this.#spent(day);
    if (spent + tokens > dailyTokens) return { ok: false, spent };
    this.#add(day, tokens);
    return { ok: true, spent: spent + tokens };
  }

  async correct(day: string, tokens: number): Promise<void> {
    this.#add(day, tokens);
  }

  #spent(day: string): number {
    const [row] = this.#sql<{ tokens: number }>("SELECT tokens FROM days WHERE day = ?", day);
    return row?.tokens ?? 0;
  }

  #add(day: string, tokens: number): void {
    this.#sql(
      "INSERT INTO days VALUES (?1, max(0, ?2)) ON CONFLICT (day) DO UPDATE SET tokens = max(0, tokens + ?2)",
      day,
      tokens,
    );
    this.#sql(
      "DELETE FROM days WHERE day NOT IN (SELECT day FROM days ORDER BY day DESC LIMIT ?)",
      KEPT_DAYS,
    );
  }

  /** Created by the first reservation: a meter of requests alone stores nothing. */
  #sql<Row extends Record<string, SqlStorageValue>>(
    statement: string,
    ...values: SqlStorageValue[]
  ): Row[] {
    const { sql } = this.ctx.storage;
    if (!this.#hasTable) {
      sql.exec("CREATE TABLE IF NOT EXISTS days (day TEXT PRIMARY KEY, tokens INTEGER NOT NULL)");
      this.#hasTable = true;
    }
    return sql.exec<Row>(statement, ...values).toArray();
  }
}
