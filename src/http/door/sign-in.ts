/** Credentials that were refused: counted, and logged with the hash of the address. */
import type { SignInFailure } from "#telemetry/metrics.ts";
import { requestIds } from "../request-ids.ts";
import type { AppContext } from "../types.ts";
import { addressHash, clientAddress } from "./client-address.ts";
import { countAtDoor } from "./counts.ts";
import { countFailedSignIn } from "./rate-limits.ts";

export async function noteFailedSignIn(c: AppContext, reason: SignInFailure): Promise<void> {
  countFailedSignIn(c);
  countAtDoor(c, `sign_in_failures|${reason}`);
  const secret = c.get("settings").SERVER_SECRET ?? "";
  c.get("logger").log("WARN", "sign-in refused", {
    reason,
    address_hash: await addressHash(secret, clientAddress(c)),
    ...requestIds(c),
  });
}
