/**
 * Documents of format 0.1 by the dozen: sound workflows, written in every style that YAML has for
 * them. A tape of numbers takes all decisions, so that fast-check can find the least document that
 * breaks a law.
 */
import * as fc from "fast-check";

export interface GeneratedDocument {
  text: string;
  /** Each stands once in the text. */
  comments: string[];
  /** Values of keys that format 0.1 does not have, each once in the text. */
  strangers: string[];
  stepIds: string[];
}

/** Documents; with `strangers`, some have keys that are unknown. */
export function oldDocuments({
  strangers,
}: {
  strangers: boolean;
}): fc.Arbitrary<GeneratedDocument> {
  const tape = fc.array(fc.nat({ max: 9999 }), { minLength: 1, maxLength: 400, size: "max" });
  return tape.map((numbers) => new Writer(numbers, strangers).document());
}

type Value = string | { map: Pair[] } | { list: Value[] };
type Pair = [key: string, value: Value];

const NAMES = ["topic", "amount", "first-name", "flag", "not", "x1"] as const;
const TYPES = ["str", "int", "str", "bool", "float", "str"] as const;

class Writer {
  readonly #numbers: readonly number[];
  readonly #hasStrangers: boolean;
  readonly #comments: string[] = [];
  readonly #strangers: string[] = [];
  #position = 0;
  #unit = 2;

  constructor(numbers: readonly number[], hasStrangers: boolean) {
    this.#numbers = numbers;
    this.#hasStrangers = hasStrangers;
  }

  document(): GeneratedDocument {
    const count = 1 + this.#pick(5);
    const stepIds = Array.from({ length: count }, (_, index) => `s${index}`);
    this.#unit = this.#one([2, 4, 3]);
    const steps: Pair[] = stepIds.map((id, index) => [id, { map: this.#step(index, count) }]);
    const top = this.#shuffled<Pair>([
      ["version", this.#one(["0.1", '"0.1"', "'0.1'"])],
      [this.#one(["name", "title"]), this.#text("Generated")],
      ["start", this.#text("s0")],
      ["steps", { map: steps }],
      ...this.#some<Pair>(["output", { map: [["result", this.#path("topic")]] }]),
      ...this.#some<Pair>(["static", { map: [["limit", "3"]] }]),
    ]);
    const isFlow = this.#chance(10);
    const body = isFlow ? `${this.#flow({ map: top }, 0)}\n` : this.#block(top, 0);
    const text = this.#lineEnds(this.#commentLines(0) + body + this.#commentLines(0));
    // Some were made for parts that were then left out.
    const strangers = this.#strangers.filter((value) => text.includes(value));
    return { text, comments: this.#comments, strangers, stepIds };
  }

  #lineEnds(text: string): string {
    const ended = this.#chance(10) ? text.trimEnd() : text;
    return this.#chance(10) ? ended.replaceAll("\n", "\r\n") : ended;
  }

  #step(index: number, count: number): Pair[] {
    const later = Array.from(
      { length: count - index - 1 },
      (_, offset) => `s${index + 1 + offset}`,
    );
    const target = (): string => (later.length === 0 ? "~" : this.#text(this.#one(later)));
    const kind = this.#one(["form", "ai", "if", "http", "approve"]);
    const settings = this.#settings(kind, index, target);
    return this.#shuffled<Pair>([
      ["kind", this.#text(kind)],
      ...this.#some<Pair>(["title", this.#text(`Step ${index}`)], 80),
      ["goto", target()],
      ...this.#stranger(),
      ...settings,
    ]);
  }

  #settings(kind: string, index: number, target: () => string): Pair[] {
    switch (kind) {
      case "form":
        return [["fields", { list: this.#fields(index) }]];
      case "ai":
        return [
          ["prompt", "content_v1"],
          ["inputs", { list: this.#some(this.#path("topic")) }],
          ["schema", this.#schema()],
          ...this.#some<Pair>(["timeout", this.#duration()]),
          ...this.#some<Pair>(["retry", { map: [["max_attempts", "2"], ...this.#stranger()] }]),
        ];
      case "if":
        return [
          ["condition", this.#condition()],
          ...this.#some<Pair>(["if_true", target()]),
          ...this.#some<Pair>(["if_false", target()]),
        ];
      case "http":
        return [
          [
            "endpoint",
            `"https://a.example.com/{{${this.#one(["topic", "ctx['runtime']['inputs']['topic']"])}}}"`,
          ],
          ["verb", this.#one(["POST", "post", '"PUT"'])],
          ...this.#some<Pair>(["timeout", this.#duration()]),
          ...this.#some<Pair>([
            "body",
            {
              map: [
                ["kind", "http"],
                ["timeout", "30s"],
              ],
            },
          ]),
        ];
      default:
        return [["approver", this.#one(["a@example.com", '"b@example.com"', "'c@example.com'"])]];
    }
  }

  #fields(index: number): Value[] {
    const from = this.#pick(NAMES.length);
    const count = 1 + this.#pick(3);
    return Array.from({ length: count }, (_, offset): Value => {
      const at = (from + offset) % NAMES.length;
      const name = NAMES[at] ?? "topic";
      const map = this.#shuffled<Pair>([
        ["name", this.#text(index % 2 === 0 ? name : `${name}_${index}`)],
        ["type", this.#text(TYPES[at] ?? "str")],
        ...this.#some<Pair>(["optional", this.#one(["true", "false"])]),
        ...this.#some<Pair>(["label", this.#text("A label")]),
        ...this.#stranger(),
      ]);
      return { map };
    });
  }

  #schema(): Value {
    return this.#one<Value>([
      "true",
      {
        map: [
          ["type", "object"],
          ["properties", { map: [["draft", { map: [["type", "string"]] }]] }],
          ["required", { list: ["draft"] }],
        ],
      },
    ]);
  }

  #duration(): string {
    return this.#text(this.#one(["30s", "500ms", "2m", "1m30s", "0.5s"]));
  }

  #path(name: string): string {
    return this.#one([name, `'ctx["runtime"]["inputs"]["${name}"]'`]);
  }

  #condition(): string {
    const mark = this.#one(['"', "'"]);
    const name = this.#one(["topic", "first-name", "not", "amount"]);
    const chain = ["runtime", "inputs", name].map((part) => `[${mark}${part}${mark}]`).join("");
    const rest = this.#one([
      ` == ${mark}topic${mark}`,
      ` != ${mark}ctx[x]${mark} and flag`,
      " in [1, 2, 3] or amount",
      " and not (1 > 2)",
    ]);
    const text = `ctx${chain}${rest}`;
    return this.#one([text, JSON.stringify(text), `'${text.replaceAll("'", "''")}'`]);
  }

  // Style

  /** A mapping in block style; its first line begins in the column. */
  #block(pairs: readonly Pair[], column: number, isInline = false): string {
    const pad = " ".repeat(column);
    return pairs
      .map(([key, value], index) => {
        const isFirst = isInline && index === 0;
        const lead = isFirst ? "" : this.#commentLines(column) + pad;
        return `${lead}${key}:${this.#valueBlock(value, column)}`;
      })
      .join("");
  }

  /** What follows a colon or a dash, up to the end of its last line. */
  #valueBlock(value: Value, column: number): string {
    if (typeof value === "string") return ` ${value}${this.#remark()}\n`;
    const items = "map" in value ? value.map.length : value.list.length;
    if (items === 0 || this.#chance(25)) {
      return `${this.#gap()}${this.#flow(value, column + this.#unit)}${this.#remark()}\n`;
    }
    const inner = column + this.#unit;
    const below = `${this.#remark()}\n`;
    if ("map" in value) return below + this.#block(value.map, inner);
    const indent = this.#chance(30) ? column : inner;
    const rows = value.list.map((item) => this.#commentLines(indent) + this.#item(item, indent));
    return below + rows.join("");
  }

  #item(item: Value, column: number): string {
    const dash = `${" ".repeat(column)}-`;
    if (typeof item === "string" || !("map" in item) || this.#chance(25)) {
      return `${dash} ${typeof item === "string" ? item : this.#flow(item, column + 2)}${this.#remark()}\n`;
    }
    return `${dash} ${this.#block(item.map, column + 2, true)}`;
  }

  /** In braces or brackets, on one line or on several, where lines begin in the column. */
  #flow(value: Value, column: number): string {
    if (typeof value === "string") return this.#plainInFlow(value);
    const [open, close] = "map" in value ? ["{", "}"] : ["[", "]"];
    const parts =
      "map" in value
        ? value.map.map(([key, item]) => `${key}: ${this.#flow(item, column + 2)}`)
        : value.list.map((item) => this.#flow(item, column + 2));
    if (parts.length === 0) return open + close;
    if (!this.#chance(30)) {
      const space = this.#one([" ", ""]);
      return `${open}${space}${parts.join(`,${this.#one([" ", " ", ""])}`)}${space}${close}`;
    }
    const pad = " ".repeat(column + 2);
    const lines = parts.map((part, index) => {
      const comma = index < parts.length - 1 || this.#chance(30) ? "," : "";
      return `${this.#commentLines(column + 2)}${pad}${part}${comma}${this.#remark()}\n`;
    });
    return `${open}${this.#remark()}\n${lines.join("")}${" ".repeat(column)}${close}`;
  }

  /** Brackets and quotes end a plain text in flow style. */
  #plainInFlow(text: string): string {
    return /^["'[{]/.test(text) || !/[[\]{},]/.test(text) ? text : JSON.stringify(text);
  }

  #text(text: string): string {
    return this.#one([text, text, JSON.stringify(text), `'${text}'`]);
  }

  #gap(): string {
    return this.#one([" ", " ", "   "]);
  }

  #remark(): string {
    return this.#chance(15) ? `${this.#gap()}# ${this.#note()}` : "";
  }

  #commentLines(column: number): string {
    if (!this.#chance(20)) return "";
    const blank = this.#one(["", "", "\n", "\n\n"]);
    const deep = this.#chance(15) ? this.#unit : 0;
    return `${blank}${" ".repeat(column + deep)}# ${this.#note()}\n`;
  }

  #note(): string {
    const note = `note ${this.#comments.length}.`;
    this.#comments.push(note);
    return note;
  }

  #stranger(): Pair[] {
    if (!this.#hasStrangers || !this.#chance(20)) return [];
    const value = `stranger${this.#strangers.length}.`;
    this.#strangers.push(value);
    return [[`zz_${this.#strangers.length}`, this.#one([value, `"${value}"`])]];
  }

  // Decisions

  #pick(below: number): number {
    const number = this.#numbers[this.#position % this.#numbers.length] ?? 0;
    // Once round, the same numbers decide otherwise.
    const turn = Math.floor(this.#position / this.#numbers.length);
    this.#position += 1;
    return (number + turn * 7919) % below;
  }

  #chance(percent: number): boolean {
    return this.#pick(100) >= 100 - percent;
  }

  #one<T>(items: readonly T[]): T {
    const item = items[this.#pick(items.length)];
    if (item === undefined) throw new Error("nothing to choose from");
    return item;
  }

  #some<T>(item: T, percent = 50): T[] {
    return this.#chance(percent) ? [item] : [];
  }

  #shuffled<T>(items: readonly T[]): T[] {
    if (!this.#chance(30)) return [...items];
    const left = [...items];
    return items.flatMap(() => left.splice(this.#pick(left.length), 1));
  }
}
