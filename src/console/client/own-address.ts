/**
 * The address that a JWT names, to tell the reader from others in words. Nothing is decided by it:
 * who may do what, the service says.
 */
import { lowerAscii } from "#model/address.ts";

/** null: the credentials name nobody, as API keys do. */
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
    // What is no token names nobody; the service is the one to refuse it.
    return null;
  }
}
