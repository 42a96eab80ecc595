/**
 * Normalises the names in traces: a trace shows a name as it is written, and
 * `ctx["runtime"]["inputs"]["x"]` and `runtime.inputs.x` are the same name.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import type { ComparableRun } from "#parity/comparable.ts";

export function withPlainTraces(run: ComparableRun): ComparableRun {
  const { runtime } = run.context;
  const steps = Object.entries(runtime.steps).map(([id, step]): [string, JsonValue] => [
    id,
    isJsonObject(step) && step["output"] !== undefined
      ? { ...step, output: plain(step["output"]) }
      : step,
  ]);
  return {
    ...run,
    steps: run.steps.map((step) =>
      step.type === "conditional" && step.output !== undefined
        ? { ...step, output: plain(step.output) }
        : step,
    ),
    context: { runtime: { ...runtime, steps: Object.fromEntries(steps) } },
  };
}

/** Normalises the output of a rule; other outputs are unchanged. */
function plain(output: JsonValue): JsonValue {
  if (!isJsonObject(output) || !Array.isArray(output["trace"])) return output;
  const entries = new Map<string, JsonObject>();
  for (const entry of output["trace"]) {
    if (!isJsonObject(entry) || typeof entry["path"] !== "string") return output;
    const path = plainPath(entry["path"]);
    entries.set(path, { ...entry, path });
  }
  return { ...output, trace: [...entries.values()] };
}

/** The parts of a name joined by slashes, without an unquoted `ctx`. */
function plainPath(path: string): string {
  const parts = path.matchAll(/"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([\p{ID_Continue}]+)/gu);
  return [...parts]
    .filter(([, , , bare]) => bare !== "ctx")
    .map(([, double, single, bare]) => bare ?? unescaped(double ?? single ?? ""))
    .join("/");
}

function unescaped(quoted: string): string {
  return quoted.replaceAll(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_all, code?: string, other?: string) =>
    code === undefined ? (other ?? "") : String.fromCharCode(Number.parseInt(code, 16)),
  );
}
