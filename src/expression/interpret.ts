/**
 * Walks the tree. Synchronous and pure: no clock, no randomness, no I/O; the context is read
 * through `lookupName` and own properties, and never written to. Every operand is evaluated at most
 * once, from left to right, and only when its value is needed.
 *
 * Failures are values and end the walk at once; the innermost place known is theirs.
 */
import { lookupName, readMember, type RunContext } from "#model/context.ts";
import { keysOf } from "#model/keys.ts";
import { negate, calculate } from "./arithmetic.ts";
import type { Accessor, ComparisonOperator, Expression, Node } from "./ast.ts";
import { Budget } from "./budget.ts";
import { contains, equal, ordered } from "./compare.ts";
import { Failure, placed, quote, TOO_MANY_STEPS } from "./error.ts";
import { callFunction } from "./functions.ts";
import { isFunctionName } from "./signatures.ts";
import { subscript } from "./subscript.ts";
import { didYouMean } from "./suggest.ts";
import { Trace, type TraceEntry } from "./trace.ts";
import { Float, fromItem, isObject, List, truth, type Value } from "./values.ts";

/** The result before it becomes JSON: floats are still told apart from integers. */
export interface Interpretation {
  result: Value | Failure;
  trace: TraceEntry[];
  /** Units of work that it took. */
  work: number;
}

export function interpret(expression: Expression, context: RunContext): Interpretation {
  const interpreter = new Interpreter(expression.source, context);
  const result = interpreter.evaluate(expression.root);
  return { result, trace: interpreter.trace.entries, work: interpreter.work };
}

class Interpreter {
  readonly trace = new Trace();
  readonly #budget = new Budget();
  readonly #source: string;
  readonly #context: RunContext;

  constructor(source: string, context: RunContext) {
    this.#source = source;
    this.#context = context;
  }

  get work(): number {
    return this.#budget.work;
  }

  evaluate(node: Node): Value | Failure {
    if (!this.#budget.take()) return placed<Value>(TOO_MANY_STEPS, node.offset);
    return placed(this.#dispatch(node), node.offset);
  }

  #dispatch(node: Node): Value | Failure {
    switch (node.kind) {
      case "constant":
      case "integer":
        return node.value;
      case "float":
        return new Float(node.value);
      case "list":
        return listOf(this.#all(node.items));
      case "name": {
        const value = this.#name(node.name);
        if (!(value instanceof Failure)) this.trace.add(node.name, value);
        return value;
      }
      case "access":
        return this.#access(node.base, node.accessors);
      case "call": {
        const operands = this.#all(node.operands);
        if (operands instanceof Failure) return operands;
        return callFunction(node.name, operands, this.#budget);
      }
      case "not": {
        const operand = this.evaluate(node.operand);
        return operand instanceof Failure ? operand : !truth(operand, this.#budget);
      }
      case "negate": {
        const operand = this.evaluate(node.operand);
        return operand instanceof Failure ? operand : negate(operand);
      }
      case "and":
      case "or":
        return this.#logical(node.kind, node.operands);
      case "comparison":
        return this.#comparison(node);
      case "arithmetic":
        return this.#arithmetic(node);
    }
  }

  #all(nodes: readonly Node[]): Value[] | Failure {
    const values: Value[] = [];
    for (const node of nodes) {
      const value = this.evaluate(node);
      if (value instanceof Failure) return value;
      values.push(value);
    }
    return values;
  }

  #name(name: string): Value | Failure {
    const value = lookupName(this.#context, name);
    if (value !== undefined) return fromItem(value);
    if (name === "secrets") return new Failure("Secrets cannot be read in expressions.");
    if (isFunctionName(name)) {
      return new Failure(`${quote(name)} is a function; write ${name}(…).`);
    }
    return new Failure(`Unknown name ${quote(name)}.${didYouMean(name, this.#knownNames())}`);
  }

  *#knownNames(): Generator<string> {
    const { runtime, profile, static: constants } = this.#context;
    for (const place of [runtime.inputs, profile, constants]) yield* keysOf(place);
    yield* ["static", "profile", "runtime", "inputs", "steps"];
  }

  /** The whole chain is one reading in the trace, when it begins with a name. */
  #access(base: Node, accessors: readonly Accessor[]): Value | Failure {
    const named = base.kind === "name";
    let path = named ? base.name : null;
    let value = placed(named ? this.#name(base.name) : this.evaluate(base), base.offset);
    for (const { key, offset, end } of accessors) {
      if (value instanceof Failure) return value;
      const keyValue = this.evaluate(key);
      if (keyValue instanceof Failure) return keyValue;
      const words = { base: path, keyIsLiteral: key.kind === "constant" };
      value = this.#isUnanswered(value, keyValue)
        ? null
        : placed(subscript(value, keyValue, words, this.#budget), key.offset);
      if (path !== null) path += this.#source.slice(offset, end);
    }
    if (path !== null && !(value instanceof Failure)) this.trace.add(path, value);
    return value;
  }

  /** An answer that was asked for and not given is None wherever it is read. */
  #isUnanswered(base: Value, key: Value): boolean {
    if (typeof key !== "string" || !isObject(base)) return false;
    // Looked for before it is read: reading an output loads it.
    return !Object.hasOwn(base, key) && readMember(this.#context, base, key) === null;
  }

  #logical(kind: "and" | "or", operands: readonly Node[]): Value | Failure {
    let value: Value | Failure = null;
    for (const operand of operands) {
      value = this.evaluate(operand);
      if (value instanceof Failure) return value;
      if (truth(value, this.#budget) === (kind === "or")) return value;
    }
    return value;
  }

  #comparison(node: Extract<Node, { kind: "comparison" }>): Value | Failure {
    let left = this.evaluate(node.first);
    for (const { operator, operand, offset } of node.rest) {
      if (left instanceof Failure) return left;
      const right = this.evaluate(operand);
      if (right instanceof Failure) return right;
      const holds = placed(this.#compare(operator, left, right), offset);
      if (holds !== true) return holds;
      left = right;
    }
    return true;
  }

  #compare(operator: ComparisonOperator, left: Value, right: Value): boolean | Failure {
    switch (operator) {
      case "==":
        return equal(left, right, this.#budget);
      case "!=":
        return negated(equal(left, right, this.#budget));
      case "in":
        return contains(right, left, this.#budget);
      case "not in":
        return negated(contains(right, left, this.#budget));
      case "<":
      case "<=":
      case ">":
      case ">=":
        return ordered(operator, left, right, this.#budget);
    }
  }

  #arithmetic(node: Extract<Node, { kind: "arithmetic" }>): Value | Failure {
    let left = this.evaluate(node.first);
    for (const { operator, operand, offset } of node.rest) {
      if (left instanceof Failure) return left;
      const right = this.evaluate(operand);
      if (right instanceof Failure) return right;
      left = placed(calculate(operator, left, right, this.#budget), offset);
    }
    return left;
  }
}

function listOf(values: Value[] | Failure): List | Failure {
  return values instanceof Failure ? values : new List(values, true);
}

function negated(result: boolean | Failure): boolean | Failure {
  return result instanceof Failure ? result : !result;
}
