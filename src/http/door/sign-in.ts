/** Credentials that were refused: counted, and logged with the hash of the address. */
import { currentSecret } from "#security/server-secrets.ts";
import { serverSecrets } from "#settings.ts";
import type { SignInFailure } from "#telemetry/metrics.ts";
import { requestIds } from "../request-ids.ts";
import type { AppContext } from "../types.ts";
import { addressHash, clientAddress } from "./client-address.ts";
import { countAtDoor } from "./counts.ts";
import { countFailedSignIn } from "./rate-limits.ts";

export async function noteFailedSignIn(c: AppContext, reason: SignInFailure): Promise<void> {
  countFailedSignIn(c);
  countAtDoor(c, `sign_in_failures|${reason}`);
  const secret = currentSecret(serverSecrets(c.get("settings")));
  c.get("logger").log("WARN", "sign-in refused", {
    reason,
    address_hash: await addressHash(secret, clientAddress(c)),
    ...requestIds(c),
  });
}
