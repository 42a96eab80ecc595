/** Which format a file says it is of, as far as the upgrade from 0.1 to 0.2 is concerned. */
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import { SCHEMA_VERSION } from "#model/workflow.ts";
import { type Finding, quote } from "../findings.ts";
import { memberOf } from "../member.ts";
import { signOfOldFormat } from "../version.ts";

const OLD = /^0\.1(?:\.\d+)?$/;
const CURRENT = /^0\.2(?:\.\d+)?$/;
const VERSION = /^\d+(?:\.\d+){0,2}$/;

/**
 * The format, or why the file is of neither. A file without a version is recognised by its form.
 */
export function formatOf(value: JsonValue): "0.1" | "0.2" | Finding {
  if (!isJsonObject(value)) {
    const message =
      "A workflow is a mapping with a start and steps; this file contains something else.";
    return { code: "not_a_workflow", message, path: [] };
  }
  for (const key of ["schema_version", "version"]) {
    const format = Object.hasOwn(value, key) ? formatBy(value, key) : null;
    if (format !== null) return format;
  }
  return signOfOldFormat(value) === null ? "0.2" : "0.1";
}

function formatBy(workflow: JsonObject, key: string): "0.1" | "0.2" | Finding {
  const given = memberOf(workflow, key);
  const version = typeof given === "string" || typeof given === "number" ? String(given) : "";
  const path = [key];
  if (OLD.test(version)) return "0.1";
  if (CURRENT.test(version) && key === "schema_version") return "0.2";
  if (CURRENT.test(version)) {
    const message = `A file of format 0.2 has schema_version: "${SCHEMA_VERSION}"; a file of 0.1 has version: 0.1. Which of the two is this?`;
    return { code: "schema_version_invalid", message, path };
  }
  if (VERSION.test(version) && isNewer(version)) {
    const message = `This workflow is of version ${version}, which this program does not know; it upgrades 0.1 to 0.2.`;
    return { code: "schema_version_future", message, path };
  }
  const message = `${quote(version)} is not a version that can be upgraded; a file of format 0.1 has version: 0.1.`;
  return { code: "schema_version_invalid", message, path };
}

function isNewer(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 0 || minor > 2;
}
