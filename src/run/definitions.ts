/**
 * Definitions and templates of runs, parsed once for an isolate and version: the objects of many runs
 * share one isolate, and most of them run the same few workflows. By their text, which is what a run
 * keeps; so nothing has to be known of where it came from. Frozen, since runs share them.
 */
import { type IndexedWorkflow, indexWorkflow } from "#model/workflow-index.ts";
import { jsonByteLength } from "#model/json.ts";
import { type JsonText, parseJsonText } from "#model/json-text.ts";
import type { Template } from "#model/template.ts";
import type { WorkflowDefinition } from "#model/workflow.ts";

/** Characters of all texts that are known; what is used least recently goes first. */
const KNOWN_CHARS = 8_000_000;

interface Parsed {
  workflow: IndexedWorkflow;
  /** Bytes of the constants, which count for the context of each run. */
  staticBytes: number;
}

class Known<T, V> {
  readonly #byText = new Map<JsonText<T>, V>();
  readonly #make: (value: T) => V;
  #chars = 0;

  constructor(make: (value: T) => V) {
    this.#make = make;
  }

  get(text: JsonText<T>): V {
    let value = this.#byText.get(text);
    if (value === undefined) {
      value = this.#make(freeze(parseJsonText(text)));
      this.#chars += text.length;
    }
    // Last in the order of the map is used most recently.
    this.#byText.delete(text);
    this.#byText.set(text, value);
    for (const oldest of this.#byText.keys()) {
      if (this.#chars <= KNOWN_CHARS || oldest === text) break;
      this.#byText.delete(oldest);
      this.#chars -= oldest.length;
    }
    return value;
  }
}

const definitions = new Known<WorkflowDefinition, Parsed>((definition) => ({
  workflow: indexWorkflow(definition),
  staticBytes: jsonByteLength(definition.static),
}));

const templates = new Known<Template[], Readonly<Record<string, Template>>>((all) =>
  Object.freeze(Object.fromEntries(all.map((template) => [template.id, template]))),
);

export function parsedDefinition(text: JsonText<WorkflowDefinition>): Parsed {
  return definitions.get(text);
}

export function parsedTemplates(text: JsonText<Template[]>): Readonly<Record<string, Template>> {
  return templates.get(text);
}

function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const child of Object.values(value)) freeze(child);
  }
  return value;
}
