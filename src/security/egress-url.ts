/**
 * Which URLs may be called. Pure: the same check serves the diagnostic at save, the call, and
 * every hop of a redirect.
 *
 * 1. https on a listed port to a public host; with an allow-list, to a host on it.
 * 2. Plain http and private hosts only when the settings name exactly this host and port.
 * 3. Messages never repeat the URL: it can contain personal data, and a redirect's is not ours.
 */
import { LIMITS } from "#model/limits.ts";
import { asciiHost, privateHostReason, withoutRootDot } from "./host.ts";

export interface EgressSettings {
  /** `host:port`, reachable by http or https, private or not. */
  allowHttpHosts: readonly string[];
  /** Null: every public host. `example.com` is that host, `*.example.com` all below it. */
  allowHosts: readonly string[] | null;
}

export type UrlCheck = { ok: true } | { ok: false; message: string };

/** Ports of https that may be called without being named. */
const HTTPS_PORTS: ReadonlySet<string> = new Set(["443", "8443"]);

/** Whether a URL may be called; `message` says why not. */
export function checkUrl(url: string, options: EgressSettings): UrlCheck {
  const written = checkSpelling(url);
  if (written !== null) return refuse(written);
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return refuse("The URL is not valid.");
  }
  if (parsed.protocol !== "https:" && parsed.protocol !== "http:") {
    return refuse("Only https URLs can be called.");
  }
  if (parsed.username !== "" || parsed.password !== "") {
    return refuse("A URL with user info cannot be called.");
  }
  if (isNamed(parsed, options.allowHttpHosts)) return { ok: true };
  if (parsed.protocol === "http:") {
    return refuse("Plain http is refused for hosts that the settings do not name.");
  }
  const reason = privateHostReason(parsed.hostname);
  if (reason !== null) return refuse(reason);
  if (!HTTPS_PORTS.has(parsed.port || "443")) {
    return refuse(`The port is not one of ${[...HTTPS_PORTS].join(", ")}.`);
  }
  if (options.allowHosts !== null && !isAllowed(parsed.hostname, options.allowHosts)) {
    return refuse("The host is not on the allow-list.");
  }
  return { ok: true };
}

/**
 * Refuses what the URL class would silently repair: it trims, drops tabs and line breaks, reads a
 * backslash as a slash, accepts any number of slashes, and drops empty user info.
 */
function checkSpelling(url: string): string | null {
  if (url.length > LIMITS.urlLength) {
    return `The URL has more than ${LIMITS.urlLength} characters.`;
  }
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u0020\u007f]/.test(url))
    return "The URL contains white space or control characters.";
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(url)?.[1];
  if (authority === undefined || authority === "") {
    return "The URL must be absolute, with a scheme and a host.";
  }
  if (authority.includes("\\")) return "The URL contains a backslash before its path.";
  if (authority.includes("@")) return "A URL with user info cannot be called.";
  return null;
}

function isNamed(url: URL, allowHttpHosts: readonly string[]): boolean {
  const place = hostAndPort(url);
  return allowHttpHosts.some((entry) => {
    // An entry includes the port: "localhost" alone would allow every service of the machine.
    if (!/:\d{1,5}$/.test(entry)) return false;
    const parsed = URL.parse(`http://${entry.trim()}`);
    return parsed !== null && parsed.pathname === "/" && hostAndPort(parsed) === place;
  });
}

function hostAndPort(url: URL): string {
  const standard = url.protocol === "https:" ? "443" : "80";
  return `${withoutRootDot(url.hostname)}:${url.port || standard}`;
}

function isAllowed(hostname: string, allowHosts: readonly string[]): boolean {
  const host = withoutRootDot(hostname);
  return allowHosts.some((written) => {
    const entry = written.trim();
    const isWildcard = entry.startsWith("*.");
    const named = asciiHost(isWildcard ? entry.slice(2) : entry);
    if (named === null) return false;
    return isWildcard ? host.endsWith(`.${named}`) : host === named;
  });
}

function refuse(message: string): UrlCheck {
  return { ok: false, message };
}
