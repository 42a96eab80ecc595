/**
 * Source text to a syntax tree. Total: every text returns a tree or one error with its place.
 *
 * Precedence, loosest first: or, and, not, comparisons, + -, * / // %, unary minus, subscripts and
 * calls: Python's. The first failure is kept and moves the reader to the end of the tokens, so that
 * every loop ends and no rule has to look for failures of another.
 *
 * Invariant: recursion happens only under `nested`, which bounds it by `LIMITS.expressionDepth`.
 */
import type { Result } from "#model/result.ts";
import { LIMITS } from "#model/limits.ts";
import type {
  Accessor,
  ArithmeticOperator,
  ComparisonOperator,
  Expression,
  Node,
  Operation,
} from "./ast.ts";
import { type ExpressionError, expressionError, Failure, quote } from "./error.ts";
import { arityProblem, FUNCTION_NAMES, isFunctionName } from "./signatures.ts";
import { didYouMean, nearestOf } from "./suggest.ts";
import { type Token, tokenize } from "./tokens.ts";

export type ParseResult = Result<Expression, ExpressionError>;

const COMPARISONS: readonly ComparisonOperator[] = ["==", "!=", "<", "<=", ">", ">=", "in"];
const SUMS: readonly ArithmeticOperator[] = ["+", "-"];
const PRODUCTS: readonly ArithmeticOperator[] = ["*", "/", "//", "%"];

/** Reads one expression. Errors name the place; nothing is evaluated. */
export function parseExpression(source: string): ParseResult {
  const result = parse(source);
  if (!(result instanceof Failure)) return { ok: true, value: { source, root: result } };
  return { ok: false, error: expressionError(source, result, result.offset ?? 0) };
}

function parse(source: string): Node | Failure {
  if (
    source.length > LIMITS.expressionBytes ||
    new TextEncoder().encode(source).byteLength > LIMITS.expressionBytes
  ) {
    return new Failure(`The expression is longer than ${LIMITS.expressionBytes} bytes.`, 0);
  }
  const tokens = tokenize(source);
  if (tokens instanceof Failure) return tokens;
  if (tokens.length === 1) return new Failure("The expression is empty.", 0);
  return new Parser(tokens).parse();
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #end: Token;
  #position = 0;
  #depth = 0;
  #failure: Failure | null = null;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
    this.#end = tokens.at(-1) ?? { kind: "end", text: "", offset: 0, end: 0 };
  }

  parse(): Node | Failure {
    const root = this.#or();
    if (this.#peek().kind !== "end") this.#unexpected();
    return this.#failure ?? root;
  }

  #or(): Node {
    return this.#logical("or", () => this.#logical("and", () => this.#not()));
  }

  #logical(kind: "and" | "or", operand: () => Node): Node {
    const first = operand();
    if (this.#operator() !== kind) return first;
    const operands = [first];
    while (this.#take(kind)) operands.push(operand());
    return { kind, operands, offset: first.offset };
  }

  #not(): Node {
    const { offset } = this.#peek();
    if (!this.#take("not")) return this.#comparison();
    return this.#nested(offset, () => ({ kind: "not", operand: this.#not(), offset }));
  }

  #comparison(): Node {
    const first = this.#sum();
    const rest: Operation<ComparisonOperator>[] = [];
    for (;;) {
      const { offset } = this.#peek();
      const operator = this.#takeComparison();
      if (operator === null) break;
      rest.push({ operator, operand: this.#sum(), offset });
    }
    return rest.length === 0 ? first : { kind: "comparison", first, rest, offset: first.offset };
  }

  #takeComparison(): ComparisonOperator | null {
    if (this.#operator() === "not" && this.#operator(1) === "in") {
      this.#position += 2;
      return "not in";
    }
    return this.#takeOneOf(COMPARISONS);
  }

  #sum(): Node {
    return this.#arithmetic(SUMS, () => this.#arithmetic(PRODUCTS, () => this.#unary()));
  }

  #arithmetic(operators: readonly ArithmeticOperator[], operand: () => Node): Node {
    const first = operand();
    const rest: Operation<ArithmeticOperator>[] = [];
    for (;;) {
      const { offset } = this.#peek();
      const operator = this.#takeOneOf(operators);
      if (operator === null) break;
      rest.push({ operator, operand: operand(), offset });
    }
    return rest.length === 0 ? first : { kind: "arithmetic", first, rest, offset: first.offset };
  }

  #unary(): Node {
    const { offset } = this.#peek();
    if (this.#operator() === "+") return this.#fail("Unary + is not part of the language.", offset);
    if (!this.#take("-")) return this.#postfix();
    return this.#nested(offset, () => ({ kind: "negate", operand: this.#unary(), offset }));
  }

  #postfix(): Node {
    let node = this.#primary();
    for (;;) {
      const token = this.#peek();
      if (this.#take("(")) node = this.#call(node, token);
      else if (this.#take("[")) node = accessed(node, this.#subscript(token));
      else if (this.#take(".")) node = accessed(node, this.#dotted(token));
      else return node;
    }
  }

  #subscript(open: Token): Accessor {
    const key = this.#nested(open.offset, () => this.#or());
    const { end } = this.#peek();
    this.#expect("]", open);
    return { key, offset: open.offset, end };
  }

  #dotted(dot: Token): Accessor {
    const token = this.#peek();
    const { offset, end } = token;
    const key: Node = { kind: "constant", value: token.text, offset };
    if (token.kind === "name" || ["true", "false", "null"].includes(token.text)) {
      this.#position += 1;
    } else if (/^\w+$/.test(token.text)) {
      this.#fail(`After a dot a name is expected; write [${quote(token.text)}] instead.`, offset);
    } else {
      this.#fail("After a dot a name is expected.", dot.offset);
    }
    return { key, offset: dot.offset, end };
  }

  #call(callee: Node, open: Token): Node {
    const operands = this.#nested(open.offset, () => this.#sequence(open, ")"));
    if (callee.kind !== "name") {
      const message = `Only functions can be called: ${FUNCTION_NAMES.join(", ")}.`;
      const method = methodOf(callee);
      const hint = method === null ? "" : ` Write ${method}(…).`;
      return this.#fail(message + hint, open.offset, method);
    }
    const { name, offset } = callee;
    if (!isFunctionName(name)) {
      const hint = didYouMean(name, FUNCTION_NAMES);
      const nearest = nearestOf(name, FUNCTION_NAMES);
      return this.#fail(`Unknown function ${quote(name)}.${hint}`, offset, nearest);
    }
    const problem = arityProblem(name, operands.length);
    if (problem !== null) return this.#fail(problem, offset);
    return { kind: "call", name, operands, offset };
  }

  #primary(): Node {
    const token = this.#peek();
    const { offset } = token;
    switch (token.kind) {
      case "name":
        this.#position += 1;
        return { kind: "name", name: token.text, offset };
      case "constant":
      case "string":
        this.#position += 1;
        return { kind: "constant", value: token.value, offset };
      case "integer":
      case "float":
        this.#position += 1;
        return { kind: token.kind, value: token.value, offset };
      case "operator":
        if (this.#take("(")) return this.#parenthesized(token);
        if (!this.#take("[")) return this.#unexpected();
        return {
          kind: "list",
          items: this.#nested(offset, () => this.#sequence(token, "]")),
          offset,
        };
      case "end":
        return this.#unexpected();
    }
  }

  #parenthesized(open: Token): Node {
    const node = this.#nested(open.offset, () => this.#or());
    if (this.#operator() === ",") {
      return this.#fail("Tuples are not part of the language; use [ ].", open.offset);
    }
    this.#expect(")", open);
    return node;
  }

  /** Expressions with commas between them, the last comma optional, up to the closing bracket. */
  #sequence(open: Token, closing: string): Node[] {
    const items: Node[] = [];
    while (this.#operator() !== closing && this.#failure === null) {
      items.push(this.#or());
      if (!this.#take(",")) break;
    }
    this.#expect(closing, open);
    return items;
  }

  /** Goes one level deeper; beyond the limit the descent finds the end of the tokens at once. */
  #nested<T extends Node | Node[]>(offset: number, descend: () => T): T {
    this.#depth += 1;
    if (this.#depth > LIMITS.expressionDepth) {
      this.#fail(`The expression is nested deeper than ${LIMITS.expressionDepth} levels.`, offset);
    }
    const result = descend();
    this.#depth -= 1;
    return result;
  }

  #expect(closing: string, open: Token): void {
    if (this.#take(closing)) return;
    if (this.#peek().kind === "end") {
      this.#fail(`${quote(open.text)} is not closed: ${quote(closing)} is missing.`, open.offset);
    } else {
      this.#unexpected();
    }
  }

  #peek(ahead = 0): Token {
    return this.#tokens[this.#position + ahead] ?? this.#end;
  }

  #operator(ahead = 0): string | null {
    const token = this.#peek(ahead);
    return token.kind === "operator" ? token.operator : null;
  }

  #take(operator: string): boolean {
    if (this.#operator() !== operator) return false;
    this.#position += 1;
    return true;
  }

  #takeOneOf<Operator extends string>(operators: readonly Operator[]): Operator | null {
    const present = this.#operator();
    const operator = operators.find((known) => known === present);
    if (operator === undefined) return null;
    this.#position += 1;
    return operator;
  }

  #unexpected(): Node {
    const token = this.#peek();
    if (token.kind === "end") return this.#fail("The expression is incomplete.", token.offset);
    const hint = token.text === "is" ? " Use == to compare." : "";
    return this.#fail(`Unexpected ${quote(token.text)}.${hint}`, token.offset);
  }

  /** Keeps the first failure and goes to the end; the node returned is never seen. */
  #fail(message: string, offset: number, suggestion: string | null = null): Node {
    this.#failure ??= new Failure(message, offset, suggestion);
    this.#position = this.#tokens.length - 1;
    return { kind: "constant", value: null, offset };
  }
}

function accessed(base: Node, accessor: Accessor): Node {
  if (base.kind !== "access") {
    return { kind: "access", base, accessors: [accessor], offset: base.offset };
  }
  base.accessors.push(accessor);
  return base;
}

/** `topic.upper()` is a habit from elsewhere; says what to write here. */
/** The function that is called like a method: `topic.lower()`. */
function methodOf(callee: Node): string | null {
  const key = callee.kind === "access" ? callee.accessors.at(-1)?.key : undefined;
  if (key?.kind !== "constant" || typeof key.value !== "string") return null;
  return isFunctionName(key.value) ? key.value : null;
}
