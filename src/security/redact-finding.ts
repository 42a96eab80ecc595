/** The findings of the redactor in a text. */

/** The kinds of findings. Passwords and secrets are `api_key` too. */
export type SensitiveKind = "bearer" | "api_key" | "email" | "card" | "ssn" | "phone";

/** A range of a text; `end` is exclusive. */
export interface Place {
  start: number;
  end: number;
}

/** A range that is replaced, and the part of it that is sensitive itself. */
export interface Finding extends Place {
  kind: SensitiveKind;
  value: Place;
  replacement: string;
}
