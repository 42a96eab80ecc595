/** What a run's executors need of the outside world, built from the environment. */
import { DEFAULT_MOCK_SEED } from "#ai/mock/provider.ts";
import { createProviders } from "#ai/registry.ts";
import type { Env } from "#env.ts";
import { readSettings, type Settings } from "#settings.ts";
import type { Ports } from "#executors/executor.ts";
import type { Template } from "#model/template.ts";
import { createExternalCall } from "#security/egress.ts";
import { createSecretReader } from "./secret-reader.ts";
import { createServiceLogger } from "./service-logger.ts";
import { formatTraceparent, spanIdOf, traceOfRun } from "#telemetry/trace-context.ts";
import type { StartRecord } from "#model/start-record.ts";

export function createPorts(
  env: Env,
  start: StartRecord,
  templates: Readonly<Record<string, Template>>,
): Omit<Ports, "signal" | "isCanceled" | "answerMask"> {
  const settings = requireSettings(env);
  const allowHosts = settings.API_CALL_ALLOW_HOSTS;
  const readSecrets = createSecretReader(env.DB, settings, createServiceLogger(env));
  return {
    providers: createProviders({
      settings,
      readSecrets,
      fetch: (input, init) => fetch(input, init),
    }),
    ...mockPorts(start),
    templates,
    callExternal: createExternalCall({
      allowHttpHosts: settings.API_CALL_ALLOW_HTTP_HOSTS,
      allowHosts: allowHosts.length === 0 ? null : allowHosts,
      fetch: (input, init) => fetch(input, init),
    }),
    readSecrets,
    traceparentOf: (stepId, attempt) => outgoingTraceparent(start, stepId, attempt),
  };
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

/** The secret that the signing keys of resume tokens are derived from. */
export function serverSecret(env: Env): string {
  const { SERVER_SECRET: secret } = requireSettings(env);
  if (secret === undefined) throw new Error("settings: SERVER_SECRET is not set.");
  return secret;
}

/** Why the settings cannot be read; null: they can. A run may be older than the settings. */
export function settingsProblem(env: Env): string | null {
  const result = readSettings(env);
  return result.ok ? null : result.problems.join(" ");
}

/** Without settings no request is sent, and effects wait. */
function requireSettings(env: Env): Settings {
  const result = readSettings(env);
  if (!result.ok) throw new Error(`settings: ${result.problems.join(" ")}`);
  return result.settings;
}
