/**
 * The address in a JWT, to show which decider is the reader. Not used for access: the service
 * decides that.
 */
import { lowerAscii } from "#model/address.ts";

/** null: the credentials do not identify a person, like API keys. */
export function ownAddress(credentials: string): string | null {
  const payload = credentials.split(".")[1];
  if (payload === undefined) return null;
  try {
    const text = atob(payload.replaceAll("-", "+").replaceAll("_", "/"));
    const claims: unknown = JSON.parse(text);
    if (typeof claims !== "object" || claims === null) return null;
    const email: unknown = Reflect.get(claims, "email");
    return typeof email === "string" ? lowerAscii(email) : null;
  } catch {
    // An invalid token identifies no person; the service refuses it.
    return null;
  }
}
