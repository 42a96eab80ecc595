/** What it costs to show runs that hold sensitive answers, and to take secrets out of answers of APIs. */
import type { RunEvent } from "#model/event.ts";
import type { JsonObject, JsonValue } from "#model/json.ts";
import { toJsonText } from "#model/json-text.ts";
import type { FormField } from "#model/workflow.ts";
import { Work } from "#model/work.ts";
import { startCommand } from "#run/commands.ts";
import { LoadedRun } from "#run/loaded-run.ts";
import { viewContext, viewHistory, viewRun } from "#run/views/run-view.ts";
import { type ShownRun, shownWithin } from "#run/views/shown-run.ts";
import { maskJson } from "#security/masking/json-mask.ts";
import { createTextMask } from "#security/masking/text-mask.ts";
import { definition, form } from "../../support/definitions.ts";
import { runEvent } from "../../support/run-event.ts";
import { type Cases, type HostileInput, type Prepared, under } from "../measure.ts";
import { BODY, filled, KIB, prepared, times } from "./texts.ts";

type Read = (run: ShownRun) => unknown;
const sensitive = (key: string, more: Partial<FormField> = {}): FormField => ({
  key,
  type: "text",
  required: false,
  sensitive: true,
  ...more,
});

/** A run from its start, and the first reading of it: the tables of the mask are made for it. */
function showing(fields: FormField[], inputs: JsonObject, read: Read = viewContext): Prepared {
  const forms = times(Math.ceil(fields.length / 100), (index) =>
    form(`f${index}`, {
      next: index + 1 < fields.length / 100 ? `f${index + 1}` : null,
      config: { fields: fields.slice(100 * index, 100 * index + 100) },
    }),
  );
  const record = {
    runId: "run_aaaaaaaaaaaaaaaaaaaaaaaaaa",
    fingerprint: "",
    workflowVersion: 1,
    definition: toJsonText(definition(forms)),
    templates: toJsonText([]),
    inputs,
    profile: {},
    provider: "mock",
    mock: null,
    tags: [],
    caller: { id: "dev" },
  };
  const run = new LoadedRun(record, null);
  const planned = run.plan(startCommand(record));
  if (!planned.ok) throw new Error(planned.refusal.reason);
  run.accept(planned.plan);
  return prepared(inputs, () => read(shownWithin(run, Work.ofRequest())));
}

/** Letters in no order that repeats soon. */
function letters(count: number, alphabet: string, seed = 0): string {
  let state = seed + 1;
  const next = (): string => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return alphabet[(state >>> 16) % alphabet.length] ?? "";
  };
  return times(count, next).join("");
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PIN = sensitive("pin");
/** So that there is a value to look for. */
const CODE = sensitive("code");
const salted = (salt: string, more: JsonObject): JsonObject => ({ pin: `pin-${salt}`, ...more });

/** Base64 in base64, so many times, of that length in the end. */
function nested(text: string, levels: number, length: number): string {
  const inner = filled(text, Math.floor(length * 0.75 ** levels));
  return times(levels, (level) => level).reduce((encoded) => btoa(encoded), inner);
}

const history =
  (events: RunEvent[]): Read =>
  (run) =>
    viewHistory(run, events);

const SHOWN: Cases = {
  "14,000 texts under a sensitive key, and 110 KB": (share, salt) =>
    showing([PIN, CODE], {
      code: `code-${salt}`,
      pin: times(14_000 * share, (index) => `${salt}${index}`),
      notes: filled(`${salt}1${salt}`, 110 * KIB * share),
    }),
  "12,000 short texts under a sensitive key, and a text of their letters": (share, salt) =>
    showing([PIN, CODE], {
      code: letters(5, "abcd"),
      pin: times(12_000 * share, (index) => letters(5, "abcd", index)),
      notes: salt + letters(140 * KIB * share, "abcd"),
    }),
  "4,500 short sensitive answers, and a text of their letters": (share, salt) => {
    const fields = times(4_500 * share, (index) => sensitive(`k${index}`));
    const answers = fields.map(({ key }, index) => [key, letters(6, "abcd", index)] as const);
    return showing(fields, {
      ...Object.fromEntries(answers),
      notes: salt + letters(150 * KIB * share, "abcd"),
    });
  },
  "4,000 chosen options, and a text of their letters": (share, salt) => {
    const values = times(4_000 * share, (index) => salt + letters(20, "abcd", index));
    const options = values.map((value) => ({ value, label: value }));
    return showing([sensitive("pin", { type: "multiselect", options })], {
      pin: values,
      notes: letters(150 * KIB * share, "abcd"),
    });
  },
  "a long sensitive answer, and half of it again": (share, salt) => {
    const answer = salt + letters(120 * KIB * share, "ab");
    return showing([PIN], { pin: answer, notes: answer.slice(0, -1) });
  },
  "a sensitive answer of escapes in escapes": (share, salt) =>
    showing([PIN], { pin: `${salt}%${filled("25", BODY * share - 100)}` }),
  "base64 digits": (share, salt) =>
    showing([PIN], salted(salt, { notes: letters(240 * KIB * share, DIGITS) })),
  "hexadecimal digits": (share, salt) =>
    showing([PIN], salted(salt, { notes: letters(240 * KIB * share, "0123456789abcdef") })),
  "base64 in base64": (share, salt) =>
    showing([PIN], salted(salt, { notes: nested("What a person writes. ", 2, 240 * KIB * share) })),
  "base64 in base64, in parts": (share, salt) =>
    showing(
      [PIN],
      salted(salt, { notes: times(4 * share, () => nested("abcdefgh", 3, 60 * KIB)) }),
    ),
  "a full context of base64": (share, salt) =>
    showing(
      [PIN],
      salted(salt, { notes: times(8 * share, (index) => letters(120 * KIB, DIGITS, index)) }),
    ),
  "JSON escapes": (share, salt) =>
    showing([PIN], salted(salt, { notes: filled("\\u005cu005cu0061", 120 * KIB * share) })),
  "percent signs in percent signs": (share, salt) =>
    showing([PIN], salted(salt, { notes: filled("%2525252541", 240 * KIB * share) })),
  "entities in entities": (share, salt) =>
    showing([PIN], salted(salt, { notes: filled("&amp;amp;amp;#97;", 240 * KIB * share) })),
  "a sensitive answer at each place": (share, salt) =>
    showing([PIN], salted(salt, { notes: filled(`pin-${salt} `, 240 * KIB * share) })),
  "starts of an answer, each cut": (share, salt) =>
    showing([PIN], salted(salt, { notes: filled("pin-s…", 160 * KIB * share) })),
  "answers as keys that become the same": (share, salt) =>
    showing(
      [PIN],
      salted(salt, {
        notes: Object.fromEntries(
          times(9_000 * share, (index) => [`pin-${salt}${"%41".repeat(index % 3)}-${index}`, 1]),
        ),
      }),
    ),
  "14,000 short texts with escapes": (share, salt) =>
    showing([PIN], salted(salt, { notes: times(14_000 * share, () => "va%2541l-\\u0") })),
  "prefill of hexadecimal digits": (share, salt) =>
    showing(
      [{ ...PIN, required: true }, CODE, sensitive("notes", { sensitive: false })],
      { code: `code-${salt}`, notes: letters(240 * KIB * share, "0123456789abcdef"), other: salt },
      viewRun,
    ),
  "500 refused answers of base64 in the history": (share, salt) => {
    const excerpt = letters(2 * KIB, DIGITS);
    const events = times(500 * share, () =>
      runEvent("step.late", { outcome: "failed", message: excerpt }),
    );
    const shown = showing([PIN], salted(salt, {}), history(events));
    return { ...shown, bytes: events.length * excerpt.length };
  },
};

function hiding(answer: JsonValue, salt: string): Prepared {
  const secret = `secret-${salt}`;
  return prepared(answer, () => maskJson(answer, createTextMask([secret], "[REDACTED]")));
}

const ANSWERS: Cases = {
  "hexadecimal digits": (share, salt) => hiding(letters(BODY * share, "0123456789abcdef"), salt),
  "base64 in base64, in parts": (share, salt) =>
    hiding(
      times(4 * share, () => nested("abcdefgh", 3, 60 * KIB)),
      salt,
    ),
  "keys with escapes": (share, salt) =>
    hiding(
      Object.fromEntries(times(9_000 * share, (index) => [`%2541\\u0041&amp;${index}`, 1])),
      salt,
    ),
};

const prose = (bytes: number, salt: string): string =>
  filled(`What a person writes in a form, ${salt}. `, Math.max(100, bytes - 100));

export const MASK_INPUTS: readonly HostileInput[] = [
  ...under("reading of a run", SHOWN, (bytes, salt) =>
    showing([PIN], salted(salt, { notes: prose(bytes, salt) })),
  ),
  ...under("answer of an API", ANSWERS, (bytes, salt) => hiding(prose(bytes, salt), salt)),
];
