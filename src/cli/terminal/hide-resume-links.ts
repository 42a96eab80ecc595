/** Lines for a terminal without resume tokens: wrangler prints the address of every request. */

/** The line, with `/resume/{token}` in place of the address of a resume link. */
export function hideResumeLinks(line: string): string {
  return line.replaceAll(/(\/resume\/)[^\s/?#]+/gi, "$1{token}");
}
