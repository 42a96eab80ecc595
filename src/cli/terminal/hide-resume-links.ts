/** Lines for a terminal without resume tokens: wrangler prints the address of every request. */

/** The line, in which `/resume/{token}` stands for the address of a resume link. */
export function hideResumeLinks(line: string): string {
  return line.replaceAll(/(\/resume\/)[^\s/?#]+/gi, "$1{token}");
}
