/** Workflows whose runs show the semantics: each plant changes the result of at least one. */
import type { Behaviour, FakeApi } from "../../support/fake-api.ts";
import type { Asked } from "./over-http.ts";

export interface Case extends Asked {
  name: string;
  workflow: string;
}

const mode = (name: string) => ({ mode: name, steps: {}, seed: 42 });

const RULES = `
id: planted_rules
name: Planted rules
start_step: ask
static: { level: constant }
inputs:
  - { key: level, type: string, required: true }
  - { key: colour, type: string, required: false, default: red }
  - { key: words, type: multiselect, required: false, options: [a, b] }
steps:
  - id: ask
    type: form
    name: Ask
    next: floor
    config:
      fields:
        - { key: n, type: integer, required: true }
        - { key: mark, type: string, required: true }
        - { key: note, type: string, required: false }
        - { key: size, type: integer, required: false, default: 3 }
${["floor", "round", "truth", "chain", "letters", "absent", "place", "remainder"]
  .map(
    (id, index, all) => `  - id: ${id}
    type: conditional
    name: ${id}
    next: ${all[index + 1] ?? "way"}
    config:
      when: >-
        ${
          {
            floor: "n // 2 == -4",
            round: "round(2.5) == 2",
            truth: "words",
            chain: "1 < 3 < 2",
            letters: "len(mark) == 1",
            absent: "note == None",
            place: "level == 'input'",
            remainder: "n % 3 == 2",
          }[id]
        }`,
  )
  .join("\n")}
  - id: way
    type: conditional
    name: Way
    config: { when: colour == "red" and size == 3, then: left, else: right }
  - { id: left, type: conditional, name: Left, config: { when: "true" } }
  - { id: right, type: conditional, name: Right, config: { when: "true" } }
output: { colour: colour, size: size }
`;

const MODELS = `
id: planted_models
name: Planted models
start_step: write
inputs:
  - { key: topic, type: string, required: true, sensitive: true }
  - { key: audience, type: string, required: true }
steps:
  - id: write
    type: ai_generate
    name: Write
    next: agree
    retry: { max_attempts: 3, initial_delay_ms: 1, max_delay_ms: 1 }
    config:
      template_id: content_v1
      variables: [topic, audience, nowhere.at.all]
      timeout_s: 0.05
      json_schema:
        type: object
        required: [draft, parts]
        properties:
          draft: { type: string }
          parts: { type: array, minItems: 2, items: { type: string } }
  - id: agree
    type: approval
    name: Agree
    config: { approvers: [ann@example.com, bob@example.com, cy@example.com], quorum: 2 }
output: { parts: steps.write.output.parts }
`;

const CALLS = (host: string) => `
id: planted_calls
name: Planted calls
start_step: ask
steps:
  - id: ask
    type: form
    name: Ask
    next: busy
    config:
      fields:
        - { key: iban, type: string, required: true, sensitive: true }
  - id: busy
    type: api_call
    name: Answers at the third attempt
    next: charge
    retry: { max_attempts: 3, initial_delay_ms: 1, max_delay_ms: 1 }
    config: { url: "http://${host}/busy", method: GET }
  - id: charge
    type: api_call
    name: An idempotent POST that fails once
    next: send
    retry: { max_attempts: 3, initial_delay_ms: 1, max_delay_ms: 1 }
    config: { url: "http://${host}/charge", method: POST, idempotent: true, body: "{{iban}}" }
  - id: send
    type: api_call
    name: A POST that may not be repeated
    on_error: expected
    retry: { max_attempts: 3, initial_delay_ms: 1, max_delay_ms: 1 }
    config: { url: "http://${host}/send", method: POST }
  - id: expected
    type: api_call
    name: A 404 that is expected
    next: away
    config: { url: "http://${host}/expected", method: GET, expect_status: [404] }
  - id: away
    type: api_call
    name: Never there
    retry: { max_attempts: 2, initial_delay_ms: 1, max_delay_ms: 1 }
    config: { url: "http://${host}/away", method: GET }
`;

/** What the calls of the last workflow meet. */
export function scriptApi(api: FakeApi): void {
  const answer = (status: number, body = "{}"): Behaviour => ({ kind: "answer", status, body });
  api.script("/busy", [answer(500), answer(503), answer(200, '{"ok":true}')]);
  api.script("/charge", [answer(500), answer(201, '{"to":"DE8937","for":"DE8937"}')]);
  api.script("/send", [answer(502), answer(200)]);
  api.script("/expected", [answer(404, '{"gone":1}')]);
  api.script("/away", [answer(500)]);
}

export function casesAt(host: string): Case[] {
  const rules = { workflow: RULES, workflow_id: "planted_rules", mock: mode("success") };
  const models = { workflow: MODELS, workflow_id: "planted_models" };
  const topic = { topic: "Launch", audience: "SMB" };
  return [
    { ...rules, name: "rules", inputs: { level: "input", words: [], n: -7, mark: "😀" } },
    {
      ...rules,
      name: "colours",
      inputs: { level: "x", colour: "blue", n: 8, mark: "ab", note: "" },
    },
    { ...rules, name: "unanswered", inputs: { level: "input", n: "8", mark: "a" } },
    { ...models, name: "model", inputs: topic, mock: mode("success") },
    { ...models, name: "violation", inputs: topic, mock: mode("schema_violation") },
    { ...models, name: "transient", inputs: topic, mock: mode("transient_error") },
    { ...models, name: "timeout", inputs: topic, mock: mode("timeout") },
    {
      name: "calls",
      workflow: CALLS(host),
      workflow_id: "planted_calls",
      inputs: { iban: "DE8937" },
      mock: mode("success"),
    },
  ];
}
