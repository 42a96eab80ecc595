/** The page as HTML: names, values and errors stay text. */
import { describe, expect, test } from "vitest";
import { answerPage } from "#http/resume-page/view.ts";
import { messagePage } from "#http/resume-page/html.ts";
import { FIELD_TYPES } from "#model/workflow.ts";
import type { AnswerView } from "#model/answer-view.ts";

const HOSTILE = `</textarea></title></style><script>alert(1)</script>"'><img src=x onerror=alert(1)>&amp;{{x}}\u202e`;
const ESCAPED =
  "&lt;/textarea&gt;&lt;/title&gt;&lt;/style&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&gt;&lt;img src=x onerror=alert(1)&gt;&amp;amp;{{x}}\u202e";

/** Tags that a page may have, and attributes: none that runs or loads something. */
const TAGS =
  "html head meta title style body main header section p h1 h2 form div label span input textarea select option fieldset legend button details summary dl dt dd ul li code pre strong time a".split(
    " ",
  );

function expectHarmless(page: string): void {
  const withoutStyle = page.replace(/<style>[^]*?<\/style>/, "");
  const tags = [...withoutStyle.matchAll(/<([a-z0-9]+)/gi)].map(([, tag = ""]) => tag);
  expect([...new Set(tags)].filter((tag) => !TAGS.includes(tag))).toEqual([]);
  expect(withoutStyle).not.toContain("<script");
  // Values in quotes hold what they like: a quote in them would be escaped.
  const withoutValues = withoutStyle.replaceAll(/"[^"]*"/g, '""');
  expect(withoutValues).not.toMatch(/<[^>]*\s(?:on\w+|style|src|srcset|formaction)\s*=/i);
  for (const [, target = ""] of withoutStyle.matchAll(/href="([^"]*)"/g)) {
    expect(target).toMatch(/^#[a-z0-9-]+$/);
  }
}

function formView(over: Partial<Extract<AnswerView, { kind: "form" }>["wait"]> = {}): AnswerView {
  const fields = FIELD_TYPES.map((type) => ({
    key: type,
    type,
    required: false,
    label: HOSTILE,
    description: HOSTILE,
    placeholder: HOSTILE,
    pattern: HOSTILE,
    options: [{ value: HOSTILE, label: HOSTILE }],
  }));
  const wait = { number: 1, step_id: "ask", type: "form" as const, fields, ...over };
  return { kind: "form", workflow: HOSTILE, step: HOSTILE, wait };
}

function filled(typed: ReadonlyMap<string, readonly string[]>) {
  return { typed, removed: new Set<string>() };
}

describe("hostile text", () => {
  test("in a form stays text, in labels, hints, options, values and errors", async () => {
    const typed = new Map(FIELD_TYPES.map((type) => [type as string, [HOSTILE]]));
    const errors = [...FIELD_TYPES, "nowhere"].map((key) => ({
      code: "x",
      message: HOSTILE,
      pointer: `/inputs/${key}`,
    }));
    const page = String(await answerPage(formView(), { errors, filled: filled(typed) }));
    expectHarmless(page);
    expect(page.split(ESCAPED).length).toBeGreaterThan(60);
  });

  test("in an approval stays text, in what is to be approved and what others said", async () => {
    const view: AnswerView = {
      kind: "approval",
      workflow: HOSTILE,
      step: HOSTILE,
      approver: HOSTILE,
      isCommentRequired: true,
      wait: {
        number: 1,
        step_id: "sign",
        type: "approval",
        approvers: [HOSTILE],
        quorum: 2,
        decisions: [
          { by: HOSTILE, approved: true, comment: HOSTILE, at: "2026-11-22T09:30:00.000Z" },
        ],
        expires_at: "2026-11-23T09:30:00.000Z",
      },
      subject: {
        step: HOSTILE,
        value: { [HOSTILE]: [HOSTILE, { a: { b: { c: { d: HOSTILE } } } }] },
      },
      given: [{ label: HOSTILE, value: HOSTILE }],
    };
    const errors = [{ code: "x", message: HOSTILE, pointer: "/comment" }];
    const page = String(await answerPage(view, { errors, comment: HOSTILE }));
    expectHarmless(page);
    expect(page).toContain("2026-11-23, 09:30 UTC");
    // Deep values are shown as JSON, in which quotes stand behind a backslash.
    expect(page.split(ESCAPED).length).toBeGreaterThan(12);
  });

  test("in a message stays text", async () => {
    const page = String(await messagePage(HOSTILE, HOSTILE));
    expectHarmless(page);
    expect(page.split(ESCAPED)).toHaveLength(4);
  });

  test("of a textarea keeps its first line break", async () => {
    const view = formView({ fields: [{ key: "note", type: "text", required: true }] });
    const page = String(
      await answerPage(view, {
        errors: [],
        filled: filled(new Map([["note", ["\nsecond"]]])),
      }),
    );
    expect(page).toMatch(/<textarea[^>]*>\n\nsecond<\/textarea>/);
  });
});

describe("a sensitive field", () => {
  const fields = [{ key: "pin", type: "string" as const, required: true, sensitive: true }];

  test("is typed unseen, and is not sent back", async () => {
    const typed = new Map([["pin", ["s3cr3t-pin"]]]);
    const page = String(
      await answerPage(formView({ fields }), { errors: [], filled: filled(typed) }),
    );
    expect(page).toContain('type="password"');
    expect(page).not.toContain("s3cr3t-pin");
    expect(page).toContain("Please enter it again.");
  });

  test("that was answered before says so, and can be removed where it is optional", async () => {
    const every = FIELD_TYPES.flatMap((type) =>
      [true, false].map((required) => ({
        key: `${type}_${required}`,
        type,
        required,
        sensitive: true,
        options: [{ value: "a", label: "a" }],
      })),
    );
    const view = formView({ fields: every, answered_before: every.map(({ key }) => key) });
    const page = String(await answerPage(view, null));
    expect(page.split("This was answered before.")).toHaveLength(every.length + 1);
    expect(page.split("Remove the earlier answer")).toHaveLength(FIELD_TYPES.length + 1);
    expect(page).not.toMatch(/\srequired[\s>]|aria-required/);
    const removals = [...page.matchAll(/name="r\.([a-z]+)_(true|false)"/g)];
    expect(removals.map(([, type]) => type)).toEqual([...FIELD_TYPES]);
    expect(removals.every(([, , required]) => required === "false")).toBe(true);
  });

  test("with a default says that it has one", async () => {
    const one = { key: "pin", type: "string" as const, required: false, sensitive: true };
    const view = formView({ fields: [{ ...one, default: "d3fault" }] });
    const page = String(await answerPage(view, null));
    expect(page).toContain("Leave this empty to use the default.");
    expect(page).toContain("Submit no answer");
    expect(page).not.toContain("d3fault");
  });
});

describe("what a control cannot show as it is", () => {
  test.each<[string, "string" | "date" | "select", string, RegExp]>([
    ["line breaks in a line", "string", "a\nb", /<textarea[^>]*>\na\nb<\/textarea>/],
    ["a date that is none", "date", "soon", /<input[^>]*type="text" value="soon"/],
    ["an option that is none", "select", "gone", /<option value="gone"\s+selected>gone</],
  ])("%s stays in sight", async (_what, type, value, expected) => {
    const one = { key: "x", type, required: false, options: [{ value: "a", label: "A" }] };
    const page = String(await answerPage(formView({ fields: [one], prefill: { x: value } }), null));
    expect(page).toMatch(expected);
  });
});
