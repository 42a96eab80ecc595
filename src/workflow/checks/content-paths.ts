/** Dotted paths: `variables` of ai_generate and `output` of the workflow. */
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import { quote, type Report } from "../findings.ts";
import { type NameUse, SECRET_MISPLACED } from "./name-use.ts";
import type { OutlineStep } from "./outline.ts";
import type { Path } from "../source/places.ts";
import { memberOf } from "../member.ts";

/** A name or a dotted path: `topic`, `steps.generate.output.draft`, `static.prices.0`. */
const PATH_PATTERN = /^[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*$/;

/** Checks `variables`: paths, no two of which give the template the same name. */
export function checkVariables(step: OutlineStep, report: Report): NameUse[] {
  const variables = memberOf(step.config, "variables");
  if (!Array.isArray(variables)) return [];
  const taken = new Map<string, string>();
  return variables.flatMap((variable: JsonValue, index) => {
    if (typeof variable !== "string") return [];
    const path = [...step.path, "config", "variables", index];
    const use = checkPath(variable, { step, path }, report);
    if (use === null) return [];
    const name = use.segments.at(-1) ?? "";
    const other = taken.get(name);
    if (other === undefined) {
      taken.set(name, variable);
    } else {
      const message = `${quote(other)} already defines the name ${quote(name)} in the template; each name can be defined only once.`;
      report({ code: "duplicate_item", message, path });
    }
    return [use];
  });
}

/** Checks `output` of the workflow, which is read when the run completes. */
export function checkOutput(workflow: JsonObject, report: Report): NameUse[] {
  const output = memberOf(workflow, "output");
  if (!isJsonObject(output)) return [];
  return Object.entries(output).flatMap(([name, value]) => {
    if (typeof value !== "string") return [];
    return checkPath(value, { step: null, path: ["output", name] }, report) ?? [];
  });
}

function checkPath(
  written: string,
  place: { step: OutlineStep | null; path: Path },
  report: Report,
): NameUse | null {
  if (!PATH_PATTERN.test(written)) {
    const suggestion = asPath(written);
    const message = `${quote(written)} is not a name or a dotted path such as steps.generate.output.draft.`;
    const { path } = place;
    report({
      code: "path_syntax",
      message: suggestion === null ? message : `${message} Did you mean ${quote(suggestion)}?`,
      path,
      ...(suggestion === null ? {} : { suggestion }),
    });
    return null;
  }
  const segments = written.split(".");
  if (segments[0] !== "secrets") return { segments, ...place, spot: "value" };
  report({ code: "secret_not_allowed", message: SECRET_MISPLACED, path: place.path });
  return null;
}

/** What was meant by `{{topic}}`, `$topic`, `items[0].name` or `static["x"]`; null when unclear. */
function asPath(written: string): string | null {
  if (written.length > 200) return null;
  const path = written
    .trim()
    .replace(/^\{\{\s*(.*?)\s*\}\}$/, "$1")
    .replace(/^\$\.?/, "")
    .replaceAll(/\[\s*["']?([A-Za-z0-9_-]+)["']?\s*\]/g, ".$1");
  return path !== written && PATH_PATTERN.test(path) ? path : null;
}
