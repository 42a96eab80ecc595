/**
 * Many sessions, a few at a time. A session that met a fault is repeated by its seed and shrunk, so
 * that what is printed is about the smallest sequence of requests that shows it.
 */
import * as fc from "fast-check";
import { Coverage } from "./coverage.ts";
import {
  everyOperation,
  runSession,
  type Sent,
  sessions,
  shown,
  type Step,
  type Target,
} from "./session.ts";

export interface Options {
  requests: number;
  seed: number;
  /** Sessions side by side. */
  lanes: number;
  /** Only this session; null: as many as it takes. */
  session: number | null;
  /** How many different faults are shrunk. */
  shrunk?: number;
}

interface Found {
  session: number;
  /** The same for faults of one kind. */
  signature: string;
  count: number;
  text: string;
}

export interface Outcome {
  coverage: Coverage;
  found: Found[];
}

const SHRINK_MS = 8_000;
/** Requests before the fault that are shown. */
const SHOWN_BEFORE = 6;

export async function campaign(target: Target, options: Options): Promise<Outcome> {
  const { operations } = target.api;
  // Without RESTORE_TOKEN they are not there, and with it a request could empty the service.
  const off = operations.filter(({ parameters }) =>
    parameters.some(({ name }) => name.toLowerCase() === "x-restore-token"),
  );
  const coverage = new Coverage(operations, off);
  const found = new Map<string, Found>();
  const arbitrary = sessions(target.api);
  const isEnough = () => options.session === null && coverage.sent >= options.requests;
  const noteOf = (session: number) => (sent: Sent) => {
    coverage.add(sent);
    if (sent.faults.length > 0) add(found, session, sent);
  };
  let next = options.session ?? options.seed * 1_000_000;
  const lane = async () => {
    while (!isEnough()) {
      const session = next++;
      await runSession(target, stepsOf(arbitrary, session), noteOf(session), isEnough);
      if (options.session !== null) return;
    }
  };
  if (options.session === null) {
    await runSession(target, stepsOf(everyOperation(target.api), next), noteOf(next));
  }
  const lanes = options.session === null ? options.lanes : 1;
  await Promise.all(Array.from({ length: lanes }, lane));
  for (const one of [...found.values()].slice(0, options.shrunk ?? 5)) {
    one.text = await shrink(target, arbitrary, one);
  }
  return { coverage, found: [...found.values()] };
}

function stepsOf(arbitrary: fc.Arbitrary<Step[]>, seed: number): Step[] {
  const [steps = []] = fc.sample(arbitrary, { seed, numRuns: 1 });
  return steps;
}

function add(found: Map<string, Found>, session: number, sent: Sent): void {
  const signature = signatureOf(sent);
  const known = found.get(signature);
  if (known) known.count += 1;
  else found.set(signature, { session, signature, count: 1, text: shown(sent) });
}

/** Without what differs from one request to the next. */
function signatureOf({ operation, status, faults }: Sent): string {
  const kind = (faults[0] ?? "").replaceAll(/"[^"]*"|run_\w+|\d+/g, "…").slice(0, 80);
  return `${operation?.id ?? "no operation"} ${status} ${kind}`;
}

/** The transcript of the smallest session that still shows the fault. */
async function shrink(
  target: Target,
  arbitrary: fc.Arbitrary<Step[]>,
  { session, signature, text }: Found,
): Promise<string> {
  let smallest: string | null = null;
  const property = fc.asyncProperty(arbitrary, async (steps) => {
    const sent: Sent[] = [];
    await runSession(target, steps, (one) => sent.push(one));
    const last = sent.findIndex((one) => one.faults.length > 0 && signatureOf(one) === signature);
    if (last < 0) return true;
    smallest = sent
      .slice(Math.max(0, last - SHOWN_BEFORE), last + 1)
      .map(shown)
      .join("\n");
    return false;
  });
  await fc.check(property, { seed: session, numRuns: 1, interruptAfterTimeLimit: SHRINK_MS });
  return smallest ?? `${text}\n(not seen again when the session was repeated alone)`;
}
