/**
 * Follows a run until it settles: waits for a person, or has ended. Owns the polling of events
 * (less often while nothing happens) and failures during it: requests are retried for a while,
 * since the service may be restarting.
 */
import type { ShownEvent } from "#model/event.ts";
import { historySchema, type Run, runSchema } from "#model/run.ts";
import { type Answer, type ApiClient, readBody } from "./api-client.ts";

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
/** About twelve seconds, with the delays above. */
const FAILURES_IN_A_ROW = 10;

const SETTLED: ReadonlySet<Run["status"]> = new Set<Run["status"]>([
  "waiting",
  "completed",
  "failed",
  "canceled",
]);

export interface FollowOptions {
  /** Called once with each event, in order. */
  onEvent(event: ShownEvent): void;
  pause(ms: number): Promise<void>;
}

export interface Follower {
  /** Returns the settled run; all its events up to then have been reported. */
  untilSettled(): Promise<Run>;
}

/** May be called again after the run was resumed; no event is reported twice. */
export function createFollower(
  client: ApiClient,
  runId: string,
  { onEvent, pause }: FollowOptions,
): Follower {
  const path = `/v1/executions/${runId}`;
  let lastSeq = 0;
  const look = async () => {
    // The run is read first, so that its events are at least as new as its status.
    const run = readBody(await read(client, path, pause), client, runSchema);
    const history = await read(client, `${path}/history`, pause);
    const { events } = readBody(history, client, historySchema);
    const fresh = events.filter(({ seq }) => seq > lastSeq);
    for (const event of fresh) onEvent(event);
    lastSeq = fresh.at(-1)?.seq ?? lastSeq;
    return { run, isNews: fresh.length > 0 };
  };
  return {
    untilSettled: async () => {
      let pauseMs = FIRST_PAUSE_MS;
      for (;;) {
        const { run, isNews } = await look();
        if (SETTLED.has(run.status)) return run;
        pauseMs = isNews ? FIRST_PAUSE_MS : longer(pauseMs);
        await pause(pauseMs);
      }
    },
  };
}

/** Reads can be retried, since they change nothing. */
async function read(
  client: ApiClient,
  path: string,
  pause: FollowOptions["pause"],
): Promise<Answer> {
  let pauseMs = FIRST_PAUSE_MS;
  let answer = await client.send("GET", path);
  for (let failures = 1; isPassing(answer) && failures < FAILURES_IN_A_ROW; failures += 1) {
    pauseMs = longer(pauseMs);
    await pause(pauseMs);
    answer = await client.send("GET", path);
  }
  return answer;
}

function isPassing(answer: Answer): boolean {
  switch (answer.kind) {
    case "ok":
      return false;
    case "unreachable":
      return true;
    case "problem":
      return answer.problem.status === 429 || answer.problem.status === 503;
    case "foreign":
      return answer.status >= 502 && answer.status <= 504;
  }
}

function longer(pauseMs: number): number {
  return Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS);
}

/** The `seq` of the newest event. */
export async function readLastSeq(client: ApiClient, runId: string): Promise<number> {
  const path = `/v1/executions/${runId}/history`;
  const answer = await client.send("GET", path);
  return readBody(answer, client, historySchema).events.at(-1)?.seq ?? 0;
}
