/**
 * Every code that a diagnostic of a workflow can have, with its severity. Each has a section in
 * `docs/diagnostics.md`. Codes are part of the API: they may be added, never renamed.
 */
import type { Severity } from "#model/severity.ts";

const ERRORS = [
  "yaml_syntax",
  "yaml_too_large",
  "yaml_alias",
  "yaml_duplicate_key",
  "yaml_key",
  "yaml_merge_key",
  "yaml_tag",
  "yaml_directive",
  "yaml_multiple_documents",
  "number_not_exact",
  "forbidden_key",
  "too_deep",
  "not_a_workflow",
  "schema_version_invalid",
  "schema_version_old",
  "schema_version_future",
  "missing_key",
  "unknown_key",
  "wrong_type",
  "invalid_value",
  "invalid_length",
  "out_of_range",
  "invalid_id",
  "invalid_email",
  "id_mismatch",
  "reserved_id",
  "duplicate_id",
  "unknown_step_type",
  "unknown_step",
  "cycle",
  "duplicate_item",
  "field_invalid",
  "field_not_applicable",
  "duplicate_field",
  "reserved_name",
  "invalid_pattern",
  "invalid_limit",
  "missing_options",
  "invalid_option",
  "invalid_default",
  "invalid_json_schema",
  "json_schema_ref",
  "json_schema_too_large",
  "expression_syntax",
  "path_syntax",
  "template_syntax",
  "unknown_template",
  "invalid_url",
  "url_not_allowed",
  "invalid_header",
  "body_not_allowed",
  "body_conflict",
  "secret_not_allowed",
  "secret_not_for_workflow",
  "quorum_unreachable",
  "retry_delays",
] as const;

const WARNINGS = [
  "schema_version_newer",
  "unreachable_step",
  "no_branch",
  "expiry_missing",
  "header_ignored",
  "body_not_encoded",
  "template_variable_missing",
  "template_variable_unused",
  "placeholder_not_rendered",
  "provider_not_configured",
  "name_never_set",
  "name_may_be_missing",
  "secret_unknown",
  "json_schema_keyword",
  "key_order_changed",
  "stored_by_earlier_release",
  "more_diagnostics",
] as const;

const HINTS = ["no_expiry"] as const;

export const DIAGNOSTIC_CODES = [...ERRORS, ...WARNINGS, ...HINTS] as const;
export type DiagnosticCode = (typeof DIAGNOSTIC_CODES)[number];

const WARNING_CODES: ReadonlySet<string> = new Set(WARNINGS);
const HINT_CODES: ReadonlySet<string> = new Set(HINTS);

/** Warnings and hints never keep a workflow from being stored; an error always does. */
export function severityOf(code: DiagnosticCode): Severity {
  if (HINT_CODES.has(code)) return "hint";
  return WARNING_CODES.has(code) ? "warning" : "error";
}
