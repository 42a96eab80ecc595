/** The settings of an api_call beyond their structure: address, headers, body and placeholders. */
import { isJsonObject, type JsonValue } from "#model/json.ts";
import { checkUrl } from "#security/egress.ts";
import { headerNameProblem, headerValueProblem } from "#security/request-headers.ts";
import { bodyKeys, checkBodies } from "./content-body.ts";
import { checkUrlTemplate } from "#template/placeholders.ts";
import { parseTemplate } from "#template/template.ts";
import { quote, type Report } from "../findings.ts";
import { type NameUse, SECRET_MISPLACED } from "./name-use.ts";
import type { OutlineStep } from "./outline.ts";
import { type SecretFacts, secretRefusal } from "./secret-use.ts";
import type { Path } from "../source/places.ts";
import { memberOf, stringIn } from "../member.ts";

/** What the deployment allows and knows. */
export interface CallFacts extends SecretFacts {
  allowHttpHosts: readonly string[];
  allowHosts?: readonly string[] | null;
}

interface Check {
  step: OutlineStep;
  facts: CallFacts;
  report: Report;
}

export function checkApiConfig(step: OutlineStep, facts: CallFacts, report: Report): NameUse[] {
  const check = { step, facts, report };
  const uses = [...checkAddress(check), ...checkHeaders(check)];
  for (const key of bodyKeys(step)) {
    const body = memberOf(step.config, key);
    if (body !== undefined) uses.push(...checkLeaves(check, body, [...step.path, "config", key]));
  }
  checkBodies(step, report);
  return uses;
}

function checkAddress(check: Check): NameUse[] {
  const { step, facts, report } = check;
  const url = stringIn(step.config, "url");
  if (url === null || url === "") return [];
  const path = [...step.path, "config", "url"];
  const uses = checkText(check, url, path, false);
  if (uses === null) return [];
  const template = checkUrlTemplate(url);
  if (!template.ok) {
    report({ code: "invalid_url", message: template.error.message, path });
    return uses;
  }
  const { allowHttpHosts, allowHosts = null } = facts;
  const options = { allowHttpHosts, allowHosts };
  const verdict = checkUrl(template.value, options);
  if (verdict.ok) return uses;
  const entry = entryFor(template.value);
  // The metadata services of clouds give credentials away; so the message must not suggest to name
  // them.
  const helps =
    !entry.startsWith("169.254.") &&
    checkUrl(template.value, { ...options, allowHttpHosts: [entry] }).ok;
  const hint = helps ? ` The setting API_CALL_ALLOW_HTTP_HOSTS can name ${quote(entry)}.` : "";
  report({ code: "url_not_allowed", message: verdict.message + hint, path });
  return uses;
}

/** How the setting would name the host of a URL. */
function entryFor(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port || (protocol === "https:" ? "443" : "80")}`;
}

/** Set by the service on every call, regardless of the step. */
const OWN_HEADERS: ReadonlySet<string> = new Set(["idempotency-key", "x-attempt"]);

function checkHeaders(check: Check): NameUse[] {
  const headers = memberOf(check.step.config, "headers");
  if (!isJsonObject(headers)) return [];
  const seen = new Set<string>();
  return Object.entries(headers).flatMap(([name, value]) => {
    const path = [...check.step.path, "config", "headers", name];
    checkHeaderName(check, name, path, seen);
    seen.add(name.toLowerCase());
    if (typeof value !== "string") return [];
    const uses = checkText(check, value, path, true);
    const problem = headerValueProblem(value.replaceAll(/\{\{.*?\}\}/g, "x"));
    if (uses !== null && problem !== null) {
      check.report({ code: "invalid_header", message: problem, path });
    }
    return uses ?? [];
  });
}

function checkHeaderName(
  { report }: Check,
  name: string,
  path: Path,
  seen: ReadonlySet<string>,
): void {
  const lower = name.toLowerCase();
  const problem = headerNameProblem(name);
  if (problem !== null) {
    report({ code: "invalid_header", message: problem, path, spot: "key" });
  } else if (seen.has(lower)) {
    const message = `The header ${quote(lower)} is set twice; header names are case-insensitive.`;
    report({ code: "duplicate_item", message, path, spot: "key" });
  } else if (OWN_HEADERS.has(lower)) {
    const message = `The header ${quote(lower)} is set by the service itself; this value is never sent.`;
    report({ code: "header_ignored", message, path, spot: "key" });
  }
}

/** Depth is bounded where the document was read. */
function checkLeaves(check: Check, value: JsonValue, path: Path): NameUse[] {
  if (typeof value === "string") return checkText(check, value, path, true) ?? [];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => checkLeaves(check, item, [...path, index]));
  }
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => checkLeaves(check, item, [...path, key]));
}

/** The names that a text with placeholders reads; null when it cannot be used as it is. */
function checkText(
  check: Check,
  text: string,
  path: Path,
  secretsAllowed: boolean,
): NameUse[] | null {
  // A literal is not a template: it may be longer than one, and braces may stand alone in it.
  if (!text.includes("{{")) return [];
  const parsed = parseTemplate(text);
  if (!parsed.ok) {
    const { message, offset } = parsed.error;
    check.report({ code: "template_syntax", message, path, spot: offset });
    return null;
  }
  const uses: NameUse[] = [];
  for (const node of parsed.value.nodes) {
    if (node.kind === "text") continue;
    if (node.kind === "section") {
      const message = "Only {{name}} placeholders are allowed here, no sections.";
      check.report({ code: "template_syntax", message, path, spot: node.offset });
      return null;
    }
    const use = { segments: node.path.split("."), step: check.step, path, spot: node.offset };
    if (use.segments[0] !== "secrets") uses.push(use);
    else if (!checkSecret(check, use, secretsAllowed)) return null;
  }
  return uses;
}

function checkSecret({ facts, report }: Check, use: NameUse, allowed: boolean): boolean {
  const { segments, path, spot } = use;
  const name = segments[1];
  if (!allowed || name === undefined || segments.length > 2) {
    report({ code: "secret_not_allowed", message: SECRET_MISPLACED, path, spot });
    return false;
  }
  const refusal = secretRefusal(facts, name);
  if (refusal !== null) {
    const meant = facts.secretNames && { name, among: facts.secretNames };
    report({
      code: "secret_not_for_workflow",
      message: refusal,
      path,
      spot,
      ...(meant && { meant }),
    });
    return true;
  }
  if (facts.secretNames === undefined || facts.secretNames.has(name)) return true;
  report({
    code: "secret_unknown",
    message: `There is no secret ${quote(name)} yet; the step fails until it is stored.`,
    path,
    spot,
    meant: { name, among: facts.secretNames },
  });
  return true;
}
