/**
 * A message and its suggestion, separately, so that the suggestion can have its own line and is not
 * repeated. `help` is null without a suggestion, or when the message includes it already.
 */
export function wordsOf(diagnostic: { message: string; suggestion?: string | undefined }): {
  message: string;
  help: string | null;
} {
  const { message, suggestion } = diagnostic;
  if (suggestion === undefined) return { message, help: null };
  const help = `did you mean ${suggestion.startsWith('"') ? suggestion : `"${suggestion}"`}?`;
  const asked = ` Did you mean "${suggestion}"?`;
  if (message.endsWith(asked)) return { message: message.slice(0, -asked.length), help };
  return { message, help: message.includes(suggestion) ? null : help };
}
