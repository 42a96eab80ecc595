/**
 * `base[key]` and `base.key`: elements of lists, characters of strings, own properties of objects.
 * Nothing inherited is ever reached. Values of the context stay out of the messages: only what
 * is in the source is repeated.
 */
import type { JsonObject } from "#model/json.ts";
import { keysOf } from "#model/keys.ts";
import type { Budget } from "./budget.ts";
import { Failure, quote, TOO_MANY_STEPS } from "./error.ts";
import { didYouMean } from "./suggest.ts";
import { characterAt } from "./text.ts";
import { fromItem, integerOf, isObject, itemAt, List, typeName, type Value } from "./values.ts";

/** What a message may call the two sides: the base as written, the key when it is a literal. */
export interface SubscriptWords {
  base: string | null;
  keyIsLiteral: boolean;
}

export function subscript(
  base: Value,
  key: Value,
  words: SubscriptWords,
  budget: Budget,
): Value | Failure {
  if (isObject(base)) return property(base, key, words);
  if (typeof base !== "string" && !(base instanceof List)) {
    return new Failure(`${subject(base, words)} has no elements or keys.`);
  }
  const index = integerOf(key);
  if (index === null) {
    const by =
      words.keyIsLiteral && typeof key === "string"
        ? `has no ${quote(key)}; it needs an integer subscript`
        : `needs an integer subscript, not ${typeName(key)}`;
    return new Failure(`${subject(base, words)} ${by}.`);
  }
  return base instanceof List ? element(base, index, words) : character(base, index, words, budget);
}

function property(object: JsonObject, key: Value, words: SubscriptWords): Value | Failure {
  const whole = subject(object, words);
  if (typeof key !== "string") {
    return new Failure(`${whole} needs a string subscript, not ${typeName(key)}.`);
  }
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  if (value !== undefined) return fromItem(value);
  if (!words.keyIsLiteral) return new Failure(`${whole} has no such key.`);
  return new Failure(`${whole} has no key ${quote(key)}.${didYouMean(key, keysOf(object))}`);
}

function element(list: List, index: number, words: SubscriptWords): Value | Failure {
  const { length } = list.items;
  const position = index < 0 ? index + length : index;
  if (position >= 0 && position < length) return itemAt(list, position);
  return outOfRange(list, words);
}

function character(
  text: string,
  index: number,
  words: SubscriptWords,
  budget: Budget,
): string | Failure {
  if (!budget.takeBulk(text.length)) return TOO_MANY_STEPS;
  return characterAt(text, index) ?? outOfRange(text, words);
}

function outOfRange(base: Value, words: SubscriptWords): Failure {
  const parts = base instanceof List ? "items" : "characters";
  return new Failure(`${subject(base, words)} has fewer ${parts}: the subscript is out of range.`);
}

/** `"inputs.items", a list,` or, without a name, `A list`. */
function subject(base: Value, words: SubscriptWords): string {
  const type = typeName(base);
  if (words.base !== null) return `${quote(words.base)} (${type})`;
  return type.charAt(0).toUpperCase() + type.slice(1);
}
