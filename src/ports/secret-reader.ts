/**
 * Secret values for the moment of use: read and decrypted each time, never cached. The only place
 * that decrypts them.
 */
import { openDatabase } from "#db/database.ts";
import { findSecrets } from "#db/secrets.ts";
import { openSecret } from "#security/secrets.ts";
import { secretsKeyRing, type Settings } from "#settings.ts";
import type { Logger } from "#telemetry/logger.ts";

/**
 * Values by name; a name without a value is absent. Throws when D1 does not respond before
 * `signal`.
 */
type SecretReader = (
  names: readonly string[],
  signal: AbortSignal,
) => Promise<Readonly<Record<string, string>>>;

/** For whom a secret is read: a run of this workflow, or the settings of the service. */
type SecretUser = { workflowId: string } | "settings";

/** The same, for one user of secrets. */
export type SecretStore = (user: SecretUser) => SecretReader;

/**
 * A value that cannot be decrypted, or that this workflow may not use, is absent too; only the log
 * says why.
 */
export function createSecretStore(
  binding: D1Database,
  settings: Settings,
  logger: Logger,
): SecretStore {
  return (user) => async (names, signal) => {
    try {
      const values = readValues({ binding, settings, logger, user }, names);
      return await unlessAborted(values, signal);
    } catch (error) {
      logger.defect("secrets not read", error, { secrets: [...names] });
      throw error;
    }
  };
}

interface Source {
  binding: D1Database;
  settings: Settings;
  logger: Logger;
  user: SecretUser;
}

async function readValues(
  { binding, settings, logger, user }: Source,
  names: readonly string[],
): Promise<Record<string, string>> {
  const stored = await findSecrets(openDatabase(binding), names);
  const ring = await secretsKeyRing(settings);
  const values: [string, string][] = [];
  for (const secret of stored) {
    if (user !== "settings" && secret.workflows?.includes(user.workflowId) === false) {
      const evidence = { secret_name: secret.name, workflow_id: user.workflowId };
      logger.log("WARN", "secret refused to workflow", evidence);
      continue;
    }
    const opened = await openSecret(ring, secret, secret.sealed);
    if (opened.ok) values.push([secret.name, opened.value]);
    else {
      const { name, version } = secret;
      const { keyVersion } = secret.sealed;
      const evidence = { secret_name: name, version, key_version: keyVersion };
      logger.log("ERROR", "secret not opened", { ...evidence, reason: opened.error });
    }
  }
  return Object.fromEntries(values);
}

/** A D1 query cannot be aborted; an answer after that is ignored. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(new Error("no answer before the attempt was ended"));
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  return Promise.race([work, promise]).finally(() => signal.removeEventListener("abort", onAbort));
}
