/**
 * Reads Prometheus' text format as strictly as its description has it
 * (https://prometheus.io/docs/instrumenting/exposition_formats/): everything that a scraper could stumble
 * over throws.
 */

export interface Family {
  type: string;
  help: string;
  /** Values by series, as written: `name{label="value"}`. */
  samples: Map<string, number>;
}

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABEL = `[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"`;
const SAMPLE = new RegExp(`^(${NAME})(\\{${LABEL}(?:,${LABEL})*\\})? ([0-9.eE+-]+)$`);

export function parsePrometheus(text: string): Map<string, Family> {
  if (!text.endsWith("\n")) throw new Error("the last line does not end");
  const families = new Map<string, Family>();
  let current = "";
  for (const line of text.slice(0, -1).split("\n")) {
    const help = new RegExp(`^# HELP (${NAME}) (\\S.*)$`).exec(line);
    const type = new RegExp(`^# TYPE (${NAME}) (counter|gauge|summary|histogram)$`).exec(line);
    if (help) {
      current = help[1] ?? "";
      if (families.has(current)) throw new Error(`${current} comes twice`);
      families.set(current, { help: help[2] ?? "", type: "", samples: new Map() });
    } else if (type) {
      const family = families.get(current);
      if (!family || type[1] !== current || family.type !== "") throw new Error(`TYPE: ${line}`);
      family.type = type[2] ?? "";
    } else {
      addSample(line, current, families.get(current));
    }
  }
  for (const [name, { type }] of families) {
    if ((type === "counter") !== name.endsWith("_total")) throw new Error(`${name} is a ${type}`);
  }
  return families;
}

function addSample(line: string, current: string, family: Family | undefined): void {
  const [, name = "", labels = "", value = ""] = SAMPLE.exec(line) ?? [];
  if (name === "") throw new Error(`not a sample: ${line}`);
  if (!family || name !== current || family.type === "") throw new Error(`out of place: ${line}`);
  const series = name + labels;
  const names = [...labels.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)="/g)].map(([, label]) => label);
  if (new Set(names).size !== names.length) throw new Error(`a label comes twice: ${line}`);
  if (family.samples.has(series)) throw new Error(`a series comes twice: ${line}`);
  if (!Number.isFinite(Number(value)) || Number(value) < 0) throw new Error(`not a count: ${line}`);
  family.samples.set(series, Number(value));
}

/** All samples of all families. */
export function samplesOf(text: string): Record<string, number> {
  const families = [...parsePrometheus(text).values()];
  return Object.fromEntries(families.flatMap(({ samples }) => [...samples]));
}
