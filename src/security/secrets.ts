/**
 * The stored form of secrets: an envelope (`envelope.ts`) that is bound to name, version and the
 * workflows that may use it. So a row that is moved to another name, restored under a later version
 * or opened to other workflows by someone without the key cannot be decrypted.
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

/**
 * Names and ids have no line break, so no two identities are bound by the same bytes. Without
 * `workflows` they are the bytes of releases before 0.4, whose secrets every workflow may use.
 */
function bindingOf({ name, version, workflows }: SecretIdentity): Binding {
  const uses =
    workflows === null || workflows === undefined ? "" : `\n${JSON.stringify(workflows)}`;
  return {
    value: `workflow-orchestrator/secret-value\n${name}\n${version}${uses}`,
    key: (keyVersion) => `workflow-orchestrator/secret-key\n${name}\n${version}\n${keyVersion}`,
  };
}
