/**
 * What a seed fixes: which workflows are started in which order and how, what becomes of each run,
 * and when the runtime is killed, counted in acknowledged writes. How the requests of several
 * clients interleave is the machine's.
 */
import { createRandom, type Random } from "#ai/mock/prng.ts";
import { CANCELED_WORKFLOW } from "./workflows.ts";

export interface Job {
  index: number;
  workflowId: string;
  /** Most starts have one; a start without is repeated as another. */
  isKeyed: boolean;
  prefer: "respond-async" | "wait=1";
  mockMode: "success" | "transient_error" | "timeout";
  /** After how many of its requests the run is canceled; null: never. */
  cancelAfter: number | null;
  /** How long before the cancel, in ms: a call may be under way by then. */
  cancelDelayMs: number;
}

export interface Kill {
  /** Acknowledged writes since the kill before. */
  after: number;
  delayMs: number;
  /** Not before the witness holds a call. */
  inFlight: boolean;
  /** Once more in the middle of the recovery, so long after the restart, in ms; null: not. */
  againMs: number | null;
}

export interface Plan {
  seed: string;
  kills: readonly Kill[];
  job(index: number): Job;
}

/** The least between two kills. */
const LEAST_WRITES = 20;

export function makePlan(seed: string, kills: number, workflowIds: readonly string[]): Plan {
  const random = createRandom(`${seed}/kills`);
  return {
    seed,
    kills: Array.from({ length: kills }, () => ({
      after: LEAST_WRITES + random.integer(0, 20),
      delayMs: random.integer(0, 40),
      inFlight: random.integer(0, 9) < 6,
      againMs: random.integer(0, 4) === 0 ? random.integer(0, 700) : null,
    })),
    job: (index) => jobOf(index, createRandom(`${seed}/job/${index}`), workflowIds),
  };
}

function cancelAfter(isCanceled: boolean, isOwn: boolean, random: Random): number | null {
  if (isCanceled) return 1;
  if (random.integer(0, 9) >= 2) return null;
  // The harness's own begin with a call.
  return random.integer(1, isOwn ? 1 : 3);
}

/** How many of the first jobs are printed; the rest follow from the seed. */
const PRINTED_JOBS = 24;

/**
 * The plan in a few lines: `27+12*` is a kill 12 ms after 27 writes, while a call is held; `/300` is
 * another one 300 ms after the restart.
 */
export function planLines({ seed, kills, job }: Plan): string[] {
  const moments = kills.map(
    ({ after, delayMs, inFlight, againMs }) =>
      `${after}+${delayMs}${inFlight ? "*" : ""}${againMs === null ? "" : `/${againMs}`}`,
  );
  const jobs = Array.from({ length: PRINTED_JOBS }, (_, index) => job(index).workflowId);
  return [
    `plan of seed ${seed}: kills after acknowledged writes + ms: ${moments.join(" ")}`,
    `plan of seed ${seed}: starts ${jobs.join(", ")} …`,
  ];
}

/** Each so many-th job is canceled while its call is under way. */
const CANCELED_EACH = 8;

function jobOf(index: number, random: Random, workflowIds: readonly string[]): Job {
  // The first ones take each workflow once; then the order is drawn.
  const drawn = random.integer(0, workflowIds.length - 1);
  const isCanceled = index % CANCELED_EACH === CANCELED_EACH - 1;
  const chosen = workflowIds[index < workflowIds.length ? index : drawn] ?? "";
  const workflowId = isCanceled ? CANCELED_WORKFLOW : chosen;
  const mode = random.integer(0, 9);
  // The examples give their models a minute.
  const isOwn = workflowId.startsWith("own_");
  return {
    index,
    workflowId,
    isKeyed: random.integer(0, 9) < 8,
    prefer: isCanceled || random.integer(0, 9) < 7 ? "respond-async" : "wait=1",
    mockMode: mode === 0 ? "transient_error" : mode === 1 && isOwn ? "timeout" : "success",
    cancelAfter: cancelAfter(isCanceled, isOwn, random),
    cancelDelayMs: random.integer(0, 300),
  };
}
