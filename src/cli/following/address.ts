/**
 * The address of the service and the key: from options, then the environment, then the local copy
 * at its last address and settings.
 */
import { DEV_VARS_FILE, readDevVars } from "../dev-vars.ts";
import { findLocalService } from "../local-service.ts";
import { port } from "../paths.ts";
import { usageError } from "../terminal/arguments.ts";

export interface Address {
  /** http or https, without a slash at the end. */
  url: string;
  key: string;
  /** Where the key comes from, for the message when it is refused. */
  keyFrom: string;
  /** The options that select the same service; the key is not repeated. */
  options: string[];
}

export const ADDRESS_OPTIONS = { url: { type: "string" }, "api-key": { type: "string" } } as const;

export const ADDRESS_HELP = `  --url URL          the service (WORKFLOW_URL, or the local copy, where npm start started it)
  --api-key KEY      an API key (WORKFLOW_API_KEY, or DEV_API_KEY in .dev.vars)`;

export function addressOf(
  command: string,
  options: { url?: string | undefined; "api-key"?: string | undefined },
): Address {
  const given = options.url ?? process.env["WORKFLOW_URL"] ?? localUrl();
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol)) {
    throw usageError(command, `${JSON.stringify(given)} is not the URL of a service.`);
  }
  const { key, from } = keyOf(options["api-key"]);
  if (key === undefined || !/^[\x21-\x7e]+$/.test(key)) {
    const reason = key === undefined ? "There is no API key" : "This is not an API key";
    const ways = "Use --api-key or WORKFLOW_API_KEY; npm start writes one into .dev.vars.";
    throw usageError(command, `${reason}. ${ways}`);
  }
  return {
    url: given.replace(/\/+$/, ""),
    key,
    keyFrom: from,
    options: [
      ...(options.url === undefined ? [] : ["--url", options.url]),
      ...(options["api-key"] === undefined ? [] : ["--api-key", "KEY"]),
    ],
  };
}

/** PORT, like for `npm start`; without it, the port of the last start. */
function localUrl(): string {
  const started = process.env["PORT"] === undefined ? findLocalService() : null;
  return started?.url ?? `http://127.0.0.1:${port()}`;
}

function keyOf(option: string | undefined): { key: string | undefined; from: string } {
  if (option !== undefined) return { key: option, from: "--api-key" };
  const environment = process.env["WORKFLOW_API_KEY"];
  if (environment !== undefined) return { key: environment, from: "WORKFLOW_API_KEY" };
  const started = process.env["DEV_VARS"] === undefined ? findLocalService() : null;
  const file = started?.devVars ?? DEV_VARS_FILE;
  return { key: readDevVars(file)["DEV_API_KEY"], from: `DEV_API_KEY in ${file}` };
}
