/**
 * A message and what it suggests, apart, so that the suggestion can stand on a line of its own and
 * is not said twice. `help` is null when there is none, or when the message says it already.
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
