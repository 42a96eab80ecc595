/**
 * The stored form of secrets: an envelope (`envelope.ts`) that is bound to name and version, so
 * that a row that is moved to another name, or restored under a later version, cannot be decrypted.
 * Knows no storage.
 */
import type { Result } from "#model/result.ts";
import type { SealedSecret, SecretIdentity } from "#model/secret.ts";
import {
  type Binding,
  openText,
  type SealFault,
  sealText,
  unwrapKey,
  wrapKey,
} from "./envelope.ts";
import type { KeyRing } from "./secret-keys.ts";

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
): Promise<Result<string, SealFault>> {
  return openText(ring, bindingOf(identity), sealed);
}

/** Wraps the same data key under the ring's current key. The value is not decrypted. */
export async function rewrapSecret(
  ring: KeyRing,
  identity: SecretIdentity,
  sealed: SealedSecret,
): Promise<Result<SealedSecret, SealFault>> {
  const binding = bindingOf(identity);
  const unwrapped = await unwrapKey(ring, binding, sealed);
  if (!unwrapped.ok) return unwrapped;
  const wrapped = await wrapKey(ring, binding, unwrapped.value);
  return { ok: true, value: { ...wrapped, ciphertext: sealed.ciphertext } };
}

/** Names of secrets have no line break, so no two identities are bound by the same bytes. */
function bindingOf({ name, version }: SecretIdentity): Binding {
  return {
    value: `workflow-orchestrator/secret-value\n${name}\n${version}`,
    key: (keyVersion) => `workflow-orchestrator/secret-key\n${name}\n${version}\n${keyVersion}`,
  };
}
