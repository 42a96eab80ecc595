/** What is planted: each a way in which an old side may do something else. */
import type { Plant } from "./mutants.ts";

export const PLANTS: readonly Plant[] = [
  {
    name: "the other branch is taken",
    file: "pure-steps.ts",
    find: "result ? config.then : config.else",
    replace: "result ? config.else : config.then",
  },
  {
    name: "the default of a field is lost",
    file: "fields.ts",
    find: "const usual = field.default ?? undefined;",
    replace: "const usual = undefined;",
  },
  {
    name: "the default of an input is lost",
    file: "interpreter.ts",
    find: "...Object.fromEntries(defaults), ",
    replace: "",
  },
  {
    name: "a number becomes a text",
    file: "fields.ts",
    find: "return fits(field, value) ? value : WRONG;",
    replace:
      'return fits(field, value) ? (field.type === "integer" ? String(value) : value) : WRONG;',
  },
  {
    name: "a wrong answer is taken",
    file: "fields.ts",
    find: "return fits(field, value) ? value : WRONG;",
    replace: "return value;",
  },
  {
    name: "halves are rounded up",
    file: "expression/numbers.ts",
    find: "(twice === divisor && floor % 2n !== 0n)",
    replace: "twice === divisor",
  },
  {
    name: "floor division cuts off",
    file: "expression/numbers.ts",
    find: "const floor = (a - modulo(a, b)) / b;",
    replace: "const floor = a / b;",
  },
  {
    name: "the remainder has the sign of the dividend",
    file: "expression/numbers.ts",
    find: "return ((a % b) + b) % b;",
    replace: "return a % b;",
  },
  {
    name: "an empty list is true",
    file: "expression/values.ts",
    find: "if (isList(value)) return value.length > 0;",
    replace: "if (isList(value)) return true;",
  },
  {
    name: "characters are counted in UTF-16",
    file: "expression/values.ts",
    find: 'if (typeof value === "string") return Array.from(value);',
    replace: 'if (typeof value === "string") return value.split("");',
  },
  {
    name: "chains of comparisons stop at the first",
    file: "expression/evaluate.ts",
    find: "if (!compare(operator, left, right, () => this.#tick())) return false;",
    replace: "return compare(operator, left, right, () => this.#tick());",
  },
  {
    name: "the trace is empty",
    file: "expression/trace.ts",
    find: "if (this.entries.length >= MOST_ENTRIES",
    replace: "if (path !== null || this.entries.length >= MOST_ENTRIES",
  },
  {
    name: "a constant wins over an input",
    file: "memory.ts",
    find: "[memory.inputs, memory.profile, memory.static]",
    replace: "[memory.static, memory.profile, memory.inputs]",
  },
  {
    name: "an optional field without an answer is unknown",
    file: "memory.ts",
    find: "return memory.asked.has(name) ? null : undefined;",
    replace: "return undefined;",
  },
  {
    name: "one attempt too many of a call",
    file: "api-call-step.ts",
    find: "if (attempt >= step.retry.max_attempts)",
    replace: "if (attempt > step.retry.max_attempts)",
  },
  {
    name: "one attempt too few of a call",
    file: "api-call-step.ts",
    find: "if (attempt >= step.retry.max_attempts)",
    replace: "if (attempt + 1 >= step.retry.max_attempts)",
  },
  {
    name: "an idempotent POST is not repeated",
    file: "api-call-step.ts",
    find: "const isRepeatable = idempotent || (",
    replace: "const isRepeatable = (idempotent && false) || (",
  },
  {
    name: "a POST is repeated after any failure",
    file: "api-call-step.ts",
    find: ": status === 429 || status === 503;",
    replace: ": status >= 429;",
  },
  {
    name: "expect_status is not looked at",
    file: "api-call-step.ts",
    find: "const expected = step.config.expect_status;",
    replace: "const expected = step.config.expect_status && undefined;",
  },
  {
    name: "another error code",
    file: "api-call-step.ts",
    find: 'failed("http_error", message, attempt, kept)',
    replace: 'failed("network_error", message, attempt, kept)',
  },
  {
    name: "one try too few after an answer that does not fit",
    file: "ai-step.ts",
    find: "if (violations <= LIMITS.schemaRetries) continue;",
    replace: "if (violations < LIMITS.schemaRetries) continue;",
  },
  {
    name: "a provider that fails is asked once more",
    file: "ai-step.ts",
    find: "if (!unusable && failures < step.retry.max_attempts) continue;",
    replace: "if (!unusable && failures <= step.retry.max_attempts) continue;",
  },
  {
    name: "a variable that leads nowhere is null",
    file: "ai-step.ts",
    find: '(memory, path) ?? ""',
    replace: "(memory, path) ?? null",
  },
  {
    name: "answers of models are not validated",
    file: "model-answer.ts",
    find: "return valid ?",
    replace: "return valid || errors ?",
  },
  {
    name: "the last element of a list is lost",
    file: "model-answer.ts",
    find: "? { fits: true, value }",
    replace:
      "? { fits: true, value: JSON.parse(JSON.stringify(value, (_, item) => Array.isArray(item) ? item.slice(0, -1) : item)) }",
  },
  {
    name: "approvals are passed over",
    file: "interpreter.ts",
    find: "return approvalStep(step, options.approvals?.[step.id] ?? true, ports.now());",
    replace: 'return { kind: "done", output: null, next: step.next, attempt: 1 };',
  },
  {
    name: "one decision is enough",
    file: "pure-steps.ts",
    find: "const count = approved ? quorum :",
    replace: "const count = approved ? 1 :",
  },
  {
    name: "on_error is not taken",
    file: "interpreter.ts",
    find: 'if (end.kind === "failed" && step.on_error === undefined) {',
    replace: 'if (end.kind === "failed") {',
  },
  {
    name: "the output mapping is missing",
    file: "interpreter.ts",
    find: "if (definition.output === undefined) return null;",
    replace: "if (definition) return null;",
  },
  {
    name: "a sensitive field is shown",
    file: "mask.ts",
    find: ".filter((field) => field.sensitive === true)",
    replace: ".filter(() => false)",
  },
  {
    name: "a sensitive value is shown where it comes back",
    file: "mask.ts",
    find: 'if (typeof shown === "string") return text(shown);',
    replace: 'if (typeof shown === "string") return shown;',
  },
  {
    name: "the steps come in another order",
    file: "interpreter.ts",
    find: 'memory.taken.push({ ...place, status: "completed", output: end.output });',
    replace: 'memory.taken.unshift({ ...place, status: "completed", output: end.output });',
  },
];
