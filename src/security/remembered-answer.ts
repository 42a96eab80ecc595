/**
 * The stored form of an answer that may contain anything: an envelope that is bound to the owner,
 * the key and the request. So an answer that is moved to another key's row cannot be decrypted.
 */
import type { Result } from "#model/result.ts";
import { type Binding, type SealFault, openText, type SealedText, sealText } from "./envelope.ts";
import type { KeyRing } from "./secret-keys.ts";

interface AnswerIdentity {
  principalId: string;
  key: string;
  fingerprint: string;
}

export function sealAnswer(
  ring: KeyRing,
  identity: AnswerIdentity,
  body: string,
): Promise<SealedText> {
  return sealText(ring, bindingOf(identity), body);
}

export function openAnswer(
  ring: KeyRing,
  identity: AnswerIdentity,
  sealed: SealedText,
): Promise<Result<string, SealFault>> {
  return openText(ring, bindingOf(identity), sealed);
}

function bindingOf({ principalId, key, fingerprint }: AnswerIdentity): Binding {
  const parts = [principalId, key, fingerprint];
  return {
    value: JSON.stringify(["workflow-orchestrator/remembered-answer", 1, ...parts]),
    key: (keyVersion) =>
      JSON.stringify(["workflow-orchestrator/remembered-answer-key", 1, ...parts, keyVersion]),
  };
}
