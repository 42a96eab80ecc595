/**
 * Starting a run: everything that can be refused is refused before a run exists, so that a refused
 * start does not use up its idempotency key.
 */
import { openDatabase } from "#db/database.ts";
import { findRefusedSecrets } from "#db/secrets.ts";
import { readTemplateVersions } from "#db/templates.ts";
import { Sessions } from "#db/sessions.ts";
import { readStartPointer } from "#db/workflows.ts";
import { runIdSecret, type Settings } from "#settings.ts";
import type { Principal } from "#model/access.ts";
import type { JsonObject } from "#model/json.ts";
import { toJsonText } from "#model/json-text.ts";
import type { MockAi } from "#model/mock-request.ts";
import type { ProblemSeed } from "#model/problem.ts";
import type { Template } from "#model/template.ts";
import { type WorkflowDefinition, templateIdsOf } from "#model/workflow.ts";
import type { Reply, RunResult } from "#model/run-rpc.ts";
import type { StartRecord } from "#model/start-record.ts";
import { deriveRunId, randomRunId } from "#security/run-id.ts";
import { secretNamesIn } from "#template/secret-names.ts";
import { answersProblem } from "#validation/answers.ts";
import { checkStartInputs } from "#validation/start-inputs.ts";
import {
  formatTraceparent,
  isTraceSampled,
  parseTraceparent,
  traceOfRun,
} from "#telemetry/trace-context.ts";
import { callerOf, tokenRightsOf } from "./calls.ts";
import type { StartBody } from "./schemas.ts";
import { fingerprint } from "../idempotency/key.ts";
import type { AppContext } from "../types.ts";
import { readTemplate, readVersion } from "./version-cache.ts";

/** Starts the run, or finds the one that the same key started. */
export async function startRun(
  c: AppContext,
  body: StartBody,
  key: string | null,
  waitMs: number,
): Promise<Reply<RunResult>> {
  const principal = c.get("principal");
  const secret = runIdSecret(c.get("settings"));
  const runId = key === null ? randomRunId() : await deriveRunId(secret, principal.id, key);
  const { location } = body.run_opts ?? {};
  const run = c.env.RUNS.getByName(runId, location === undefined ? {} : { locationHint: location });
  const tokens = tokenRightsOf(c);
  const print = key === null ? "" : await bodyFingerprint(body);
  const isForCaller = isVisible(principal, body.workflow_id);
  // Far from D1 its answer takes as long as opening the object, and neither needs the other.
  if (isForCaller) c.executionCtx.waitUntil(run.open());
  const prepared = await prepare(c, body);
  if (!prepared.ok) {
    // A start that would be refused now may have succeeded earlier with this key, and is replayed;
    // but not for a principal that has since been limited to another workflow.
    const isReplayed = key !== null && isForCaller;
    const earlier = isReplayed ? await run.replay(print, tokens) : null;
    if (earlier?.ok || earlier?.problem.code === "idempotency_key_reused") return earlier;
    return prepared;
  }
  const record: StartRecord = {
    runId,
    fingerprint: print,
    ...prepared.facts,
    ...(key === null ? {} : { idempotencyKey: key }),
    caller: callerOf(c),
    ...traceFacts(c, runId),
  };
  return run.start({ record, tokens, waitMs });
}

/** The caller's span, and whether this run's spans are sent. */
function traceFacts(c: AppContext, runId: string): Pick<StartRecord, "traceparent" | "isTraced"> {
  const settings = c.get("settings");
  const parent = parseTraceparent(c.req.header("traceparent"));
  const given = parent ? { traceparent: formatTraceparent(parent) } : {};
  if (settings.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return given;
  const { OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: ratio } = settings;
  const { traceId } = traceOfRun(runId, given.traceparent);
  return { ...given, isTraced: isTraceSampled(sampler, ratio, traceId, parent) };
}

/** The same meaning has the same fingerprint; the key itself is not part of it. */
function bodyFingerprint(body: StartBody): Promise<string> {
  const { idempotency_key: _, ...options } = body.run_opts ?? {};
  return fingerprint({
    workflow_id: body.workflow_id,
    workflow_version: body.workflow_version ?? null,
    inputs: body.inputs ?? {},
    run_opts: options,
  });
}

type Facts = Omit<
  StartRecord,
  "runId" | "fingerprint" | "idempotencyKey" | "caller" | "traceparent" | "isTraced"
>;
type Prepared = { ok: true; facts: Facts } | { ok: false; problem: ProblemSeed };

async function prepare(c: AppContext, body: StartBody): Promise<Prepared> {
  const principal = c.get("principal");
  const found = await findDefinition(c, principal, body);
  if (!found.ok) return found;
  const { definition, text, version } = found;
  const inputs = body.inputs ?? {};
  const errors = checkStartInputs(definition, inputs, c.get("work"));
  if (errors.length > 0) return { ok: false, problem: answersProblem(errors, "input") };
  const mock = chooseMock(c.get("settings"), definition, body.run_opts?.mock_ai);
  if (mock === "refused") {
    const detail = "The mock provider is not allowed in production.";
    return { ok: false, problem: { code: "mock_not_allowed", detail } };
  }
  return {
    ok: true,
    facts: {
      workflowVersion: version,
      definition: text,
      templates: toJsonText(found.templates),
      inputs: withDefaults(definition, inputs),
      profile: body.run_opts?.profile ?? principal.claims,
      provider: mock.asked ? "mock" : c.get("settings").AI_PROVIDER,
      mock: mock.asked,
      namedMock: mock.named,
      isOnMock: mock.isCertain,
      tags: [...new Set([...definition.tags, ...(body.run_opts?.tags ?? [])])],
      ...(body.run_opts?.location === undefined ? {} : { location: body.run_opts.location }),
    },
  };
}

function isVisible({ workflowScope }: Principal, id: string): boolean {
  return workflowScope === null || workflowScope === id;
}

async function findDefinition(c: AppContext, principal: Principal, body: StartBody) {
  const id = body.workflow_id;
  const db = openDatabase(c.env.DB);
  const asked = body.workflow_version ?? null;
  const pointer = isVisible(principal, id) ? await readStartPointer(db, id, asked) : null;
  if (!pointer)
    return notFound("workflow_not_found", `There is no workflow "${id.slice(0, 100)}".`);
  const { version } = pointer;
  // Immutable, so that a copy of the database that lags has them as they are, or not yet.
  const copies = new Sessions(c.env.DB, null);
  const [stored, named] = await Promise.all([
    version === null ? null : readVersion(copies, id, version),
    pointer.templates === null ? null : readTemplates(copies, pointer.templates),
  ]);
  if (version === null || !stored)
    return notFound("version_not_found", `"${id}" has no version ${asked ?? version}.`);
  const refused =
    pointer.refusedSecrets ?? (await findRefusedSecrets(db, id, secretNamesIn(stored.definition)));
  const [secret] = refused;
  if (secret !== undefined) return secretRefused(secret);
  const unnamed = () => readTemplateVersions(db, templateIdsOf(stored.definition));
  const templates = named ?? (await readTemplates(copies, await unnamed()));
  return { ok: true as const, ...stored, version, templates };
}

function secretRefused(name: string) {
  const detail = `The secret "${name}" names the workflows that may use it, and this one is not among them.`;
  return { ok: false as const, problem: { code: "secret_not_for_workflow" as const, detail } };
}

function notFound(code: "workflow_not_found" | "version_not_found", detail: string) {
  return { ok: false as const, problem: { code, detail } };
}

async function readTemplates(
  copies: Sessions,
  versions: Record<string, number | null>,
): Promise<Template[]> {
  const named = Object.entries(versions).map(async ([id, version]) =>
    version === null ? null : readTemplate(copies, id, version),
  );
  return (await Promise.all(named)).filter((template) => template !== null);
}

function withDefaults(definition: WorkflowDefinition, inputs: JsonObject): JsonObject {
  const defaults = (definition.inputs ?? []).flatMap((field) =>
    field.default === undefined ? [] : [[field.key, field.default] as const],
  );
  return { ...Object.fromEntries(defaults), ...inputs };
}

/** The part of the mock in a run. */
interface MockChoice {
  /** The mock that the run asked for: it answers every step. */
  asked: StartRecord["mock"];
  /** How the mock behaves for steps that choose it as their provider. */
  named: NonNullable<StartRecord["mock"]>;
  /**
   * The run uses the mock from the start: it asked for it, or none of its steps names another
   * provider.
   */
  isCertain: boolean;
}

/** "refused": production does not use the mock unless configured to, not even in one step. */
export function chooseMock(
  settings: Settings,
  definition: WorkflowDefinition,
  asked: MockAi | undefined,
): MockChoice | "refused" {
  const isAsked = asked !== undefined && asked !== false;
  const usesMock = isAsked || settings.AI_PROVIDER === "mock" || definition.steps.some(namesMock);
  if (usesMock && settings.ENVIRONMENT === "production" && !settings.ALLOW_MOCK_AI) {
    return "refused";
  }
  const given = typeof asked === "object" ? asked : {};
  const named = {
    mode: given.mode ?? settings.MOCK_AI_MODE,
    steps: given.steps ?? {},
    seed: settings.MOCK_AI_SEED,
  };
  const isDefault = settings.AI_PROVIDER === "mock" && !definition.steps.some(namesAnother);
  return { asked: isAsked ? named : null, named, isCertain: isAsked || isDefault };
}

function namesAnother(step: WorkflowDefinition["steps"][number]): boolean {
  const provider = step.type === "ai_generate" ? step.config.provider : undefined;
  return provider !== undefined && provider !== "mock";
}

function namesMock(step: WorkflowDefinition["steps"][number]): boolean {
  if (step.type !== "ai_generate") return false;
  const { provider, fallback = [] } = step.config;
  return [provider, ...fallback.map((candidate) => candidate.provider)].includes("mock");
}
