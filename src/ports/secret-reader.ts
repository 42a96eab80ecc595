/**
 * Secret values for the moment of use: read and decrypted each time, never cached. The only place
 * that decrypts them.
 */
import { openDatabase } from "#db/database.ts";
import { findSecrets } from "#db/secrets.ts";
import { openKeyRing } from "#security/secret-keys.ts";
import { openSecret } from "#security/secrets.ts";
import type { Settings } from "#settings.ts";
import type { Logger } from "#telemetry/logger.ts";

/**
 * Values by name; a name without a value is absent. Throws when D1 does not respond before
 * `signal`.
 */
export type SecretReader = (
  names: readonly string[],
  signal: AbortSignal,
) => Promise<Readonly<Record<string, string>>>;

/** A value that cannot be decrypted is absent too; only the log says why. */
export function createSecretReader(
  binding: D1Database,
  settings: Pick<Settings, "SERVER_SECRET" | "SECRETS_KEYS">,
  logger: Logger,
): SecretReader {
  return async (names, signal) => {
    try {
      return await unlessAborted(readValues(binding, settings, logger, names), signal);
    } catch (error) {
      logger.defect("secrets not read", error, { secrets: [...names] });
      throw error;
    }
  };
}

async function readValues(
  binding: D1Database,
  { SERVER_SECRET = "", SECRETS_KEYS }: Pick<Settings, "SERVER_SECRET" | "SECRETS_KEYS">,
  logger: Logger,
  names: readonly string[],
): Promise<Record<string, string>> {
  const stored = await findSecrets(openDatabase(binding), names);
  const ring = await openKeyRing(SERVER_SECRET, SECRETS_KEYS);
  const values: [string, string][] = [];
  for (const secret of stored) {
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
