/** Names of fields and headers whose values are credentials, in any casing and with any separator. */

const EXACT: ReadonlySet<string> = new Set([
  "auth",
  "authorization",
  "cardnumber",
  "cookie",
  "creditcard",
  "creditcardnumber",
  "credential",
  "credentials",
  "cvc",
  "cvv",
  "jwt",
  "passphrase",
  "passwd",
  "pwd",
  "sessionid",
  "setcookie",
  "socialsecuritynumber",
  "ssn",
]);

/** `resume_token`, `clientSecret`, `X-Api-Key`; but neither `tokens_prompt` nor `idempotency_key`. */
const ENDINGS = [
  "accesskey",
  "apikey",
  "authkey",
  "authorization",
  "encryptionkey",
  "password",
  "privatekey",
  "secret",
  "secretkey",
  "signingkey",
  "token",
] as const;

/** Whether a field or header of this name contains a credential or a card number. */
export function isSensitiveName(name: string): boolean {
  if (name.length > 256) return false;
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  return EXACT.has(plain) || ENDINGS.some((ending) => plain.endsWith(ending));
}
