import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LIMITS } from "#model/limits.ts";
import { TooCostly, Work } from "#model/work.ts";
import { maskJson } from "#security/masking/json-mask.ts";
import { createTextMask } from "#security/masking/text-mask.ts";
import { leastCpuMs, timesFloor } from "../../support/effort.ts";
import { percentAll, SPELLINGS } from "./spellings.ts";

const COVER = "[HIDDEN]";
const VALUES = [
  "hunter2",
  'c4n"4Ry/+&=x',
  "Müller & Söhne, 12 Rue de l'Été",
  "a/b~c\\d e",
  "100%25 sure\\n",
  "李明",
  "😀😀",
  "078-05-1120",
  "&amp;lt; %41%42",
] as const;
const everySpelling = Object.entries(SPELLINGS).map(([name, spell]) => ({ name, spell }));

function masked(text: string, ...values: string[]): string {
  return createTextMask(values, COVER).text(text);
}

describe("a value is found", () => {
  it.each(everySpelling)("$name", ({ spell }) => {
    for (const value of VALUES) {
      const spelled = spell(value);
      const text = masked(`to: <${spelled}> and "${spelled}".`, value);
      expect(text.split(COVER).length - 1, spelled).toBe(2);
      const left = text.replaceAll(COVER, "");
      expect(left.length, text).toBeLessThanOrEqual('to: <> and "".'.length + 2 * 10);
    }
  });

  it.each(
    everySpelling.flatMap(({ name, spell }) =>
      everySpelling.map((outer) => ({ name, spell, outerName: outer.name, outer: outer.spell })),
    ),
  )("$name, and all of it $outerName", ({ name, spell, outerName, outer }) => {
    // In a form, an indented line of base64 begins with what is a digit of it.
    if (name === "in base64 with folded lines" && outerName === "as a form") return;
    for (const value of VALUES) {
      const spelled = outer(`{"a": ${spell(value)}, "b": 1}`);
      expect(masked(spelled, value), spelled).toContain(COVER);
    }
  });

  it("with any of its characters encoded, each in another way", () => {
    const ways = ["as it is", "percent-encoded whole", "as JSON in ASCII", "as HTML in numbers"];
    const value = fc.string({ minLength: 5, maxLength: 12, unit: "grapheme" });
    const choice = fc.infiniteStream(fc.constantFrom(...ways));
    fc.assert(
      fc.property(value.filter(isPlain), choice, (secret, chosen) => {
        const text = Array.from(secret)
          .map((one) => (SPELLINGS[chosen.next().value ?? ""] ?? percentAll)(one))
          .join("");
        expect(masked(`.${text}.`, secret)).toBe(`.${COVER}.`);
      }),
    );
  });

  it("as a naive search finds it, among many values", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 60 });
    const value = fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 4, maxLength: 8 });
    fc.assert(
      fc.property(text, fc.array(value, { maxLength: 12 }), (whole, values) => {
        expect(masked(whole, ...values)).toBe(naive(whole, values));
      }),
      { numRuns: 2_000 },
    );
  });

  it("also where a text was cut inside of it", () => {
    const secret = 'my "quoted" secret/value, ünd so on, to the end';
    for (const spell of [SPELLINGS["as it is"], SPELLINGS["as JSON"], percentAll]) {
      const spelled = spell?.(secret) ?? "";
      for (let end = 16; end < spelled.length; end++) {
        for (const sign of ["…", "...", " … (cut)"]) {
          const text = masked(`said: ${spelled.slice(0, end)}${sign}`, secret);
          expect(text, spelled.slice(0, end)).toMatch(
            /^said: \[HIDDEN\](?:%20)? ?[%\\\w]{0,8}(?:…|\.\.\.| … \(cut\))$/,
          );
        }
      }
    }
  });

  it("in base64 that was cut", () => {
    const secret = "a sécret that is long enough";
    const whole = Buffer.from(JSON.stringify({ key: secret })).toString("base64");
    for (let end = 24; end < whole.length; end++) {
      expect(masked(`${whole.slice(0, end)}…`, secret)).toContain(COVER);
    }
  });
});

describe("the place that is covered", () => {
  it.each<[string, string, string[], string]>([
    ["as it is", "a s3cr3t! b s3cr3t!", ["s3cr3t!"], "a [HIDDEN] b [HIDDEN]"],
    ["as JSON writes it", String.raw`{"a":"x\"y\\z1"}`, [String.raw`x"y\z1`], '{"a":"[HIDDEN]"}'],
    ["as a URL writes it", "https://h.io/?k=a%2Fb%20c", ["a/b c"], "https://h.io/?k=[HIDDEN]"],
    ["as a form writes it", "k=a+b%27c&x", ["a b'c"], "k=[HIDDEN]&x"],
    ["in hexadecimal", "x68756e7465723221 68756E7465723221", ["hunter2!"], "x[HIDDEN] [HIDDEN]"],
    ["in base64", "aHVudGVyMiE=", ["hunter2!"], "[HIDDEN]E="],
    ["in base64 behind one byte", "Omh1bnRlcjIh", ["hunter2!"], "Om[HIDDEN]"],
    ["in base64 behind a user name", "Ym9iOmh1bnRlcjIh", ["hunter2!"], "Ym9iOm[HIDDEN]"],
    ["in base64 behind two bytes", "OjpodW50ZXIyIQ==", ["hunter2!"], "Ojp[HIDDEN]Q=="],
    ["in base64 for URLs", "aHVudGVyPj4-Pz8_", ["hunter>>>???"], "[HIDDEN]"],
    ["in base64 when it is short", "aHVudGVy", ["hunter"], "[HIDDEN]"],
    ["in a JSON Pointer", "/body/a~1b~0c/0", ["a/b~c"], "/body/[HIDDEN]/0"],
    ["on another line", "to 12  Main\n Street.", ["12 Main Street"], "to [HIDDEN]."],
    ["that is two beside each other", "abcdefgh", ["abcd", "efgh"], "[HIDDEN][HIDDEN]"],
    ["that is two that overlap", "abcdef", ["abcd", "cdef"], "[HIDDEN]"],
    ["with the longer one first", "abcd-efgh abcd", ["abcd", "abcd-efgh"], "[HIDDEN] [HIDDEN]"],
    ["with signs that mean something elsewhere", "a $&$1 b", ["$&$1"], "a [HIDDEN] b"],
    ["unless it is too short to tell", "a 123 b", ["123", ""], "a 123 b"],
    ["from four characters on", "a 1234 b", ["1234"], "a [HIDDEN] b"],
  ])("is that of a value %s", (_, text, secrets, expected) => {
    expect(masked(text, ...secrets)).toBe(expected);
  });
});

describe("what is not a value stays", () => {
  it.each([
    ["values of up to three characters", "a 123 ab 男 b", ["123", "ab", "男", ""]],
    ["blank ones", "a      b", ["      "]],
    ["text that only begins like one", "hunt hunter", ["hunter2"]],
    ["text that was cut behind something else", "a hun… hat…", ["hunter2"]],
    ["text with broken escapes", "%4 \\u12 &#; &nosuch; %zz \\q ~2 & %", ["hunter2"]],
    ["base64 of other things", "aGVsbG8gd29ybGQ= 68656c6c6f", ["hunter2"]],
  ])("%s", (_, text, values) => {
    expect(masked(text, ...values)).toBe(text);
  });

  it("when nothing is to be masked, the text itself", () => {
    const mask = createTextMask([], COVER);
    expect(mask.isEmpty).toBe(true);
    expect(mask.text("hunter2")).toBe("hunter2");
  });

  it("and what was masked is not masked again", () => {
    const text = fc.string({ maxLength: 40 });
    fc.assert(
      fc.property(text, fc.array(fc.string({ maxLength: 9 })), (whole, values) => {
        const mask = createTextMask([...values, "HIDDEN", "[HID"], COVER);
        const once = mask.text(`${whole}${values.join(" ")}`);
        expect(mask.text(once)).toBe(once);
      }),
    );
  });
});

describe("a text for which the budget does not last", () => {
  const text = "It is hunter2. ".repeat(100);
  const enough = () => new Work(60);
  const values = createTextMask(["hunter2"], COVER);

  it("is covered as a whole, and so are all that follow, but not those before", () => {
    const mask = values.within(enough());
    expect(mask.text("It is hunter2.")).toBe(`It is ${COVER}.`);
    expect(mask.text(text)).toBe(`It is ${COVER}. `.repeat(100));
    expect(mask.text(text)).toBe(COVER);
    expect(mask.text("Nothing is in it.")).toBe(COVER);
  });

  it("is searched with another budget", () => {
    expect(values.within(new Work(0)).text(text)).toBe(COVER);
    expect(values.within(enough()).text(text)).not.toBe(COVER);
  });

  it("is refused where a cover would be taken for an answer", () => {
    const mask = values.within(enough());
    expect(maskJson({ text }, mask)).toEqual({ text: `It is ${COVER}. `.repeat(100) });
    expect(() => maskJson({ text }, mask)).toThrow(new TooCostly("masks"));
  });

  it("is covered where the values themselves are too many, and numbers are known all the same", () => {
    const many = ["123456", ...Array.from({ length: 100 }, (_, index) => `value-${index}`)];
    const few = createTextMask(many.slice(0, 10), COVER, new Work(50)).within(enough());
    expect(few.text("It is value-1")).toBe(`It is ${COVER}`);
    const mask = createTextMask(many, COVER, new Work(50)).within(enough());
    expect(mask.text("Nothing is in it.")).toBe(COVER);
    expect(() => mask.data("Nothing is in it.")).toThrow(TooCostly);
    expect([mask.isEmpty, mask.has("123456"), mask.has("1234567")]).toEqual([false, true, false]);
  });

  it("is the limit of one step's output, in the spellings that take the longest", () => {
    for (const digits of ["0123456789abcdef", "QUJD0kFBz/+x"]) {
      const whole = digits.repeat(LIMITS.stepOutputBytes / digits.length);
      expect(createTextMask(["hunter2"], COVER).data(whole)).toBe(whole);
    }
  });
});

describe("the work grows with the text, not faster", () => {
  const letters = (count: number, seed: number) =>
    Array.from({ length: count }, (_, index) => "abcd"[((index + seed) * 7919 + index ** 2) % 4]);
  it.each<[string, (size: number) => [string[], string]]>([
    [
      "short values of the text's letters",
      (size) => [
        Array.from({ length: size / 8 }, (_, index) => letters(4 + (index % 5), index).join("")),
        letters(size, 3).join(""),
      ],
    ],
    [
      "values that begin with each other",
      (size) => [
        Array.from({ length: 100 }, (_, index) =>
          "a".repeat(4 + Math.floor((index * size) / 20_000)),
        ),
        "a".repeat(size),
      ],
    ],
    ["escapes in escapes", (size) => [["hunter2"], "%25".repeat(size / 3)]],
    ["backslashes", (size) => [["hunter2"], "\\".repeat(size)]],
    ["base64", (size) => [["hunter2"], "QUFB".repeat(size / 4)]],
    ["digits", (size) => [["hunter2"], "6 1:".repeat(size / 4)]],
    ["entities", (size) => [["hunter2"], "&amp;".repeat(size / 5)]],
    ["cut signs", (size) => [["a".repeat(size)], "aaaa…".repeat(size / 5)]],
    ["line breaks in base64", (size) => [["hunter2"], `a${"\n".repeat(7)}`.repeat(size / 8)]],
  ])("%s", (_, make) => {
    const mask = (size: number) => {
      const [values, text] = make(size);
      const unlimited = new Work(Infinity);
      return () => void createTextMask(values, COVER, unlimited).text(text);
    };
    const part = mask(60_000);
    part();
    const inParts = leastCpuMs(3, () => [part, part, part, part].forEach((work) => work()));
    const atOnce = mask(240_000);
    // As much text: 1 if the work is linear, 4 if it is quadratic.
    expect(leastCpuMs(3, atOnce) / inParts).toBeLessThan(2.5);
    expect(timesFloor(atOnce)).toBeLessThan(40);
  });
});

/** Nothing that an encoder or the search would take for something else. */
function isPlain(value: string): boolean {
  return /^[\p{L}\p{N}_-]{5,}$/u.test(value) && value.isWellFormed();
}

function naive(text: string, values: readonly string[]): string {
  const isHidden = Array.from(text, () => false);
  const starts = new Set<number>();
  const found: [number, number][] = [];
  for (const value of values) {
    for (let at = text.indexOf(value); at !== -1; at = text.indexOf(value, at + 1)) {
      found.push([at, at + value.length]);
    }
  }
  found.sort(([a, aEnd], [b, bEnd]) => a - b || bEnd - aEnd);
  let end = -1;
  for (const [from, to] of found) {
    if (from >= end) starts.add(from);
    end = Math.max(end, to);
    isHidden.fill(true, from, to);
  }
  return Array.from(text, (character, index) =>
    starts.has(index) ? COVER : isHidden[index] === true ? "" : character,
  ).join("");
}
