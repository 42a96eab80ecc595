/**
 * Settings: the variables of the environment, parsed once for each isolate. Nothing else reads
 * them raw. docs/operations.md says what each does.
 */
import { z } from "zod";
import { baseUrlProblem, OPENAI_MODEL, RESPONSE_FORMATS } from "#ai/openai/settings.ts";
import { LIMITS } from "#model/limits.ts";
import type { SecretPrints } from "#model/backup.ts";
import { parseRatePolicies } from "#model/rate-policy.ts";
import { MOCK_MODES } from "#model/mock-request.ts";
import { PROVIDERS } from "#model/workflow.ts";
import { type KeyRing, openKeyRing, parseVersionedKeys } from "#security/secret-keys.ts";
import { fingerprintOfSecret } from "#security/backup-signature.ts";
import { encodeBase64 } from "#security/base64.ts";
import { weaknessOf, weaknessOfBytes } from "#security/secret-strength.ts";
import { firstSecret, parseServerSecrets, type ServerSecrets } from "#security/server-secrets.ts";
import { SAMPLERS } from "#telemetry/trace-context.ts";
import { endpointHint, parseOtlpHeaders } from "#telemetry/trace-target.ts";

/** Providers that have an adapter. */
const AVAILABLE_PROVIDERS: ReadonlySet<string> = new Set(["mock", "openai"]);

/** An empty variable counts as absent. */
const blank = (value: unknown) => (value === "" ? undefined : value);
const list = z
  .string()
  .default("")
  .transform((text) =>
    text
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== ""),
  );
const flagWith = (fallback: "true" | "false") =>
  z.preprocess(blank, z.enum(["true", "false"]).default(fallback)).transform((v) => v === "true");
const flag = flagWith("false");
const versionedKeys = z.preprocess(blank, z.string().optional()).transform((text, context) => {
  if (text === undefined) return [];
  const parsed = parseVersionedKeys(text);
  if (parsed.ok) return parsed.value;
  context.addIssue({ code: "custom", message: `${parsed.error}.` });
  return z.NEVER;
});
const count = (fallback: number, max: number, min = 0) =>
  z.preprocess(blank, z.coerce.number().int().min(min).max(max).default(fallback));
/** Days that something is kept; 0: for good. */
const days = (fallback: number, least: number) =>
  count(fallback, LIMITS.keptDaysMax).refine((value) => value === 0 || value >= least, {
    message: `must be 0 (never) or at least ${least}`,
  });
const ratio = (fallback: number) =>
  z.preprocess(blank, z.coerce.number().min(0).max(1).default(fallback));
/** Origins as browsers send them: other scripts in ASCII form, a standard port left out. */
const origins = list.transform((written, context) =>
  written.map((text) => {
    const url = URL.parse(text);
    const isOrigin =
      url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
    if (isOrigin && !text.endsWith("/")) return url.origin;
    context.addIssue("must be origins like https://app.example.com, separated by commas");
    return z.NEVER;
  }),
);
const otlpHeaders = z
  .string()
  .default("")
  .transform((text, context) => {
    const headers = parseOtlpHeaders(text);
    if (headers) return headers;
    context.addIssue("must be name=value pairs, separated by commas, values percent-encoded");
    return z.NEVER;
  });

const variablesSchema = z.object({
  ENVIRONMENT: z.preprocess(blank, z.enum(["development", "production"]).default("production")),
  SERVER_SECRET: z.preprocess(blank, z.string().optional()),
  SERVER_SECRETS: z.preprocess(blank, z.string().optional()),
  RUN_ID_SECRET: z.preprocess(blank, z.string().optional()),
  SECRETS_KEYS: versionedKeys,
  SECRETS_DERIVED_KEY: flagWith("true"),
  DEV_API_KEY: z.preprocess(blank, z.string().optional()),
  RESTORE_TOKEN: z.preprocess(blank, z.string().optional()),
  JWT_SECRET: z.preprocess(blank, z.string().optional()),
  JWT_JWKS_URL: z.preprocess(blank, z.url({ protocol: /^https?$/ }).optional()),
  JWT_ISSUER: z.preprocess(blank, z.string().optional()),
  JWT_AUDIENCE: z.preprocess(blank, z.string().optional()),
  AI_PROVIDER: z.preprocess(blank, z.enum(PROVIDERS).default("mock")),
  OPENAI_API_KEY: z.preprocess(blank, z.string().optional()),
  OPENAI_BASE_URL: z.preprocess(blank, z.string().optional()),
  OPENAI_MODEL: z.preprocess(blank, z.string().max(LIMITS.nameLength).default(OPENAI_MODEL)),
  OPENAI_RESPONSE_FORMAT: z.preprocess(blank, z.enum(RESPONSE_FORMATS).default("json_schema")),
  AI_INFER_TIMEOUT_MS: count(LIMITS.inferTimeoutMs, LIMITS.inferTimeoutMaxMs, 1),
  AI_INFER_DAILY_TOKENS: count(2_000_000, Number.MAX_SAFE_INTEGER),
  AI_INFER_MAX_TOKENS: count(0, 1_000_000),
  MOCK_AI_MODE: z.preprocess(blank, z.enum(MOCK_MODES).default("success")),
  MOCK_AI_SEED: count(42, 2 ** 31),
  ALLOW_MOCK_AI: flag,
  WAIT_BUDGET_MS: count(10_000, 60_000),
  PROJECTION_SHARDS: count(1, 16, 1),
  RETENTION_DAYS: days(30, LIMITS.retentionDaysMin),
  AUDIT_DAYS: days(400, 1),
  API_CALL_ALLOW_HTTP_HOSTS: list,
  API_CALL_ALLOW_HOSTS: list,
  CORS_ALLOW_ORIGINS: origins,
  RATE_LIMITS: z.string().default(""),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.preprocess(blank, z.url({ protocol: /^https?$/ }).optional()),
  OTEL_EXPORTER_OTLP_HEADERS: otlpHeaders,
  OTEL_SERVICE_NAME: z.preprocess(blank, z.string().default("workflow-orchestrator")),
  OTEL_TRACES_SAMPLER: z.preprocess(blank, z.enum(SAMPLERS).default("parentbased_always_on")),
  OTEL_TRACES_SAMPLER_ARG: ratio(1),
  TRACE_REQUEST_RATIO: ratio(0.1),
  DUAL_RUN_BASELINE_URL: z.preprocess(blank, z.url({ protocol: /^https?$/ }).optional()),
  DUAL_RUN_BASELINE_KEY: z.preprocess(blank, z.string().optional()),
  LOG_LEVEL: z.preprocess(blank, z.enum(["DEBUG", "INFO", "WARN", "ERROR"]).default("INFO")),
});

/** The limits depend on the environment, so they are read once that is known. */
const settingsSchema = variablesSchema.transform((variables, context) => {
  const policies = parseRatePolicies(variables.RATE_LIMITS, variables.ENVIRONMENT);
  if (policies.ok) return { ...variables, RATE_LIMITS: policies.value };
  context.addIssue({ code: "custom", path: ["RATE_LIMITS"], message: policies.error });
  return z.NEVER;
});

export type Settings = z.infer<typeof settingsSchema>;

export const SETTING_NAMES: readonly string[] = Object.keys(variablesSchema.shape);

export type SettingsResult = { ok: true; settings: Settings } | { ok: false; problems: string[] };

const parsed = new WeakMap<object, SettingsResult>();

export function readSettings(env: object): SettingsResult {
  let result = parsed.get(env);
  if (!result) {
    result = parseSettings(env);
    parsed.set(env, result);
  }
  return result;
}

function parseSettings(env: object): SettingsResult {
  const outcome = settingsSchema.safeParse(env);
  if (!outcome.success) {
    const problems = outcome.error.issues.map(
      (issue) => `${issue.path.join(".")}: ${issue.message}`,
    );
    return { ok: false, problems };
  }
  const problems = missingSettings(outcome.data);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, settings: outcome.data };
}

/** Settings that this environment needs before /v1 is served. */
function missingSettings(settings: Settings): string[] {
  const problems: string[] = [];
  problems.push(...rootProblems(settings), ...tokenProblems(settings));
  problems.push(...providerProblems(settings));
  const { DUAL_RUN_BASELINE_URL, DUAL_RUN_BASELINE_KEY } = settings;
  if ((DUAL_RUN_BASELINE_URL === undefined) !== (DUAL_RUN_BASELINE_KEY === undefined)) {
    problems.push("DUAL_RUN_BASELINE_URL and DUAL_RUN_BASELINE_KEY must be set together.");
  }
  if (settings.ENVIRONMENT === "production") {
    if (settings.DEV_API_KEY !== undefined) {
      problems.push("DEV_API_KEY is set; it is for development only.");
    }
    problems.push(...guessableSecrets(settings));
  }
  return problems;
}

/** The provider must exist, with its settings. A URL that names a secret is checked later. */
function providerProblems(settings: Settings): string[] {
  const { AI_PROVIDER, OPENAI_API_KEY, OPENAI_BASE_URL, ENVIRONMENT } = settings;
  const problems: string[] = [];
  if (!AVAILABLE_PROVIDERS.has(AI_PROVIDER)) {
    problems.push(`AI_PROVIDER ${AI_PROVIDER} has no adapter in this version.`);
  }
  if (AI_PROVIDER === "openai" && OPENAI_API_KEY === undefined) {
    problems.push("AI_PROVIDER is openai, and OPENAI_API_KEY is not set.");
  }
  if (AI_PROVIDER === "mock" && ENVIRONMENT === "production" && !settings.ALLOW_MOCK_AI) {
    problems.push("AI_PROVIDER is mock; set a provider, or ALLOW_MOCK_AI=true.");
  }
  if (OPENAI_BASE_URL?.includes("{{") === false) {
    const problem = baseUrlProblem(OPENAI_BASE_URL, ENVIRONMENT === "development");
    if (problem !== null) problems.push(`OPENAI_BASE_URL ${problem}.`);
  }
  return problems;
}

/**
 * The secret that run ids are derived from: never changed, so that an old key still finds its run.
 */
export function runIdSecret({ RUN_ID_SECRET, SERVER_SECRET = "" }: Settings): string {
  return RUN_ID_SECRET ?? SERVER_SECRET;
}

const rootSecrets = new WeakMap<Settings, ServerSecrets>();

/** The versions of the server secret: what signs, and what still verifies. */
export function serverSecrets(settings: Settings): ServerSecrets {
  let secrets = rootSecrets.get(settings);
  if (!secrets) {
    const { SERVER_SECRET = "", SERVER_SECRETS } = settings;
    const read =
      SERVER_SECRETS === undefined ? null : parseServerSecrets(SERVER_SECRET, SERVER_SECRETS);
    if (read?.ok === false) throw new Error(`SERVER_SECRETS: ${read.error}`);
    secrets = read?.value ?? firstSecret(SERVER_SECRET);
    rootSecrets.set(settings, secrets);
  }
  return secrets;
}

/** The keys that wrap what is stored: secrets, and answers that are remembered. */
export function secretsKeyRing(settings: Settings): Promise<KeyRing> {
  const { SERVER_SECRET = "", SECRETS_KEYS } = settings;
  return openKeyRing(opensByDerivedKey(settings) ? SERVER_SECRET : null, SECRETS_KEYS);
}

/** Version 0, derived from SERVER_SECRET: ended by the setting, or with that secret itself. */
function opensByDerivedKey(settings: Settings): boolean {
  return settings.SECRETS_DERIVED_KEY && serverSecrets(settings).versions.has(1);
}

/** Which secrets the service has, for a backup that needs them: never the secrets. */
export async function secretPrints(settings: Settings): Promise<SecretPrints> {
  const { SERVER_SECRET = "", SECRETS_KEYS } = settings;
  const printsOf = async (
    name: string,
    secrets: (readonly [version: number, secret: string])[],
  ) => {
    const prints: Record<string, string> = {};
    for (const [version, secret] of secrets) {
      prints[String(version)] = await fingerprintOfSecret(secret, `${name} ${version}`);
    }
    return prints;
  };
  const derived = opensByDerivedKey(settings) ? [[0, SERVER_SECRET] as const] : [];
  const keys = SECRETS_KEYS.map(({ version, bytes }) => [version, encodeBase64(bytes)] as const);
  return {
    run_ids: await fingerprintOfSecret(runIdSecret(settings), "run ids"),
    server_secrets: await printsOf("server secret", [...serverSecrets(settings).versions]),
    secrets_keys: await printsOf("secrets key", [...derived, ...keys]),
  };
}

/** Warnings about settings that are probably mistakes, although the service can work with them. */
export function settingsWarnings(settings: Settings): string[] {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = settings;
  const hint = endpoint === undefined ? null : endpointHint(endpoint);
  return hint === null ? [] : [hint];
}

const MAKE_ONE = "Make one with `openssl rand -base64 48`.";

/** Secrets that could be guessed. In development the example's will do. */
function guessableSecrets(settings: Settings): string[] {
  const { SERVER_SECRET, SERVER_SECRETS, RUN_ID_SECRET, JWT_SECRET, SECRETS_KEYS } = settings;
  const { RESTORE_TOKEN } = settings;
  const read = parseServerSecrets(SERVER_SECRET ?? "-", SERVER_SECRETS ?? "1");
  const others = read.ok ? [...read.value.versions].filter(([version]) => version !== 1) : [];
  const secrets: (readonly [string, string | undefined])[] = [
    ["SERVER_SECRET", SERVER_SECRET],
    ...others.map(([version, secret]) => [`SERVER_SECRETS, version ${version},`, secret] as const),
    ["RUN_ID_SECRET", RUN_ID_SECRET],
    ["JWT_SECRET", JWT_SECRET],
    ["RESTORE_TOKEN", RESTORE_TOKEN],
  ];
  const problems = secrets.flatMap(([name, secret]) => {
    const weakness = secret === undefined || secret.length < 32 ? null : weaknessOf(secret);
    return weakness === null ? [] : [`${name} ${weakness}. ${MAKE_ONE}`];
  });
  // The issuer of tokens knows JWT_SECRET, and could then derive every key of the service.
  if (
    JWT_SECRET !== undefined &&
    secrets.some(([name, s]) => name !== "JWT_SECRET" && s === JWT_SECRET)
  ) {
    problems.push(`JWT_SECRET is also another secret of the service. ${MAKE_ONE}`);
  }
  const keys = SECRETS_KEYS.flatMap(({ version, bytes }) => {
    const weakness = weaknessOfBytes(bytes);
    if (weakness === null) return [];
    return [
      `SECRETS_KEYS, version ${version}, ${weakness}. Make one with \`openssl rand -base64 32\`.`,
    ];
  });
  return [...problems, ...keys];
}

/** What all other keys are derived from. */
function rootProblems(settings: Settings): string[] {
  const { SERVER_SECRET, SERVER_SECRETS, RUN_ID_SECRET, SECRETS_KEYS, RESTORE_TOKEN } = settings;
  const problems: string[] = [];
  if (RESTORE_TOKEN !== undefined && RESTORE_TOKEN.length < 32) {
    problems.push("RESTORE_TOKEN is shorter than 32 characters.");
  }
  if (SERVER_SECRET === undefined) problems.push("SERVER_SECRET is not set.");
  else if (SERVER_SECRET.length < 32) problems.push("SERVER_SECRET is shorter than 32 characters.");
  if (RUN_ID_SECRET !== undefined && RUN_ID_SECRET.length < 32) {
    problems.push("RUN_ID_SECRET is shorter than 32 characters.");
  }
  const read = parseServerSecrets(SERVER_SECRET ?? "-", SERVER_SECRETS ?? "1");
  if (!read.ok) return [...problems, `SERVER_SECRETS: ${read.error}.`];
  const [...versions] = read.value.versions;
  if (versions.some(([version, secret]) => version !== 1 && secret.length < 32)) {
    problems.push("SERVER_SECRETS has a secret that is shorter than 32 characters.");
  }
  const isDerivedKeyOff = !settings.SECRETS_DERIVED_KEY || !read.value.versions.has(1);
  if (isDerivedKeyOff && SECRETS_KEYS.length === 0) {
    problems.push(
      "SECRETS_KEYS is not set, and the key that is derived from SERVER_SECRET is switched off: nothing could wrap a secret.",
    );
  }
  return problems;
}

/**
 * Tokens are accepted once there is a secret or a key set; in production only those with our issuer
 * and audience.
 */
function tokenProblems(settings: Settings): string[] {
  const { JWT_SECRET, JWT_JWKS_URL, JWT_ISSUER, JWT_AUDIENCE, ENVIRONMENT } = settings;
  const problems: string[] = [];
  if (JWT_SECRET !== undefined && JWT_SECRET.length < 32) {
    problems.push("JWT_SECRET is shorter than 32 characters.");
  }
  if (ENVIRONMENT !== "production") return problems;
  if (JWT_JWKS_URL?.startsWith("http:") === true) {
    problems.push("JWT_JWKS_URL is not an https URL.");
  }
  if (JWT_SECRET === undefined && JWT_JWKS_URL === undefined) return problems;
  if (JWT_ISSUER === undefined) problems.push("JWT_ISSUER is not set; tokens need it.");
  if (JWT_AUDIENCE === undefined) problems.push("JWT_AUDIENCE is not set; tokens need it.");
  return problems;
}
