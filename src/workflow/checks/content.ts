/**
 * What the settings of each step say, beyond their structure: expressions parse, fields and
 * schemas can be used, numbers that belong together agree. Reads leniently, so that one wrong key
 * does not hide what is wrong with the next. Returns the names that are used, for `names.ts`.
 */
import { lowerAscii } from "#model/address.ts";
import { type JsonValue } from "#model/json.ts";
import type { ExpressionError } from "#expression/error.ts";
import { expressionReferences } from "#expression/references.ts";
import { parseExpression } from "#expression/parse.ts";
import { type AiFacts, checkAiConfig, checkSchema } from "./content-ai.ts";
import { checkApiConfig, type CallFacts } from "./content-api-call.ts";
import { checkBraces } from "./content-braces.ts";
import { checkFieldList } from "./content-fields.ts";
import { checkOutput } from "./content-paths.ts";
import { type Finding, quote, type Report } from "../findings.ts";
import { type NameUse, SECRET_MISPLACED } from "./name-use.ts";
import type { Outline, OutlineStep } from "./outline.ts";
import { isWithinPatternBudget } from "./pattern-budget.ts";
import type { Path } from "../source/places.ts";
import { memberOf, stringIn } from "../member.ts";

export type ContentFacts = CallFacts & AiFacts;

export function checkContent(outline: Outline, facts: ContentFacts, report: Report): NameUse[] {
  if (isWithinPatternBudget(outline, report)) checkCompiled(outline, report);
  checkUnique(memberOf(outline.workflow, "tags"), ["tags"], report);
  checkBraces(outline, report);
  const uses = outline.steps.flatMap((step) => checkStep(step, facts, report));
  return [...uses, ...checkOutput(outline.workflow, report)];
}

/** What holds regular expressions, which are compiled for it. */
function checkCompiled({ workflow, steps }: Outline, report: Report): void {
  checkFieldList(workflow, "inputs", [], report);
  for (const step of steps) {
    if (step.type === "form") {
      checkFieldList(step.config, "fields", [...step.path, "config"], report);
    } else if (step.type === "ai_generate") {
      checkSchema(step, report);
    }
  }
}

function checkStep(step: OutlineStep, facts: ContentFacts, report: Report): NameUse[] {
  switch (step.type) {
    case "form":
      checkExpiry(step, report);
      return [];
    case "ai_generate":
      checkRetry(step, report);
      return checkAiConfig(step, facts, report);
    case "conditional":
      return checkConditional(step, report);
    case "api_call":
      checkRetry(step, report);
      checkUnique(
        memberOf(step.config, "expect_status"),
        [...step.path, "config", "expect_status"],
        report,
      );
      return checkApiConfig(step, facts, report);
    case "approval":
      checkApproval(step, report);
      checkExpiry(step, report);
      return [];
    case null:
      return [];
  }
}

function checkConditional(step: OutlineStep, report: Report): NameUse[] {
  if (!Object.hasOwn(step.config, "then") && !Object.hasOwn(step.config, "else")) {
    const message = `Both outcomes lead to the same step: there is neither "then" nor "else".`;
    report({ code: "no_branch", message, path: [...step.path, "config"] });
  }
  const when = stringIn(step.config, "when");
  if (when === null) return [];
  const path = [...step.path, "config", "when"];
  const parsed = parseExpression(when);
  if (!parsed.ok) {
    report({ code: "expression_syntax", path, ...syntaxProblem(when, parsed.error) });
    return [];
  }
  return expressionReferences(parsed.value).flatMap(({ path: segments, offset, guards }) => {
    const use = { segments, step, path, spot: offset, guards };
    if (segments[0] !== "secrets") return [use];
    report({ code: "secret_not_allowed", message: SECRET_MISPLACED, path, spot: offset });
    return [];
  });
}

/** Names in braces are the habit of templates; without them the expression may be sound. */
function syntaxProblem(
  when: string,
  { message, offset, suggestion }: ExpressionError,
): Pick<Finding, "message" | "spot" | "suggestion"> {
  const bare = when.replaceAll(/\{\{\s*([^{}]*?)\s*\}\}/g, "$1");
  if (bare !== when && parseExpression(bare).ok) {
    return {
      message: "In an expression, names have no braces.",
      spot: when.indexOf("{{"),
      suggestion: bare,
    };
  }
  return { message, spot: offset, ...(suggestion === undefined ? {} : { suggestion }) };
}

function checkApproval(step: OutlineStep, report: Report): void {
  const approvers = memberOf(step.config, "approvers");
  const quorum = memberOf(step.config, "quorum");
  if (!Array.isArray(approvers)) return;
  const lower = approvers.map((email: JsonValue) =>
    typeof email === "string" ? lowerAscii(email) : email,
  );
  const place = [...step.path, "config", "approvers"];
  checkUnique(lower, place, report);
  const people = new Set(lower).size;
  if (typeof quorum !== "number" || quorum <= people) return;
  const message = `"quorum" requires ${quorum} approvals, but there ${people === 1 ? "is 1 approver" : `are ${people} approvers`}.`;
  report({ code: "quorum_unreachable", message, path: [...step.path, "config", "quorum"] });
}

function checkExpiry(step: OutlineStep, report: Report): void {
  if (Object.hasOwn(step.config, "expires_in_s")) return;
  if (stringIn(step.config, "on_expire") === null) {
    const message = `Without "expires_in_s" the ${step.type} waits until it is answered, with no time limit.`;
    report({ code: "no_expiry", message, path: [...step.path, "config"] });
    return;
  }
  const message = `"on_expire" is never used: without "expires_in_s" the wait does not expire.`;
  report({
    code: "expiry_missing",
    message,
    path: [...step.path, "config", "on_expire"],
    spot: "key",
  });
}

function checkRetry(step: OutlineStep, report: Report): void {
  const retry = step.retry;
  const initial = memberOf(retry, "initial_delay_ms");
  const max = memberOf(retry, "max_delay_ms");
  if (typeof initial !== "number" || typeof max !== "number" || initial <= max) return;
  const message = `"initial_delay_ms" (${initial}) is larger than "max_delay_ms" (${max}).`;
  report({ code: "retry_delays", message, path: [...step.path, "retry", "initial_delay_ms"] });
}

/** A repeated text or number says nothing, or not what its author thinks. */
function checkUnique(list: JsonValue | undefined, place: Path, report: Report): void {
  if (!Array.isArray(list)) return;
  const seen = new Set<JsonValue>();
  for (const [index, item] of list.entries()) {
    if (typeof item !== "string" && typeof item !== "number") continue;
    if (seen.has(item)) {
      const message = `${quote(String(item))} is in the list twice.`;
      report({ code: "duplicate_item", message, path: [...place, index] });
    }
    seen.add(item);
  }
}
