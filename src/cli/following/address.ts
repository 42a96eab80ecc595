/** Which service is asked, and with which key: options, then the environment, then a local copy. */
import { readDevVars } from "../dev-vars.ts";
import { port } from "../paths.ts";
import { usageError } from "../terminal/arguments.ts";

export interface Address {
  /** http or https, without a slash at the end. */
  url: string;
  key: string;
  /** The options that lead to the same service; the key is not repeated. */
  options: string[];
}

export const ADDRESS_OPTIONS = { url: { type: "string" }, "api-key": { type: "string" } } as const;

export const ADDRESS_HELP = `  --url URL          the service (WORKFLOW_URL, or http://127.0.0.1:8787)
  --api-key KEY      an API key (WORKFLOW_API_KEY, or DEV_API_KEY in .dev.vars)`;

export function addressOf(
  command: string,
  options: { url?: string | undefined; "api-key"?: string | undefined },
): Address {
  const given = options.url ?? process.env["WORKFLOW_URL"] ?? `http://127.0.0.1:${port()}`;
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol)) {
    throw usageError(command, `${JSON.stringify(given)} is not the URL of a service.`);
  }
  const key = options["api-key"] ?? process.env["WORKFLOW_API_KEY"] ?? readDevVars()["DEV_API_KEY"];
  if (key === undefined || !/^[\x21-\x7e]+$/.test(key)) {
    const reason = key === undefined ? "There is no API key" : "This is not an API key";
    const ways = "Give --api-key or WORKFLOW_API_KEY; npm start writes one into .dev.vars.";
    throw usageError(command, `${reason}. ${ways}`);
  }
  return {
    url: given.replace(/\/+$/, ""),
    key,
    options: [
      ...(options.url === undefined ? [] : ["--url", options.url]),
      ...(options["api-key"] === undefined ? [] : ["--api-key", "KEY"]),
    ],
  };
}
