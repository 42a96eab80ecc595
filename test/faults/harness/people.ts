/** Who the clients of a trial are: one key that starts and answers, and people who decide. */
import { signWithSecret } from "../../support/tokens.ts";

export const KEY = `wo_faultsfaul_${"a".repeat(32)}`;
export const JWT_SECRET = "a-token-secret-of-at-least-32-characters";

const tokens = new Map<string, string>();

/** A token of the person with this address. */
export function tokenOf(email: string): string {
  const known = tokens.get(email);
  if (known !== undefined) return known;
  const claims = { sub: email, email, scope: "runs:read runs:write approvals:decide" };
  const exp = Math.floor(Date.now() / 1000) + 24 * 3600;
  const token = signWithSecret(JWT_SECRET, { ...claims, exp });
  tokens.set(email, token);
  return token;
}
