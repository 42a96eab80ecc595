/** What executors take from the run that they work for: its providers, templates and trace. */
import { DEFAULT_MOCK_SEED } from "#ai/mock/provider.ts";
import type { Ports } from "#executors/executor.ts";
import type { StartRecord } from "#model/start-record.ts";
import { formatTraceparent, spanIdOf, traceOfRun } from "#telemetry/trace-context.ts";

/** The trace of a run, for the calls of its steps. */
export function tracePorts(start: StartRecord): Pick<Ports, "traceparentOf"> {
  return { traceparentOf: (stepId, attempt) => outgoingTraceparent(start, stepId, attempt) };
}

/**
 * The provider of a step: fixed at the start of the run, so that it does not change while it runs.
 */
export function mockPorts({
  provider,
  mock,
  namedMock = { mode: "success", steps: {}, seed: DEFAULT_MOCK_SEED },
}: StartRecord): Pick<Ports, "defaultProvider" | "mock" | "namedMock"> {
  return { defaultProvider: provider, mock, namedMock };
}

/**
 * The span of the call, when it will be sent. Else the caller's own, forwarded unchanged; without
 * one, the called service decides whether to trace.
 */
function outgoingTraceparent(start: StartRecord, stepId: string, attempt: number): string | null {
  const { runId, traceparent, isTraced = false } = start;
  if (!isTraced) return traceparent ?? null;
  const { traceId } = traceOfRun(runId, traceparent);
  const spanId = spanIdOf(runId, { kind: "call", stepId, attempt });
  return formatTraceparent({ traceId, spanId, isSampled: true });
}
