/** How the `openai` provider is set up: any server that speaks its protocol. */

export const OPENAI_BASE_URL = "https://api.openai.com/v1";
/** Asked where neither a step nor a setting names a model. */
export const OPENAI_MODEL = "gpt-5.4-mini";

/** The most that the server is asked for; `response_format` of the protocol. */
export const RESPONSE_FORMATS = ["json_schema", "json_object", "text"] as const;
export type ResponseFormat = (typeof RESPONSE_FORMATS)[number];

/**
 * What is wrong with a base URL, as the end of a sentence that begins with its name; null when it
 * can be used. Plain http would show the key and the prompts to everyone on the way: it is for
 * model servers on the developer's own machine.
 */
export function baseUrlProblem(text: string, allowHttp: boolean): string | null {
  const url = URL.parse(text);
  if (url === null) return "is not an absolute URL";
  if (url.protocol !== "https:" && url.protocol !== "http:") return "is neither http nor https";
  if (url.protocol === "http:" && !allowHttp) return "is not https, which production needs";
  if (url.username !== "" || url.password !== "") return "contains user info";
  return url.search === "" && url.hash === "" ? null : "contains a query or a fragment";
}
