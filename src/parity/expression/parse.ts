/**
 * Tokens to a tree, by recursive descent. Loosest first: or, and, not, comparisons, + -, * / // %,
 * unary minus, subscripts and calls.
 */
import { LIMITS } from "#model/limits.ts";
import { Refused } from "./refused.ts";
import { type Token, tokensOf } from "./tokens.ts";
import { float, integer, type Value } from "./values.ts";

/** A subscript; `written` is its form in the source, dot or brackets included. */
export interface Link {
  key: Node;
  written: string;
}

export type Node =
  | { kind: "value"; value: Value }
  | { kind: "name"; name: string }
  | { kind: "list"; items: Node[] }
  | { kind: "chain"; base: Node; links: Link[] }
  | { kind: "call"; name: string; args: Node[] }
  | { kind: "not" | "minus"; operand: Node }
  | { kind: "and" | "or"; left: Node; right: Node }
  | { kind: "compare"; first: Node; rest: { operator: string; operand: Node }[] }
  | { kind: "binary"; operator: string; left: Node; right: Node };

/** Least and most arguments of each function. */
const ARGUMENTS: Readonly<Record<string, readonly [number, number]>> = {
  len: [1, 1],
  any: [1, 1],
  all: [1, 1],
  min: [1, Infinity],
  max: [1, Infinity],
  abs: [1, 1],
  round: [1, 2],
  lower: [1, 1],
  upper: [1, 1],
  contains: [2, 2],
  starts_with: [2, 2],
  ends_with: [2, 2],
};

const COMPARISONS = ["==", "!=", "<", "<=", ">", ">="];
const SUMS = ["+", "-"];
const PRODUCTS = ["*", "/", "//", "%"];
const CONSTANTS: Readonly<Record<string, Value>> = {
  True: true,
  true: true,
  False: false,
  false: false,
  None: null,
  null: null,
};

export function parse(source: string): Node {
  if (new TextEncoder().encode(source).byteLength > LIMITS.expressionBytes) {
    throw new Refused("An expression that is too long.");
  }
  return new Reader(source).read();
}

class Reader {
  readonly #source: string;
  readonly #tokens: readonly Token[];
  #position = 0;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
    this.#tokens = tokensOf(source);
  }

  read(): Node {
    const tree = this.#or();
    if (this.#peek().kind !== "end") throw new Refused("Something is left over.");
    return tree;
  }

  #or(): Node {
    let left = this.#and();
    while (this.#accept("or")) left = { kind: "or", left, right: this.#and() };
    return left;
  }

  #and(): Node {
    let left = this.#not();
    while (this.#accept("and")) left = { kind: "and", left, right: this.#not() };
    return left;
  }

  #not(): Node {
    if (!this.#accept("not")) return this.#comparison();
    return this.#deeper(() => ({ kind: "not", operand: this.#not() }));
  }

  #comparison(): Node {
    const first = this.#sum();
    const rest: { operator: string; operand: Node }[] = [];
    for (let found = this.#comparator(); found !== null; found = this.#comparator()) {
      rest.push({ operator: found, operand: this.#sum() });
    }
    return rest.length === 0 ? first : { kind: "compare", first, rest };
  }

  #comparator(): string | null {
    if (this.#is("not") && this.#is("in", 1)) {
      this.#position += 2;
      return "not in";
    }
    return this.#accept("in") ? "in" : this.#acceptOneOf(COMPARISONS);
  }

  #sum(): Node {
    return this.#binary(SUMS, () => this.#binary(PRODUCTS, () => this.#unary()));
  }

  #binary(operators: readonly string[], operand: () => Node): Node {
    let left = operand();
    for (;;) {
      const operator = this.#acceptOneOf(operators);
      if (operator === null) return left;
      left = { kind: "binary", operator, left, right: operand() };
    }
  }

  #unary(): Node {
    if (!this.#accept("-")) return this.#postfix();
    return this.#deeper(() => ({ kind: "minus", operand: this.#unary() }));
  }

  #postfix(): Node {
    let node = this.#primary();
    for (;;) {
      const { start } = this.#peek();
      if (this.#accept("("))
        node = call(
          node,
          this.#deeper(() => this.#sequence(")")),
        );
      else if (this.#accept("[")) {
        const key = this.#deeper(() => this.#or());
        this.#expect("]");
        node = linked(node, { key, written: this.#written(start) });
      } else if (this.#accept(".")) {
        const key: Node = { kind: "value", value: this.#member() };
        node = linked(node, { key, written: this.#written(start) });
      } else return node;
    }
  }

  #written(start: number): string {
    return this.#source.slice(start, this.#peek(-1).end);
  }

  #member(): string {
    const { kind, text } = this.#peek();
    const isName = kind === "name" || ["true", "false", "null"].includes(text);
    if (!isName || kind === "text") throw new Refused("After a dot a name is expected.");
    this.#position += 1;
    return text;
  }

  #primary(): Node {
    if (this.#accept("(")) {
      const inner = this.#deeper(() => this.#or());
      this.#expect(")");
      return inner;
    }
    if (this.#accept("[")) {
      return { kind: "list", items: this.#deeper(() => this.#sequence("]")) };
    }
    const token = this.#peek();
    this.#position += 1;
    if (token.kind === "name") return { kind: "name", name: token.text };
    return { kind: "value", value: literal(token) };
  }

  /** Expressions with commas between them, the last comma optional, and the closing bracket. */
  #sequence(closing: string): Node[] {
    const items: Node[] = [];
    while (!this.#is(closing)) {
      items.push(this.#or());
      if (!this.#accept(",")) break;
    }
    this.#expect(closing);
    return items;
  }

  #deeper<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > LIMITS.expressionDepth) throw new Refused("Nested too deeply.");
    const result = read();
    this.#depth -= 1;
    return result;
  }

  #peek(ahead = 0): Token {
    const token = this.#tokens[Math.min(this.#position + ahead, this.#tokens.length - 1)];
    if (token === undefined) throw new Refused("Nothing is there.");
    return token;
  }

  #is(text: string, ahead = 0): boolean {
    const { kind, text: found } = this.#peek(ahead);
    return (kind === "word" || kind === "symbol") && found === text;
  }

  #accept(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#position += 1;
    return true;
  }

  #acceptOneOf(texts: readonly string[]): string | null {
    return texts.find((text) => this.#accept(text)) ?? null;
  }

  #expect(text: string): void {
    if (!this.#accept(text)) throw new Refused(`"${text}" is missing.`);
  }
}

function literal({ kind, text }: Token): Value {
  switch (kind) {
    case "integer":
      return integer(BigInt(text));
    case "float":
      return float(Number(text));
    case "text":
      return text;
    case "constant":
      return CONSTANTS[text] ?? null;
    default:
      throw new Refused("A value is missing.");
  }
}

function linked(base: Node, link: Link): Node {
  if (base.kind === "chain") return { ...base, links: [...base.links, link] };
  return { kind: "chain", base, links: [link] };
}

function call(callee: Node, args: Node[]): Node {
  const bounds = callee.kind === "name" ? ARGUMENTS[callee.name] : undefined;
  if (callee.kind !== "name" || bounds === undefined || !Object.hasOwn(ARGUMENTS, callee.name)) {
    throw new Refused("Only the functions of the language can be called.");
  }
  const [least, most] = bounds;
  if (args.length < least || args.length > most) throw new Refused("Wrong number of arguments.");
  return { kind: "call", name: callee.name, args };
}
