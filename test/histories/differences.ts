/**
 * What differs on purpose between what a release recorded and what is made of it today. Both sides
 * are compared without it; nothing else may differ.
 */
type Change = (key: string, value: unknown, parent: Record<string, unknown>) => unknown;

/** What a view says to its reader, not of the run. */
const OF_THE_READER: ReadonlySet<string> = new Set([
  "can_answer",
  "can_decide",
  "decided",
  "refused_as",
  "refused_because",
  "resume_token",
  "resume_tokens",
]);

const ALL: readonly Change[] = [
  (key, value) => (OF_THE_READER.has(key) ? undefined : value),
  // 0.4.0: the message of a wait that expired is in other words.
  (key, value) =>
    key === "message" && typeof value === "string"
      ? value.replace(/^N\w+ answered by /, "There was no answer by ")
      : value,
];

const OF_RELEASE: Readonly<Record<string, readonly Change[]>> = {
  // Before 0.3.0 was released, usage was counted for the run alone.
  "0.3.0-first": [
    (key, value, parent) => (key === "usage" && "attempt" in parent ? undefined : value),
  ],
};

/** The same without what differs on purpose. */
export function asThen<T>(release: string, value: T): T {
  const changes = [...ALL, ...(OF_RELEASE[release] ?? [])];
  const text = JSON.stringify(value, function (this: Record<string, unknown>, key, own: unknown) {
    return changes.reduce<unknown>((kept, change) => change(key, kept, this), own);
  });
  return JSON.parse(text) as T;
}
