/**
 * The syntax tree of an expression. Plain JSON through and through, so that it can be kept, sent
 * and compared; integers and floats are distinguished by `kind`, since JSON cannot.
 *
 * Chains of one precedence (`a + b - c`, `a.b[c].d`, `a and b and c`) are flat lists: only brackets
 * and unary operators nest, and those are bounded by `LIMITS.expressionDepth`. Walking the tree by
 * recursion is therefore safe.
 */
import type { FunctionName } from "./signatures.ts";

/** A parsed expression. Offsets count UTF-16 units of `source` from 0. */
export interface Expression {
  source: string;
  root: Node;
}

export type ArithmeticOperator = "+" | "-" | "*" | "/" | "//" | "%";
export type OrderOperator = "<" | "<=" | ">" | ">=";
export type ComparisonOperator = OrderOperator | "==" | "!=" | "in" | "not in";

/** One operator of a chain and what stands to its right. */
export interface Operation<Operator extends string> {
  operator: Operator;
  operand: Node;
  offset: number;
}

/** `.name` (a constant key) or `[…]`; from `offset` at the dot or bracket up to `end`. */
export interface Accessor {
  key: Node;
  offset: number;
  end: number;
}

export type Node =
  | { kind: "constant"; value: null | boolean | string; offset: number }
  | { kind: "integer"; value: number; offset: number }
  | { kind: "float"; value: number; offset: number }
  | { kind: "list"; items: Node[]; offset: number }
  | { kind: "name"; name: string; offset: number }
  | { kind: "access"; base: Node; accessors: Accessor[]; offset: number }
  | { kind: "call"; name: FunctionName; operands: Node[]; offset: number }
  | { kind: "not"; operand: Node; offset: number }
  | { kind: "negate"; operand: Node; offset: number }
  | { kind: "and" | "or"; operands: Node[]; offset: number }
  | {
      kind: "comparison";
      first: Node;
      rest: Operation<ComparisonOperator>[];
      offset: number;
    }
  | {
      kind: "arithmetic";
      first: Node;
      rest: Operation<ArithmeticOperator>[];
      offset: number;
    };

/** The nodes below a node, in source order. */
export function childrenOf(node: Node): Node[] {
  switch (node.kind) {
    case "constant":
    case "integer":
    case "float":
    case "name":
      return [];
    case "list":
      return node.items;
    case "access":
      return [node.base, ...node.accessors.map(({ key }) => key)];
    case "call":
    case "and":
    case "or":
      return node.operands;
    case "not":
    case "negate":
      return [node.operand];
    case "comparison":
    case "arithmetic":
      return [node.first, ...node.rest.map(({ operand }) => operand)];
  }
}
