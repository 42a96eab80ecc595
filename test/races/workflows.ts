/** The workflows that are raced: each kind of step, and what it may be doing when something else comes. */

/** Kinds of what a cancel meets. */
export const KINDS = [
  "form",
  "form with expiry",
  "conditionals",
  "model in the process",
  "model outside",
  "api_call GET",
  "api_call POST",
  "api_call that is retried",
  "approval",
] as const;
export type Kind = (typeof KINDS)[number];

const idOf = (kind: Kind) => `race_${kind.toLowerCase().replaceAll(/[^a-z]+/g, "_")}`;

/** Two calls stand behind each: a step that starts after the cancel is seen at the witness. */
export function raceWorkflow(kind: Kind, host: string): { id: string; text: string } {
  const id = idOf(kind);
  const call = (step: string, next: string | null, query: string, method = "GET", more = "") =>
    `  - { id: ${step}, type: api_call, name: Call, next: ${next}, retry: { max_attempts: 3, initial_delay_ms: 5, max_delay_ms: 20 }, config: { url: "http://${host}/${step}?${query}", method: ${method}${more} } }`;
  const steps = [
    ...stepsOf(kind, call),
    call("after_one", "after_two", "ms=5", "PUT"),
    call("after_two", null, "ms=1", "PUT"),
  ];
  const head = `id: ${id}\nname: ${kind}\nstart_step: first\nsteps:\n`;
  return { id, text: `${head}${steps.join("\n")}\n` };
}

type CallOf = (
  step: string,
  next: string | null,
  query: string,
  method?: string,
  more?: string,
) => string;

function stepsOf(kind: Kind, call: CallOf): string[] {
  switch (kind) {
    case "form":
      return [form("")];
    case "form with expiry":
      return [form(", expires_in_s: 1, on_expire: after_one")];
    case "conditionals":
      return conditionals(260);
    case "model in the process":
      return [1, 2, 3].map((number) => model(number, "mock"));
    case "model outside":
      return [1, 2, 3].map((number) => model(number, "openai"));
    case "api_call GET":
      return [call("first", "second", "ms=8"), call("second", "after_one", "ms=8")];
    case "api_call POST":
      return [
        call("first", "second", "ms=8", "POST"),
        call("second", "after_one", "ms=8", "POST", ", idempotent: true"),
      ];
    case "api_call that is retried":
      return [call("first", "after_one", "ms=1&fail=2")];
    case "approval":
      return [
        "  - { id: first, type: approval, name: Sign, next: after_one, config: { approvers: [ann@example.com, bob@example.com], quorum: 1 } }",
      ];
  }
}

function form(expiry: string): string {
  return `  - { id: first, type: form, name: Ask, next: after_one, config: { fields: [{ key: topic, type: string, required: true }]${expiry} } }`;
}

function conditionals(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const target = index + 1 === count ? "after_one" : `c${index + 1}`;
    const id = index === 0 ? "first" : `c${index}`;
    return `  - { id: ${id}, type: conditional, name: If, config: { when: "true", then: ${target}, else: ${target} } }`;
  });
}

function model(number: number, provider: string): string {
  const id = number === 1 ? "first" : `m${number}`;
  const next = number === 3 ? "after_one" : `m${number + 1}`;
  const schema =
    "{ type: object, additionalProperties: false, properties: { draft: { type: string } }, required: [draft] }";
  return `  - { id: ${id}, type: ai_generate, name: Write, next: ${next}, config: { template_id: race_v1, variables: [marker], provider: ${provider}, json_schema: ${schema} } }`;
}

export const RACE_TEMPLATE = { id: "race_v1", body: { prompt: "Write. {{marker}}" } };
