import { describe, expect, test } from "vitest";
import { Work } from "#model/work.ts";
import { createMasking } from "#run/views/mask.ts";
import { ai, conditional, definition, form } from "../../support/definitions.ts";
import { aiResponse, runEvent } from "../../support/run-event.ts";
import { objectOf, projected, readHistory, runOf, startRecord } from "../support/runs.ts";

const FIELDS = [
  { key: "salary", type: "number", required: true, sensitive: true },
  { key: "pin", type: "string", required: true, sensitive: true },
  { key: "story", type: "text", required: true, sensitive: true },
  { key: "town", type: "string", required: true },
] as const;
/** In UTF-8. */
function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

const STORY = "Once upon a time, ".repeat(20);
const CALL = { key: null, workflowScope: null, caller: { id: "dev" }, waitMs: 2_000 };

async function everythingShown(runId: string): Promise<string> {
  const object = objectOf(runId);
  return JSON.stringify([
    await object.get({ workflowScope: null }),
    await object.context(null),
    await readHistory(runId),
    await projected(runId),
  ]);
}

describe("sensitive answers", () => {
  test("of every type are shown neither by the rule that read them nor by the run's output", async () => {
    const flow = definition(
      [
        form("ask", { next: "rule", config: { fields: [...FIELDS] } }),
        conditional("rule", {
          config: {
            when: "salary > 100000 and pin != '' and contains(story, 'x') or town == 'Rome'",
          },
        }),
      ],
      { output: { salary: "salary", pin: "inputs.pin", town: "town" } },
    );
    const record = startRecord(flow);
    const object = objectOf(record.runId);
    await object.start({ record, waitMs: 2_000 });
    const inputs = { salary: 123_456, pin: "987", story: STORY, town: "Rome" };
    const ended = runOf(await object.resume({ ...CALL, answer: { kind: "inputs", inputs } }));

    expect(ended.output).toEqual({ salary: "[SENSITIVE]", pin: "[SENSITIVE]", town: "Rome" });
    const shown = await everythingShown(record.runId);
    for (const secret of ["123456", '"987"', "Once upon"]) expect(shown).not.toContain(secret);
    expect(shown).toContain("Rome");
  });

  test("stay masked when a later form replaces them", async () => {
    const fields = [{ key: "code", type: "string" as const, required: true, sensitive: true }];
    const flow = definition([
      form("first", { next: "draft", config: { fields } }),
      ai("draft", { next: "second", config: { variables: ["code"] } }),
      form("second", { config: { fields } }),
    ]);
    const record = startRecord(flow);
    const object = objectOf(record.runId);
    await object.start({ record, waitMs: 2_000 });
    for (const code of ["FIRSTSECRET", "OTHERVALUE"]) {
      const answer = { kind: "inputs", inputs: { code } } as const;
      expect((await object.resume({ ...CALL, answer })).ok).toBe(true);
    }
    const shown = await everythingShown(record.runId);
    expect(shown).not.toContain("FIRSTSECRET");
    expect(shown).not.toContain("OTHERVALUE");
  });

  test("are no prefill: a mask must not come back as the answer", async () => {
    const fields = [
      { key: "code", type: "string" as const, required: true, sensitive: true },
      { key: "town", type: "string" as const, required: true },
      { key: "street", type: "string" as const, required: true },
    ];
    const flow = definition([form("ask", { config: { fields } })]);
    const record = startRecord(flow, { inputs: { code: "SECRETCODE", town: "Rome" } });
    const run = runOf(await objectOf(record.runId).start({ record, waitMs: 2_000 }));
    expect(run.wait).toMatchObject({ prefill: { town: "Rome" } });
    expect(JSON.stringify(run)).not.toContain("[SENSITIVE]");
  });

  test("are masked in what came back under the same key or with the same value", () => {
    const flow = definition([form("ask", { config: { fields: [...FIELDS] } })]);
    const mask = createMasking(flow, [{ salary: 123_456, pin: "987" }]).within(Work.ofProjection());
    expect(
      mask.output({ echoed: { pin: "9-8-7" }, text: "pays 123456 a year", list: [123_456, 987] }),
    ).toEqual({
      echoed: { pin: "[SENSITIVE]" },
      text: "pays [SENSITIVE] a year",
      list: ["[SENSITIVE]", 987],
    });
  });

  test("are masked in events by value, which leaves what is ours as it is", () => {
    const flow = definition([form("ask", { config: { fields: [...FIELDS] } })]);
    const mask = createMasking(flow, [{ salary: 123_456, pin: "987-6" }]).within(
      Work.ofProjection(),
    );
    const late = runEvent("step.late", {
      outcome: "failed",
      message: "987-6 was refused",
      response: aiResponse({ latency_ms: 123_456 }),
    });
    expect(mask.event(late)).toEqual({
      ...late,
      data: { ...late.data, message: "[SENSITIVE] was refused" },
    });
  });
  test.each(["a/b c", "na\u00efve 12", "078-05-1120"])(
    "are masked in every spelling, as keys too: %s",
    (pin) => {
      const flow = definition([form("ask", { config: { fields: [...FIELDS] } })]);
      const mask = createMasking(flow, [{ pin, town: "Rome" }]).within(Work.ofProjection());
      const echoed = {
        [pin]: 1,
        [`${pin}!`]: 2,
        url: `https://h.io/?a=${encodeURIComponent(pin).toLowerCase()}&b=1`,
        json: JSON.stringify({ pin }),
        twice: JSON.stringify(JSON.stringify({ say: `<${pin}>` })),
        base64: base64(`bob:${pin}`),
        town: "Rome",
      };
      const shown = mask.output(echoed);
      expect(shown).toMatchObject({
        "[SENSITIVE]": 1,
        "[SENSITIVE]!": 2,
        url: "https://h.io/?a=[SENSITIVE]&b=1",
        json: '{"pin":"[SENSITIVE]"}',
        town: "Rome",
      });
      const text = JSON.stringify(shown);
      for (const spelled of [pin, encodeURIComponent(pin), base64(pin)]) {
        expect(text).not.toContain(spelled);
      }
    },
  );

  test("that become one key are numbered, so that none is lost", () => {
    const flow = definition([form("ask", { config: { fields: [...FIELDS] } })]);
    const mask = createMasking(flow, [{ pin: "first-value" }, { pin: "other-value" }]).within(
      Work.ofProjection(),
    );
    expect(
      mask.output({ "first-value": 1, "other-value": 2, "[SENSITIVE] (2)": 3, status: 4 }),
    ).toEqual({ "[SENSITIVE]": 1, "[SENSITIVE] (3)": 2, "[SENSITIVE] (2)": 3, status: 4 });
  });

  test("leave the keys that the definition names, and those of every output", () => {
    const flow = definition([form("ask", { config: { fields: [...FIELDS] } })]);
    const mask = createMasking(flow, [{ pin: "town", story: "body" }]).within(Work.ofProjection());
    expect(mask.output({ town: "the town", body: { body: 1 } })).toEqual({
      town: "the [SENSITIVE]",
      body: { body: 1 },
    });
  });

  test("are known in what a rule saw of a long text, also where it was cut", () => {
    const flow = definition([form("ask", { config: { fields: [...FIELDS] } })]);
    const pin = "a long and secret value, with more than a few words in it";
    const mask = createMasking(flow, [{ pin }]).within(Work.ofProjection());
    for (const length of [143, 150, 170, 190, 195]) {
      const seen = `${`${"x".repeat(length)} ${pin}`.slice(0, 200)}…`;
      const output = { result: true, trace: [{ path: "steps.call.output.body", value: seen }] };
      expect(JSON.stringify(mask.trace(output))).not.toContain("a lo");
    }
  });

  test("are what a field of their type can hold", () => {
    const options = ["north-west", "south-east"].map((value) => ({ value, label: value }));
    const fields = [
      { key: "name", type: "string" as const, required: true, sensitive: true },
      { key: "sum", type: "number" as const, required: true, sensitive: true },
      { key: "areas", type: "multiselect" as const, required: true, sensitive: true, options },
    ];
    const flow = definition([form("ask", { config: { fields } })]);
    const given = { name: ["one-of-many"], sum: "123-456", areas: ["north-west", "elsewhere"] };
    const mask = createMasking(flow, [given]).within(Work.ofProjection());
    expect(mask.output({ text: "one-of-many, 123-456, north-west, elsewhere", ...given })).toEqual({
      text: "one-of-many, [SENSITIVE], [SENSITIVE], elsewhere",
      name: "[SENSITIVE]",
      sum: "[SENSITIVE]",
      areas: "[SENSITIVE]",
    });
  });

  test("cost nothing where no field is sensitive: the very values are shown", () => {
    const fields = [{ key: "town", type: "string" as const, required: true }];
    const flow = definition([form("ask", { config: { fields } })]);
    const mask = createMasking(flow, [{ town: "Rome" }]).within(Work.ofProjection());
    const output = { body: ["Rome"] };
    expect(mask.output(output)).toBe(output);
  });
});

describe("a reading that runs out of its budget", () => {
  const flow = definition([form("ask", { config: { fields: [...FIELDS] } })]);
  const masking = createMasking(flow, [{ salary: 123_456, pin: "9876" }]);
  const story = "The pin is 9876. ".repeat(10);

  test("masks texts and keys as a whole, and keeps numbers, keys of the definition and shapes", () => {
    const value = { town: story, result: { [story]: 1 }, count: 7, body: [story, null, true] };
    const shown = masking.within(new Work(0)).output(value);
    expect(shown).toEqual({
      town: "[SENSITIVE]",
      result: { "[SENSITIVE]": 1 },
      count: 7,
      body: ["[SENSITIVE]", null, true],
    });
    expect(JSON.stringify(masking.within(new Work(1_000)).output(value))).toContain(
      "The pin is [S",
    );
  });

  test("keeps codes and ids of events, and looks for values in them all the same", () => {
    const mask = masking.within(new Work(0));
    const late = runEvent("step.late", { outcome: "failed", message: "9876 was refused" });
    const message = "[SENSITIVE] was refused";
    expect(mask.event(late)).toEqual({ ...late, data: { ...late.data, message } });
    const long = runEvent("step.late", { outcome: "failed", message: story });
    expect(mask.event(long).data).toMatchObject({ outcome: "failed", message: "[SENSITIVE]" });
  });

  test("shows no text of a run whose sensitive answers are too many to be looked for", () => {
    const answers = Array.from({ length: 3 }, (_, index) => ({
      story: `${index}ab`.repeat(80_000),
    }));
    const few = createMasking(flow, answers.slice(0, 1)).within(Work.ofRequest());
    expect(few.text("in Rome")).toBe("in Rome");
    const mask = createMasking(flow, answers).within(Work.ofRequest());
    expect(mask.output({ town: "in Rome", count: 7 })).toEqual({ town: "[SENSITIVE]", count: 7 });
  });
});
