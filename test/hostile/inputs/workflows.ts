/** Workflows that are sent to be validated or stored, as JSON and as YAML. */
import type { JsonObject, JsonValue } from "#model/json.ts";
import { jsonSource, readWorkflow } from "#workflow/read.ts";
import type { HostileInput, Prepared } from "../measure.ts";
import { BODY, filled, named, prepared, times, YAML } from "./texts.ts";

const FACTS = {
  allowHttpHosts: [],
  templateIds: new Set(["content_v1"]),
  secretNames: new Set(["TOKEN"]),
};

function asJson(written: JsonValue): Prepared {
  const text = JSON.stringify(written);
  return prepared(text, () => readWorkflow(jsonSource(text), FACTS));
}

function asYaml(text: string): Prepared {
  return prepared(text, () => readWorkflow({ format: "yaml", text }, FACTS));
}

function workflow(steps: JsonValue[], more: JsonObject = {}): JsonObject {
  return { name: "Hostile", id: "hostile", start_step: "a", steps, ...more };
}

const question = (id: string, more: JsonObject = {}): JsonObject => ({
  id,
  type: "form",
  name: `Step ${id}`,
  config: { fields: [{ key: "topic", type: "string", required: true, label: "Topic" }] },
  ...more,
});
const check = (id: string, when: string, more: JsonObject = {}): JsonObject => ({
  id,
  type: "conditional",
  config: { when, then: null, else: null, ...more },
});
const model = (id: string, schema: JsonValue, more: JsonObject = {}): JsonObject => ({
  id,
  type: "ai_generate",
  config: { template_id: "content_v1", variables: ["topic"], json_schema: schema },
  ...more,
});
const call = (id: string, config: JsonObject): JsonObject => ({
  id,
  type: "api_call",
  config: { url: "https://api.example.com/", method: "POST", ...config },
});
const withAction = (schema: JsonObject): Prepared => asJson(workflow([model("a", schema)]));

function ordinaryJson(bytes: number, salt: string): Prepared {
  const words = `${salt} a step that asks a person what the article should be about. `;
  const steps = times(Math.min(400, bytes / 300), (index) =>
    question(`s${index}`, {
      next: index + 1 < Math.floor(Math.min(400, bytes / 300)) ? `s${index + 1}` : null,
    }),
  );
  const rest = Math.max(0, bytes - JSON.stringify(steps).length);
  const constants = { notes: times(rest / 600, () => filled(words, 580)) };
  return asJson(workflow(steps, { start_step: "s0", static: constants }));
}

function ordinaryYaml(bytes: number, salt: string): Prepared {
  const lines = times(
    Math.min(400, bytes / 130),
    (index) =>
      `  - id: s${index}\n    type: form\n    config:\n      fields:\n        - key: topic\n          type: string\n          label: Topic of the text\n`,
  );
  return asYaml(`name: Ordinary ${salt}\nstart_step: s0\nsteps:\n${lines.join("")}`);
}

/** A chain of steps with ids as long as they may be. */
const chainOf = (count: number, salt: string, more: (index: number) => JsonObject): JsonObject[] =>
  times(count, (index) => question(named(salt, index, 64), more(index)));

const JSON_INPUTS: Record<string, (share: number, salt: string) => Prepared> = {
  "200 misspelt targets, ids of 64 letters": (share, salt) => {
    const count = 1_100 * share;
    return asJson(
      workflow(chainOf(count, salt, (index) => ({ next: `${named(salt, index, 61)}xyz` }))),
    );
  },
  "200 misspelt targets, 4,000 ids of a few letters": (share, salt) =>
    asJson(
      workflow(
        times(4_000 * share, (index) => ({
          id: named("ab", index, 9),
          next: named("ba", index, 9),
          s: salt,
        })),
      ),
    ),
  "all targets misspelt in 24 KB": (share, salt) =>
    asJson(
      workflow(
        times(200 * share, (index) =>
          question(named(salt, index, 40), { next: `${named(salt, index, 38)}zz` }),
        ),
      ),
    ),
  "misspelt names in 500 expressions against 3,000 fields": (share, salt) => {
    const fields = times(3_000 * share, (index) => ({
      key: named(salt, index, 40),
      type: "string",
    }));
    const checks = times(500 * share, (index) =>
      check(`c${index}`, `${named(salt, index, 38)}zz == 1`, { then: `c${index + 1}` }),
    );
    return asJson(
      workflow([
        question("a", { next: "c0", config: { fields } }),
        ...checks,
        check(`c${checks.length}`, "true"),
      ]),
    );
  },
  "misspelt constants among 8,000": (share, salt) => {
    const constants = Object.fromEntries(
      times(4_000 * share, (index) => [named(salt, index, 30), 1]),
    );
    const steps = times(400 * share, (index) =>
      check(`c${index}`, `static.${named(salt, index, 28)}zz == 1`, { then: `c${index + 1}` }),
    );
    return asJson(
      workflow([...steps, check(`c${steps.length}`, "true")], {
        start_step: "c0",
        static: constants,
      }),
    );
  },
  "misspelt step ids with hyphens in expressions": (share, salt) => {
    const steps = times(450 * share, (index) =>
      check(
        `${salt}-a-${index}`,
        times(20, (n) => `steps.${salt}_${index}_${n}.output`)
          .join(" or ")
          .slice(0, 600),
        {
          then: `${salt}-a-${index + 1}`,
        },
      ),
    );
    return asJson(
      workflow([...steps, check(`${salt}-a-${steps.length}`, "true")], {
        start_step: `${salt}-a-0`,
      }),
    );
  },
  "unknown keys in one step": (share, salt) =>
    asJson(
      workflow([
        question(
          "a",
          Object.fromEntries(times(9_000 * share, (index) => [`nam${salt}${index}`, 1])),
        ),
      ]),
    ),
  "unknown keys of fields that miss their own": (share, salt) =>
    asJson(
      workflow([
        question("a", {
          config: {
            fields: times(4_000 * share, (index) => ({ kex: `${salt}${index}`, typ: "string" })),
          },
        }),
      ]),
    ),
  "unknown keys at the top": (share, salt) =>
    asJson(
      workflow(
        [question("a")],
        Object.fromEntries(times(15_000 * share, (index) => [`${salt}${index}`, 1])),
      ),
    ),
  "fields without a key, 10,000": (share, salt) =>
    asJson(
      workflow([
        question("a", { name: salt, config: { fields: times(20_000 * share, () => ({})) } }),
      ]),
    ),
  "one field key 8,000 times": (share, salt) =>
    asJson(
      workflow([
        question("a", {
          config: { fields: times(6_000 * share, () => ({ key: salt, type: "string" })) },
        }),
      ]),
    ),
  "a choice of 10,000 options, each twice": (share, salt) =>
    asJson(
      workflow([
        question("a", {
          config: {
            fields: [
              {
                key: "x",
                type: "multiselect",
                options: times(14_000 * share, (index) => `${salt}${index % 5_000}`),
                default: times(5_000 * share, (index) => `${salt}${index}`),
              },
            ],
          },
        }),
      ]),
    ),
  "a knot of cycles": (share, salt) => {
    const count = 900 * share;
    return asJson(
      workflow(
        times(count, (index) => ({
          id: `${salt}${index}`,
          type: "approval",
          next: `${salt}${(index * 7 + 1) % Math.floor(count)}`,
          on_error: `${salt}${(index * 13 + 5) % Math.floor(count)}`,
          config: {
            approvers: ["a@example.com"],
            on_reject: `${salt}${(index * 31 + 3) % Math.floor(count)}`,
            on_expire: `${salt}${(index + 1) % Math.floor(count)}`,
            expires_in_s: 60,
          },
        })),
        { start_step: `${salt}0` },
      ),
    );
  },
  "names that are missing on a long way": (share, salt) => {
    const count = Math.floor(480 * share);
    const steps = times(count, (index) =>
      check(`c${index}`, times(12, (n) => `${salt}${(index * 12 + n) % 500}`).join(" or "), {
        then: `c${index + 1}`,
        else: `c${index + 1}`,
      }),
    );
    const fields = times(500, (index) => ({ key: `${salt}${index}`, type: "string" }));
    return asJson(
      workflow([...steps, question(`c${count}`, { config: { fields } })], { start_step: "c0" }),
    );
  },
  "expressions of brackets": (share, salt) =>
    asJson(
      workflow(
        times(120 * share, (index) =>
          check(`${salt}${index}`, filled("[", 2_000), { then: `${salt}${index + 1}` }),
        ),
      ),
    ),
  "expressions of not and minus": (share, salt) =>
    asJson(
      workflow(
        times(120 * share, (index) =>
          check(`${salt}${index}`, `${filled("not - ", 1_990)}1`, { then: `${salt}${index + 1}` }),
        ),
      ),
    ),
  "expressions of names": (share, salt) =>
    asJson(
      workflow(
        times(120 * share, (index) =>
          check(
            `${salt}${index}`,
            times(280, (n) => `n${index}_${n}`)
              .join("+")
              .slice(0, 2_000),
            {
              then: `${salt}${index + 1}`,
            },
          ),
        ),
      ),
    ),
  "a schema of enum values that are objects": (share, salt) =>
    asJson(
      workflow(
        times(8 * share, (step) =>
          model(
            `${salt}${step}`,
            {
              enum: times(900, (index) => ({ id: `${salt}${step}${index}`, of: { a: [1, 2] } })),
            },
            { next: `${salt}${step + 1}` },
          ),
        ),
      ),
    ),
  "a schema of misspelt keywords": (share, salt) =>
    asJson(
      workflow(
        times(8 * share, (step) =>
          model(`${salt}${step}`, {
            type: "object",
            properties: Object.fromEntries(
              times(600, (index) => [
                `p${index}`,
                { typ: "string", requird: true, minLenght: 1, s: salt },
              ]),
            ),
          }),
        ),
      ),
    ),
  "a schema of patterns": (share, salt) =>
    withAction({
      type: "object",
      properties: Object.fromEntries(
        times(400 * share, (index) => [
          `p${index}`,
          { type: "string", pattern: `^(${salt}${index}|[a-z]+(\\p{L}|x)*){1,9}$` },
        ]),
      ),
    }),
  "a schema of references": (share, salt) =>
    withAction({
      $defs: Object.fromEntries(
        times(500 * share, (index) => [
          `${salt}${index}`,
          { allOf: [{ $ref: `#/$defs/${salt}${index + 1}` }] },
        ]),
      ),
      $ref: `#/$defs/${salt}0`,
    }),
  "a schema of anyOf in anyOf": (share, salt) => {
    let schema: JsonObject = { title: salt };
    for (let depth = 0; depth < 15; depth += 1) {
      schema = { anyOf: [schema, ...times(60 * share, (index) => ({ const: `${salt}${index}` }))] };
    }
    return withAction(schema);
  },
  "templates of placeholders": (share, salt) =>
    asJson(
      workflow(
        times(6 * share, (step) =>
          call(`${salt}${step}`, {
            url: `https://api.example.com/${filled("{{topic}}/", 8_000)}`,
            headers: Object.fromEntries(times(20, (n) => [`x-${n}`, filled("{{topic}}", 1_500)])),
          }),
        ),
      ),
    ),
  "braces that open and never close": (share, salt) =>
    asJson(workflow([call("a", { body: { text: salt + filled("{{", BODY * share) } })])),
  "a body of 20,000 placeholders": (share, salt) =>
    asJson(
      workflow([
        call("a", {
          body: Object.fromEntries(
            times(9_000 * share, (index) => [`${salt}${index}`, "{{topic}}"]),
          ),
        }),
      ]),
    ),
  "a name of blanks": (share, salt) =>
    asJson(workflow([question("a")], { name: `${filled(" ", BODY * share)}${salt}` })),
  "an address of dots": (share, salt) =>
    asJson(
      workflow([
        {
          id: "a",
          type: "approval",
          config: { approvers: [`${salt}${filled("a.", BODY * share)}@`] },
        },
      ]),
    ),
  "an id of hyphens": (share, salt) =>
    asJson(workflow([question(`a${filled("-", BODY * share)}${salt}!`)])),
  "values 60 deep, many times": (share, salt) =>
    asJson(
      workflow([question("a")], {
        static: Object.fromEntries(
          times(1_700 * share, (index) => [
            `${salt}${index}`,
            JSON.parse(`${"[".repeat(58)}1${"]".repeat(58)}`) as JsonValue,
          ]),
        ),
      }),
    ),
};

const YAML_TEXTS: Record<string, (size: number, salt: string) => string> = {
  "brackets that close nothing": (size, salt) => `a${salt}: ${filled("]", size)}`,
  "brackets that are never closed": (size, salt) => `a${salt}: ${filled("[", size)}`,
  "braces that are never closed": (size, salt) => `a${salt}: ${filled("{", size)}`,
  "lists in lists on one line": (size, salt) => `${filled("- ", size)}${salt}`,
  "complex keys": (size, salt) => `${filled("? ", size)}${salt}`,
  colons: (size, salt) => `${salt}\n${filled(": ", size)}`,
  "keys on one line": (size, salt) => `${salt}: ${filled("a: ", size)}`,
  commas: (size, salt) => `a${salt}: [${filled(",", size)}]`,
  "flow pairs": (size, salt) => `a${salt}: {${filled("a,b: c,", size)}}`,
  "a quote that never ends": (size, salt) => `a${salt}: "${filled("x\n ", size)}`,
  "quotes on quotes": (size, salt) => `a${salt}: ${filled(`"" `, size)}`,
  escapes: (size, salt) => `a${salt}: "${filled("\\u0041", size)}"`,
  "wrong escapes": (size, salt) => `a${salt}: "${filled("\\q", size)}"`,
  anchors: (size, salt) => filled(`- &${salt} a\n`, size),
  aliases: (size, salt) => `- &${salt} a\n${filled(`- *${salt}\n`, size)}`,
  tags: (size, salt) => filled(`- !!${salt} a\n`, size),
  "one key many times": (size, salt) => filled(`${salt}: 1\n`, size),
  comments: (size, salt) => `${filled("#\n", size)}a: ${salt}`,
  "tabs for indentation": (size, salt) => `${salt}:\n${filled("\t- a\n", size)}`,
  "a staircase": (size, salt) => {
    let [text, depth] = [`${salt}:\n`, 1];
    while (text.length < size) text += `${" ".repeat((depth += 1) % 300)}a:\n`;
    return text;
  },
  "block scalars": (size, salt) => filled(`- |\n ${salt}\n`, size),
  "folded lines": (size, salt) => `a: >\n${filled(`  ${salt}\n\n`, size)}`,
  "a plain text of many lines": (size, salt) => `a: ${salt}\n${filled("  b\n", size)}`,
  directives: (size, salt) => filled(`%FOO ${salt}\n`, size),
  documents: (size, salt) => filled(`---\n${salt}\n`, size),
  "steps that miss everything": (size, salt) => `name: ${salt}\nsteps:\n${filled("- {}\n", size)}`,
  "numbers of many digits": (size, salt) => `a${salt}: [${filled("1".repeat(400) + ", ", size)}]`,
  "hexadecimal digits": (size, salt) => `a${salt}: 0x${filled("f", size)}`,
  "zeros between ones": (size, salt) => `a${salt}: 1${filled("0", 300)}.${filled("0", size)}1`,
};

export const WORKFLOW_INPUTS: readonly HostileInput[] = [
  ...Object.entries(JSON_INPUTS).map(([name, prepare]) => ({
    entry: "workflow, JSON",
    name,
    mostMs: 150,
    prepare,
    ordinary: ordinaryJson,
  })),
  ...Object.entries(YAML_TEXTS).map(([name, write]) => ({
    entry: "workflow, YAML",
    name,
    mostMs: 300,
    prepare: (share: number, salt: string) => asYaml(write((YAML - 600) * share, salt)),
    ordinary: ordinaryYaml,
  })),
];
