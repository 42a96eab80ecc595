/**
 * The stored form of secrets: an envelope (`envelope.ts`) that is bound to name and version, so
 * that a row that is moved to another name, or restored under a later version, cannot be decrypted.
 * Knows no storage.
 */
import type { SealedSecret, SecretIdentity } from "#model/secret.ts";
import {
  type Binding,
  type OpenedText,
  openText,
  type SealFault,
  sealText,
  unwrapKey,
  wrapKey,
} from "./envelope.ts";
import type { KeyRing } from "./secret-keys.ts";

export type RewrappedSecret = { ok: true; sealed: SealedSecret } | { ok: false; fault: SealFault };

/** Encrypts the value under the ring's current key. The value must be well-formed Unicode. */
export function sealSecret(
  ring: KeyRing,
  identity: SecretIdentity,
  value: string,
): Promise<SealedSecret> {
  return sealText(ring, bindingOf(identity), value);
}

export function openSecret(
  ring: KeyRing,
  identity: SecretIdentity,
  sealed: SealedSecret,
): Promise<OpenedText> {
  return openText(ring, bindingOf(identity), sealed);
}

/** Wraps the same data key under the ring's current key. The value is not decrypted. */
export async function rewrapSecret(
  ring: KeyRing,
  identity: SecretIdentity,
  sealed: SealedSecret,
): Promise<RewrappedSecret> {
  const binding = bindingOf(identity);
  const unwrapped = await unwrapKey(ring, binding, sealed);
  if (!unwrapped.ok) return unwrapped;
  const wrapped = await wrapKey(ring, binding, unwrapped.dataKey);
  return { ok: true, sealed: { ...wrapped, ciphertext: sealed.ciphertext } };
}

/** Names of secrets have no line break, so no two identities are bound by the same bytes. */
function bindingOf({ name, version }: SecretIdentity): Binding {
  return {
    value: `workflow-orchestrator/secret-value\n${name}\n${version}`,
    key: (keyVersion) => `workflow-orchestrator/secret-key\n${name}\n${version}\n${keyVersion}`,
  };
}
