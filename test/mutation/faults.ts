/**
 * The faults that can be planted in a module: each is one edit of its text, the kind that a slip
 * of a programmer makes. Messages and types are left alone.
 */
import { parseSync } from "vite";

export interface Fault {
  /** Path from the root of the repository. */
  file: string;
  line: number;
  /** Offsets in the text of the file. */
  start: number;
  end: number;
  original: string;
  replacement: string;
}

interface Node {
  type: string;
  start: number;
  end: number;
  [key: string]: unknown;
}

type Edit = (node: Node, text: string) => { at: Node; replacement: string }[];

const OPERATORS: Readonly<Record<string, string>> = {
  "===": "!==",
  "!==": "===",
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
  "&&": "||",
  "||": "&&",
};
const METHODS: Readonly<Record<string, string>> = {
  some: "every",
  every: "some",
  min: "max",
  max: "min",
  startsWith: "endsWith",
  endsWith: "startsWith",
};

/** A condition that always holds, and one that never does. */
const decided: Edit = ({ test }) =>
  isNode(test) && test.type !== "Literal"
    ? ["true", "false"].map((replacement) => ({ at: test, replacement }))
    : [];

const EDITS: Readonly<Record<string, Edit>> = {
  IfStatement: decided,
  ConditionalExpression: decided,
  BinaryExpression: otherOperator,
  LogicalExpression: otherOperator,
  UnaryExpression: (node, text) =>
    node["operator"] === "!" && isNode(node["argument"])
      ? [{ at: node, replacement: textOf(node["argument"], text) }]
      : [],
  /** What is done for its effect is left out. */
  ExpressionStatement: (node) =>
    node["directive"] === undefined || node["directive"] === null
      ? [{ at: node, replacement: ";" }]
      : [],
  MemberExpression: ({ property }) => {
    if (!isNode(property) || typeof property["name"] !== "string") return [];
    const replacement = METHODS[property["name"]];
    return replacement === undefined ? [] : [{ at: property, replacement }];
  },
  Literal: (node) => {
    const { value } = node;
    if (typeof value === "boolean") return [{ at: node, replacement: String(!value) }];
    return typeof value === "number" ? [{ at: node, replacement: String(value + 1) }] : [];
  },
};

/** `left` and `right` stay as they are; what stands between them is the operator. */
function otherOperator(node: Node, text: string) {
  const { left, right, operator } = node;
  const replacement = typeof operator === "string" ? OPERATORS[operator] : undefined;
  if (replacement === undefined || !isNode(left) || !isNode(right)) return [];
  const between = text.slice(left.end, right.start);
  const start = left.end + between.indexOf(String(operator));
  return [{ at: { type: "Operator", start, end: start + String(operator).length }, replacement }];
}

export function faultsIn(file: string, text: string): Fault[] {
  const faults: Fault[] = [];
  visit(parseSync(file, text).program, (node) => {
    for (const { at, replacement } of EDITS[node.type]?.(node, text) ?? []) {
      const original = textOf(at, text);
      const line = text.slice(0, at.start).split("\n").length;
      faults.push({ file, line, start: at.start, end: at.end, original, replacement });
    }
  });
  return faults;
}

/** Types hold literals too, and a fault in them changes nothing that runs. */
const WITHOUT_CODE = new Set(["ImportDeclaration", "TSTypeAnnotation", "TSTypeAliasDeclaration"]);

function visit(value: unknown, see: (node: Node) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, see);
    return;
  }
  if (!isNode(value) || WITHOUT_CODE.has(value.type)) return;
  if (value.type.startsWith("TS") && !isNode(value["expression"])) return;
  see(value);
  for (const child of Object.values(value)) visit(child, see);
}

function isNode(value: unknown): value is Node {
  return (
    typeof value === "object" &&
    value !== null &&
    "type" in value &&
    typeof value.type === "string" &&
    "start" in value &&
    typeof value.start === "number" &&
    "end" in value &&
    typeof value.end === "number"
  );
}

function textOf({ start, end }: Node, text: string): string {
  return text.slice(start, end);
}
