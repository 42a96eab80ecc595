/** All races against one service, at a size that the caller chooses. */
import { startDirectService } from "../fuzz/direct-service.ts";
import { createClient } from "../support/http.ts";
import { prepareCancels, raceCancels } from "./cancel.ts";
import { raceChanges } from "./changed.ts";
import type { RaceResult } from "./lanes.ts";
import { AT_ONCE, raceOneKey } from "./one-key.ts";
import { prepareTenCallers, raceTenCallers } from "./ten-callers.ts";
import { Witness } from "./witness.ts";

export interface RacePlan {
  /** Starts with one key. */
  starts: number;
  /** Keys that are new, with a hundred starts each: there the race is for who makes the run. */
  keys: number;
  cancels: number;
  waits: number;
  changes: number;
  seed: number;
  /** Of each race. */
  withinMs: number;
}

export async function runRaces(
  plan: RacePlan,
  report: (result: RaceResult, seconds: number) => void,
): Promise<void> {
  const witness = await Witness.start();
  const service = await startDirectService({
    API_CALL_ALLOW_HTTP_HOSTS: witness.host,
    OPENAI_API_KEY: "sk-race-0123456789abcdefghijklmnop",
    OPENAI_BASE_URL: `http://${witness.host}/v1`,
    // Counted, and beyond what this machine can do.
    RATE_LIMITS: "principal=10000000/60,address=10000000/60",
  });
  const client = createClient(service.url, service.key);
  const timed = async (race: (deadline: number) => Promise<RaceResult>) => {
    const startedAt = performance.now();
    const result = await race(Date.now() + plan.withinMs);
    report(result, (performance.now() - startedAt) / 1000);
  };
  try {
    await prepareCancels(client, witness);
    await prepareTenCallers(client);
    const { starts, keys, cancels, waits, changes, seed } = plan;
    const one = { name: "R4", keys: 1, startsEach: starts };
    const many = { name: "R4, new keys", keys, startsEach: AT_ONCE };
    await timed((deadline) => raceOneKey(client, { ...one, deadline }));
    await timed((deadline) => raceOneKey(client, { ...many, deadline }));
    await timed((deadline) => raceCancels(client, witness, { rounds: cancels, seed, deadline }));
    await timed((deadline) => raceTenCallers(client, { rounds: waits, deadline }));
    await timed((deadline) => raceChanges(client, witness, { rounds: changes, deadline }));
  } finally {
    await service.close();
    await witness.close();
  }
}
