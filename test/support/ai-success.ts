/**
 * How many AI steps succeed when one call in ten fails in passing: the executor, the openai
 * provider over real sockets and the engine's retries, with a clock of their own, so that nothing
 * waits for a delay. `npm run ai-success` prints the figure; a test holds it to the target.
 */
import { indexWorkflow } from "#model/workflow-index.ts";
import { createProviders } from "#ai/registry.ts";
import { advance, pendingEffect, timersOf } from "#engine/advance.ts";
import type { Command } from "#engine/command.ts";
import type { RunState } from "#engine/state.ts";
import { unitInterval } from "#engine/retry.ts";
import { executeAiGenerate } from "#executors/ai-generate.ts";
import type { Ports } from "#executors/executor.ts";
import { ai, definition } from "./definitions.ts";
import { answering, FAKE_KEY, FakeOpenAi, refusing, type Turn } from "./fake-openai.ts";

/** Source, section 4. */
export const TARGET = 0.97;
const STEPS = 2_000;
const FAILING = 0.1;
const AT_ONCE = 8;
const START_MS = Date.UTC(2026, 0, 1);

/** What passes by itself, one as often as the other. */
const TROUBLE: readonly Turn[] = [
  refusing(429, { message: "Rate limit reached." }, { "retry-after": "2" }),
  refusing(500),
  refusing(503),
  { kind: "drop" },
  { kind: "answer", status: 502, body: "<html>Bad gateway</html>" },
];

export interface Measured {
  steps: number;
  succeeded: number;
  calls: number;
  failedCalls: number;
}

/** `maxAttempts` is the step's `retry`; 3 is the default of workflows. */
export async function measureAiSuccess(maxAttempts = 3, steps = STEPS): Promise<Measured> {
  const server = await FakeOpenAi.start();
  let failedCalls = 0;
  server.respond((_call, index) => {
    // Drawn from the number of the call, so that every run of this meets the same trouble.
    const isTrouble = unitInterval(`fail/${index}`) < FAILING;
    if (isTrouble) failedCalls += 1;
    const turn = TROUBLE[Math.floor(unitInterval(`kind ${index}`) * TROUBLE.length)];
    return isTrouble && turn ? turn : answering({ draft: `Draft ${index}` });
  });
  const ports = portsFor(server);
  let next = 0;
  let succeeded = 0;
  const work = async () => {
    while (next < steps) {
      const state = await runOnce(`run_${next++}`, maxAttempts, ports);
      if (state.status === "completed") succeeded += 1;
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return { steps, succeeded, calls: server.calls.length, failedCalls };
  } finally {
    await server.close();
  }
}

function portsFor(server: FakeOpenAi): Ports {
  return {
    signal: new AbortController().signal,
    providers: createProviders({
      settings: {
        ENVIRONMENT: "development",
        OPENAI_API_KEY: FAKE_KEY,
        OPENAI_BASE_URL: server.baseUrl,
        OPENAI_MODEL: "gpt-5.4-mini",
        OPENAI_RESPONSE_FORMAT: "json_schema",
      },
      readSecrets: () => Promise.resolve({}),
      fetch,
    }),
    defaultProvider: "openai",
    mock: null,
    namedMock: { mode: "success", steps: {}, seed: 42 },
    templates: { content_v1: { id: "content_v1", version: 1, prompt: "About {{topic}}." } },
    readSecrets: () => Promise.reject(new Error("no secret is expected")),
    answerMask: () => ({ text: (text) => text, output: (value) => value }),
    traceparentOf: () => null,
    callExternal: () => Promise.reject(new Error("no call is expected")),
  };
}

/** One run of one AI step, to its end. */
async function runOnce(runId: string, maxAttempts: number, ports: Ports): Promise<RunState> {
  const step = ai("draft");
  step.retry = { ...step.retry, max_attempts: maxAttempts };
  const workflow = indexWorkflow(definition([step]));
  let nowMs = START_MS;
  const at = () => new Date(nowMs).toISOString();
  const tell = (state: RunState | null, command: Command): RunState => {
    const result = advance(workflow, state, command);
    if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.refusal)}`);
    return result.state;
  };
  let state = tell(null, { kind: "start", at: at(), run_id: runId, facts: FACTS });
  while (state.ended_at === undefined) {
    const effect = pendingEffect(state);
    const [timer] = timersOf(state);
    if (effect) {
      const { attempt, feedback, candidate } = state.steps["draft"] ?? NOT_STARTED;
      const context = { static: {}, profile: {}, runtime: { inputs: { topic: "tea" }, steps: {} } };
      const asked = { runId, step, attempt, feedback, candidate, context, startInputs: {} };
      const outcome = await executeAiGenerate(asked, ports);
      state = tell(state, { kind: "outcome", at: at(), step_id: "draft", attempt, outcome });
    } else if (timer) {
      nowMs = Math.max(nowMs, Date.parse(timer.at));
      state = tell(state, { kind: "timer", at: at(), timer });
    } else {
      throw new Error(`stranded: ${JSON.stringify(state)}`);
    }
  }
  return state;
}

const NOT_STARTED = { attempt: 1, feedback: [], candidate: 0 };

const FACTS = {
  workflow_version: 1,
  created_by: { id: "dev" },
  provider: "openai",
  mock: false,
  templates: { content_v1: 1 },
  tags: [],
};

export function report({ steps, succeeded, calls, failedCalls }: Measured): string {
  const share = ((100 * succeeded) / steps).toFixed(2);
  const failed = ((100 * failedCalls) / calls).toFixed(1);
  const target = (100 * TARGET).toFixed(0);
  return `${steps} AI steps in ${calls} calls, ${share} % succeeded, target ${target} %; ${failed} % of the calls failed in passing`;
}

if (import.meta.main) {
  const measured = await measureAiSuccess();
  console.log(report(measured));
  if (measured.succeeded / measured.steps < TARGET) process.exitCode = 1;
}
