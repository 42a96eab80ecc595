/** What the holder of a resume token sees of the run: the wait, and what is to be approved. */
import type { JsonValue } from "./json.ts";
import type { Wait } from "./wait.ts";

type FormWait = Extract<Wait, { type: "form" }>;
type ApprovalWait = Extract<Wait, { type: "approval" }>;

interface Place {
  /** Names for people. */
  workflow: string;
  step: string;
}

export type AnswerView =
  | (Place & { kind: "form"; wait: FormWait })
  | (Place & {
      kind: "approval";
      wait: ApprovalWait;
      /** Who the token decides as. */
      approver: string;
      isCommentRequired: boolean;
      /** Why the holder may not decide, as a message to them; absent: they may. */
      refused?: string;
      /** The last result of a model or an API: usually what is to be approved. */
      subject: { step: string; value: JsonValue } | null;
      /** The answers of people, and the inputs of the start. */
      given: { label: string; value: JsonValue }[];
    });
