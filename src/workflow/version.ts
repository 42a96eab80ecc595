/**
 * `schema_version`: which files this service reads. Files of format 0.1 are recognised by their
 * look too, and refused as a whole: the rest of their findings would only say the same.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import { SCHEMA_VERSION } from "#model/workflow.ts";
import { type Finding, quote, type Report } from "./findings.ts";
import { memberOf } from "./member.ts";

const UPGRADE_COMMAND = "workflow upgrade --from 0.1 --to 0.2";

const SEMVER = /^(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})$/;
const [CURRENT_MAJOR = 0, CURRENT_MINOR = 0] = SCHEMA_VERSION.split(".").map(Number);

/** Reports what is wrong with the version; false when the rest of the file is not worth reading. */
export function checkVersion(workflow: JsonObject, report: Report): boolean {
  const old = signOfOldFormat(workflow);
  if (old !== null) {
    const message = `This is a workflow of format 0.1; upgrade it with "${UPGRADE_COMMAND} --in FILE --out FILE".`;
    report({ code: "schema_version_old", message, path: [old], suggestion: UPGRADE_COMMAND });
    return false;
  }
  const version = memberOf(workflow, "schema_version");
  if (version === undefined) return true;
  const finding = versionProblem(version);
  if (finding !== null) report({ ...finding, path: ["schema_version"] });
  return finding?.code !== "schema_version_future";
}

function versionProblem(version: JsonValue): Omit<Finding, "path"> | null {
  const parts = typeof version === "string" ? SEMVER.exec(version) : null;
  if (parts === null) {
    const given = typeof version === "object" ? "a value of another type" : quote(String(version));
    const message = `"schema_version" must be three numbers in quotes such as "${SCHEMA_VERSION}", not ${given}.`;
    return { code: "schema_version_invalid", message, suggestion: `"${SCHEMA_VERSION}"` };
  }
  const [major = 0, minor = 0] = parts.slice(1).map(Number);
  if (major > CURRENT_MAJOR) {
    const message = `This workflow is of version ${parts[0]}; this service supports versions up to ${CURRENT_MAJOR}.x (the current one is ${SCHEMA_VERSION}).`;
    return { code: "schema_version_future", message };
  }
  if (minor > CURRENT_MINOR) {
    const message = `This workflow is of version ${parts[0]}, newer than ${SCHEMA_VERSION}, the latest that this service knows; new features may be refused or ignored.`;
    return { code: "schema_version_newer", message };
  }
  if (minor < CURRENT_MINOR) {
    const message = `There is no format ${parts[0]}; the current one is "${SCHEMA_VERSION}".`;
    return { code: "schema_version_invalid", message, suggestion: `"${SCHEMA_VERSION}"` };
  }
  return null;
}

/** The key that identifies a file of format 0.1, or null. */
export function signOfOldFormat(workflow: JsonObject): string | null {
  for (const key of ["schema_version", "version"]) {
    const version = memberOf(workflow, key);
    const isText = typeof version === "string" || typeof version === "number";
    if (isText && /^0\.1(\.\d+)?$/.test(String(version))) return key;
  }
  if (Object.hasOwn(workflow, "schema_version")) return null;
  const steps = memberOf(workflow, "steps");
  const signs = [
    Object.hasOwn(workflow, "start") && !Object.hasOwn(workflow, "start_step") ? "start" : null,
    isJsonObject(steps) ? "steps" : null,
    hasKinds(steps) ? "steps" : null,
  ].filter((sign) => sign !== null);
  return signs.length >= 2 ? (signs[0] ?? null) : null;
}

function hasKinds(steps: unknown): boolean {
  const items = Array.isArray(steps) ? steps : isJsonObject(steps) ? Object.values(steps) : [];
  return (
    items.length > 0 && items.every((step) => isJsonObject(step) && Object.hasOwn(step, "kind"))
  );
}
