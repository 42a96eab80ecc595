/**
 * The Worker of `npm run perf:far` and `npm run perf:lists`: that of a deployment, which counts what
 * a request asks of D1 and of the run objects, and can be far away from both. The distances of a
 * request are in its header `x-far`, so that far and near calls alternate in one runtime.
 *
 * Only for one request at a time: what an object asks of D1 counts for the latest.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { z } from "zod";
import type { Env } from "#env.ts";
import { createApp } from "#http/app.ts";
import { createWorker } from "#http/worker.ts";
import { RunObject as ProductionRunObject } from "#run/run-object.ts";
import { RoundTrips, watchDatabase } from "./round-trips.ts";

export { MeterObject } from "#metering/meter-object.ts";
export { ProjectionCollector } from "#projection/projection-collector.ts";

/** Milliseconds of a round trip. */
interface Distance {
  database: number;
  object: number;
}

const inAlarm = new AsyncLocalStorage<true>();
const resultSchema = z.object({ meta: z.object({ rows_read: z.number() }) });
let distance: Distance = { database: 0, object: 0 };
let ofObjects = new RoundTrips();

/** Rows that D1 says a query has read. drizzle asks for them with `all` alone. */
let rowsRead = 0;

async function readRows<T>(trip: () => Promise<T>): Promise<T> {
  const result = await trip();
  for (const one of Array.isArray(result) ? result : [result]) {
    const { success, data } = resultSchema.safeParse(one);
    if (success) rowsRead += data.meta.rows_read;
  }
  return result;
}

async function after<T>(ms: number, trip: () => Promise<T>): Promise<T> {
  if (ms > 0) await scheduler.wait(ms);
  return trip();
}

export class RunObject extends ProductionRunObject {
  constructor(ctx: DurableObjectState, env: Env) {
    const DB = watchDatabase(env.DB, (trip) =>
      // What the alarm writes, no caller waits for.
      inAlarm.getStore() === true ? trip() : ofObjects.count(() => after(distance.database, trip)),
    );
    super(ctx, { ...env, DB });
  }

  override alarm(...info: Parameters<ProductionRunObject["alarm"]>): Promise<void> {
    return inAlarm.run(true, () => super.alarm(...info));
  }
}

/** The objects, with each call to one of them counted, and as far away as the request says. */
function farObjects(runs: Env["RUNS"], calls: RoundTrips): Env["RUNS"] {
  const { object } = distance;
  const farStub = <S extends object>(stub: S): S =>
    new Proxy(stub, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        return (...args: unknown[]) =>
          calls.count(() =>
            after(object, async () => (await Reflect.apply(member, target, args)) as unknown),
          );
      },
    });
  return new Proxy(runs, {
    get(namespace, name) {
      if (name !== "getByName") return Reflect.get(namespace, name) as unknown;
      const getByName: typeof namespace.getByName = (id, options) =>
        farStub(namespace.getByName(id, options));
      return getByName;
    },
  });
}

function distanceOf(request: Request): Distance {
  const [database = 0, object = 0] = (request.headers.get("x-far") ?? "").split(",").map(Number);
  return { database, object };
}

const worker = createWorker(createApp());

export default {
  async fetch(request, env, context): Promise<Response> {
    distance = distanceOf(request);
    ofObjects = new RoundTrips();
    rowsRead = 0;
    const ofWorker = new RoundTrips();
    const calls = new RoundTrips();
    const far: Env = {
      ...env,
      DB: watchDatabase(env.DB, (trip) =>
        ofWorker.count(() => after(distance.database, () => readRows(trip))),
      ),
      RUNS: farObjects(env.RUNS, calls),
    };
    const answer = await worker.fetch?.(request, far, context);
    const headers = new Headers(answer?.headers);
    headers.set("x-d1-in-sequence", String(ofWorker.inSequence + ofObjects.inSequence));
    headers.set("x-d1-rows-read", String(rowsRead));
    headers.set("x-object-in-sequence", String(calls.inSequence));
    return new Response(answer?.body, { status: answer?.status ?? 500, headers });
  },
} satisfies ExportedHandler<Env>;
