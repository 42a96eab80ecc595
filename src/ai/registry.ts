/**
 * The providers that this service can ask, by name, made from its settings. A value of a setting
 * may name secrets; they are read for each call, so a rotated key is used at once.
 */
import type { Result } from "#model/result.ts";
import { mockProvider } from "./mock/provider.ts";
import { createOpenAiProvider, type OpenAiAccessResult } from "./openai/provider.ts";
import { baseUrlProblem, OPENAI_BASE_URL, type ResponseFormat } from "./openai/settings.ts";
import type { Provider, ProviderRegistry } from "./provider.ts";

/** Values of secrets by name; those that do not exist are absent. Throws at the signal. */
type ReadSecrets = (
  names: readonly string[],
  signal: AbortSignal,
) => Promise<Readonly<Record<string, string>>>;

/** The settings of the service, as far as providers need them. */
export interface ProviderSettings {
  ENVIRONMENT: "development" | "production";
  OPENAI_API_KEY?: string | undefined;
  OPENAI_BASE_URL?: string | undefined;
  OPENAI_MODEL: string;
  OPENAI_RESPONSE_FORMAT: ResponseFormat;
}

export interface ProviderOptions {
  settings: ProviderSettings;
  readSecrets: ReadSecrets;
  fetch: typeof fetch;
  now?: () => number;
}

/** The names of the providers that `createProviders` makes of these settings. */
export function configuredProviders({
  OPENAI_API_KEY,
}: Pick<ProviderSettings, "OPENAI_API_KEY">): string[] {
  return [mockProvider.name, ...(OPENAI_API_KEY === undefined ? [] : ["openai"])];
}

/** The mock always; `openai` when there is a key for it. */
export function createProviders(options: ProviderOptions): ProviderRegistry {
  const { settings, fetch, now = Date.now } = options;
  const { OPENAI_API_KEY: apiKey } = settings;
  const providers: Record<string, Provider> = { [mockProvider.name]: mockProvider };
  if (apiKey !== undefined) {
    providers["openai"] = createOpenAiProvider({
      readAccess: (signal) => readAccess(options, apiKey, signal),
      defaultModel: settings.OPENAI_MODEL,
      responseFormat: settings.OPENAI_RESPONSE_FORMAT,
      fetch,
      now,
    });
  }
  return providers;
}

/** The provider of that name, or what to tell who asked for it. */
export function findProvider(providers: ProviderRegistry, name: string): Result<Provider, string> {
  const provider = Object.hasOwn(providers, name) ? providers[name] : undefined;
  if (provider) return { ok: true, value: provider };
  const configured = Object.keys(providers).join(", ") || "none";
  const missing = name === "openai" ? " OPENAI_API_KEY is not set." : "";
  const error = `The provider "${name}" is not configured here; configured: ${configured}.${missing}`;
  return { ok: false, error };
}

async function readAccess(
  { settings, readSecrets }: ProviderOptions,
  apiKey: string,
  signal: AbortSignal,
): Promise<OpenAiAccessResult> {
  const written = settings.OPENAI_BASE_URL ?? OPENAI_BASE_URL;
  const names = [...secretNames(apiKey), ...secretNames(written)];
  const secrets = await readValues(names, readSecrets, signal);
  if (secrets === null) {
    const message = "The secrets that the settings of the provider name could not be read.";
    return { ok: false, code: "ai_provider_error", message, retryable: true };
  }
  const missing = names.find((name) => !Object.hasOwn(secrets, name));
  if (missing !== undefined) {
    const message = `The secret "${missing}" that the settings of the provider name does not exist.`;
    return { ok: false, code: "secret_missing", message, retryable: false, isUnusable: true };
  }
  const baseUrl = fillIn(written, secrets).replace(/\/+$/, "");
  const problem = baseUrlProblem(baseUrl, settings.ENVIRONMENT === "development");
  if (problem !== null) {
    const message = `OPENAI_BASE_URL ${problem}.`;
    return { ok: false, code: "ai_provider_error", message, retryable: false, isUnusable: true };
  }
  const key = fillIn(apiKey, secrets).trim();
  if (!/^[\u0021-\u007e]{1,4096}$/.test(key)) {
    const message = "OPENAI_API_KEY is not a key: it must be visible ASCII characters.";
    return { ok: false, code: "ai_provider_error", message, retryable: false, isUnusable: true };
  }
  const known = key.length < REAL_KEY_LENGTH ? [] : [key];
  return {
    ok: true,
    access: { apiKey: key, baseUrl, secrets: [...Object.values(secrets), ...known] },
  };
}

/** Shorter ones are words that servers without keys are given; models may say them. */
const REAL_KEY_LENGTH = 16;

/** Null when the store does not answer; the reader has logged why. */
async function readValues(
  names: readonly string[],
  readSecrets: ReadSecrets,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>> | null> {
  if (names.length === 0) return {};
  return readSecrets(names, signal).catch(() => null);
}

const SECRET = /\{\{\s*secrets\.([A-Za-z0-9_-]+)\s*\}\}/g;

function secretNames(text: string): string[] {
  return [...text.matchAll(SECRET)].map(([, name = ""]) => name);
}

function fillIn(text: string, secrets: Readonly<Record<string, string>>): string {
  return text.replaceAll(SECRET, (_match, name: string) => secrets[name] ?? "");
}
