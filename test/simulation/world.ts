/**
 * The world outside: an API that remembers every call by its key, and a collector of spans. What it
 * does goes on when the caller is gone; it is the witness of what was really done.
 */
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";
import { running } from "./platform/instance.ts";

/** A call of a step as it arrived. */
export interface Arrival {
  run: string;
  step: string;
  key: string;
  attempt: number;
  method: string;
  leftAt: number;
  at: number;
  fate: Fate;
}

/** ok … lost: it was carried out. refused: a pause was asked for. broken: answered with 500. */
type Fate = "ok" | "slow" | "lost" | "refused" | "broken" | "unreachable" | "rejected";

interface WorldHost {
  readonly timeline: Timeline;
  readonly random: Random;
  isCalm(): boolean;
  fault(kind: string): void;
}

const CARRIED_OUT: ReadonlySet<Fate> = new Set(["ok", "slow", "lost"]);

export function isCarriedOut({ fate }: Arrival): boolean {
  return CARRIED_OUT.has(fate);
}

interface Call {
  url: URL;
  init: RequestInit;
  leftAt: number;
}

export class World {
  readonly #host: WorldHost;
  readonly arrivals: Arrival[] = [];
  /** Ids of spans that the collector took, with the run's trace. */
  readonly spans = new Set<string>();

  constructor(host: WorldHost) {
    this.#host = host;
  }

  fetch(address: string, init: RequestInit): Promise<Response> {
    const caller = running.getStore();
    if (!caller) throw new Error("a fetch without an object");
    const { timeline, random } = this.#host;
    const url = new URL(address);
    return new Promise((resolve, reject) => {
      const { signal } = init;
      const onAbort = () => reject(signal?.reason);
      if (signal?.aborted) {
        onAbort();
        return;
      }
      signal?.addEventListener("abort", onAbort, { once: true });
      const answer = (delayMs: number, go: () => void) => {
        timeline.after(delayMs, `${caller.owner.id} answer of ${url.host}`, () => caller.enter(go));
      };
      caller.whenDurable(() => {
        if (signal?.aborted) return;
        const call = { url, init, leftAt: timeline.now };
        timeline.after(random.latency(5, 80), `${caller.owner.id} call at ${url.host}`, () => {
          const answered = url.host === "collector.test" ? this.#collect(call) : this.#serve(call);
          if (answered === null) answer(random.between(5, 200), () => reject(lost()));
          else answer(answered.afterMs, () => resolve(answered.response));
        });
      });
    });
  }

  /** null: the connection is lost. */
  #serve({ url, init, leftAt }: Call): { afterMs: number; response: Response } | null {
    const { timeline, random } = this.#host;
    const [, run = "", step = ""] = url.pathname.split("/");
    const headers = new Headers(init.headers);
    const fate = this.#fate();
    const arrival: Arrival = {
      run,
      step,
      key: headers.get("idempotency-key") ?? "",
      attempt: Number(headers.get("x-attempt")),
      method: init.method ?? "GET",
      leftAt,
      at: timeline.now,
      fate,
    };
    this.arrivals.push(arrival);
    timeline.note(`world ${arrival.key} attempt ${arrival.attempt}: ${fate}`);
    if (fate !== "ok") this.#host.fault(`API ${fate}`);
    const body = { done: isCarriedOut(arrival), call: this.arrivals.length };
    const afterMs = fate === "slow" ? random.between(500, 45_000) : random.latency(30, 900);
    switch (fate) {
      case "ok":
      case "slow":
        return { afterMs, response: Response.json(body) };
      case "refused": {
        const pause = random.chance(0.5) ? { "retry-after": String(random.int(4)) } : {};
        const status = random.pick([429, 503]);
        return { afterMs, response: Response.json(body, { status, headers: pause }) };
      }
      case "broken":
        return { afterMs, response: Response.json(body, { status: 500 }) };
      case "rejected":
        return { afterMs, response: Response.json(body, { status: 422 }) };
      case "lost":
      case "unreachable":
        return null;
    }
  }

  #fate(): Fate {
    const { random } = this.#host;
    if (this.#host.isCalm() || random.chance(0.6)) return "ok";
    return random.pick(["slow", "lost", "refused", "broken", "unreachable", "rejected"]);
  }

  #collect({ init }: Call): { afterMs: number; response: Response } | null {
    const { random } = this.#host;
    const isFailing = !this.#host.isCalm() && random.chance(0.3);
    if (isFailing) this.#host.fault("collector failed");
    if (isFailing && random.chance(0.5)) return null;
    if (isFailing) return { afterMs: 5, response: new Response("", { status: 503 }) };
    const text = new TextDecoder().decode(init.body as Uint8Array);
    for (const [, id = ""] of text.matchAll(/"spanId":"([0-9a-f]{16})"/g)) this.spans.add(id);
    // Taken, and the sender does not learn it.
    if (!this.#host.isCalm() && random.chance(0.1)) return null;
    return { afterMs: random.latency(5, 100), response: Response.json({}) };
  }
}

function lost(): Error {
  return new TypeError("Network connection lost.");
}
