/** What the redactor finds in a text. */

/** What it can be. Passwords and secrets are `api_key` too. */
export type SensitiveKind = "bearer" | "api_key" | "email" | "card" | "ssn" | "phone";

/** A stretch of a text; `end` is exclusive. */
export interface Place {
  start: number;
  end: number;
}

/** A stretch that is replaced, and the part of it that is sensitive itself. */
export interface Finding extends Place {
  kind: SensitiveKind;
  value: Place;
  replacement: string;
}
