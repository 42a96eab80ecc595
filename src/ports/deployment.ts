/**
 * What a run object takes from its deployment: settings, and with them the providers, the egress
 * door and the secrets. Made once for each object, which a new deployment restarts.
 *
 * A run may be older than the settings. Without settings that can be read, it can be shown and
 * canceled; what needs them throws, and effects wait.
 */
import { createProviders } from "#ai/registry.ts";
import type { Env } from "#env.ts";
import type { Ports } from "#executors/executor.ts";
import { createExternalCall } from "#security/egress.ts";
import type { KeyRing } from "#security/secret-keys.ts";
import type { ServerSecrets } from "#security/server-secrets.ts";
import {
  readSettings,
  secretsKeyRing,
  serverSecrets,
  type Settings,
  type SettingsResult,
} from "#settings.ts";
import type { Logger } from "#telemetry/logger.ts";
import { createSecretStore, type SecretStore } from "./secret-reader.ts";
import { createServiceLogger } from "./service-logger.ts";

/** What reaches the outside world; the same for all attempts. */
export type Outside = Pick<Ports, "providers" | "callExternal"> & { secrets: SecretStore };

export class Deployment {
  readonly logger: Logger;
  readonly #database: D1Database;
  readonly #result: SettingsResult;
  #outside: Outside | null = null;

  constructor(env: Env) {
    this.logger = createServiceLogger(env);
    this.#database = env.DB;
    this.#result = readSettings(env);
  }

  /** null: they cannot be read. */
  get settings(): Settings | null {
    return this.#result.ok ? this.#result.settings : null;
  }

  /** Why the settings cannot be read; null: they can. */
  get settingsProblem(): string | null {
    return this.#result.ok ? null : this.#result.problems.join(" ");
  }

  get outside(): Outside {
    this.#outside ??= createOutside(this.#required, this.#database, this.logger);
    return this.#outside;
  }

  /** What the signing keys of resume tokens are derived from. */
  get serverSecrets(): ServerSecrets {
    return serverSecrets(this.#required);
  }

  /** What wraps that which leaves the object encrypted. */
  secretsKeyRing(): Promise<KeyRing> {
    return secretsKeyRing(this.#required);
  }

  get #required(): Settings {
    if (!this.#result.ok) throw new Error(`settings: ${this.settingsProblem}`);
    return this.#result.settings;
  }
}

function createOutside(settings: Settings, database: D1Database, logger: Logger): Outside {
  const { API_CALL_ALLOW_HOSTS: allowHosts, API_CALL_ALLOW_HTTP_HOSTS: allowHttpHosts } = settings;
  const secrets = createSecretStore(database, settings, logger);
  return {
    providers: createProviders({
      settings,
      readSecrets: secrets("settings"),
      fetch: (input, init) => fetch(input, init),
    }),
    callExternal: createExternalCall({
      allowHttpHosts,
      allowHosts: allowHosts.length === 0 ? null : allowHosts,
      fetch: (input, init) => fetch(input, init),
    }),
    secrets,
  };
}
