/**
 * A text as it is searched: its UTF-16 units after some decoding, and the place in the text from
 * which each of them came. What is found in a view can so be replaced in the text itself.
 */
import { ELLIPSIS } from "./units.ts";

export interface View {
  /** Only the first `length` of them are used. */
  readonly units: Uint16Array;
  readonly length: number;
  /** Where the spelling of a unit starts in the text, and where it ends; null: it is the unit. */
  readonly places: { starts: Int32Array; ends: Int32Array } | null;
}

export function unitAt(view: View, index: number): number {
  // NaN is equal to no unit and beyond no limit.
  return index < view.length ? (view.units[index] ?? NaN) : NaN;
}

export function startOf({ places }: View, index: number): number {
  return places === null ? index : (places.starts[index] ?? 0);
}

export function endOf({ places }: View, index: number): number {
  return places === null ? index + 1 : (places.ends[index] ?? 0);
}

const DOT = 0x2e;

/** Whether a text was cut here: `…`, or three dots. */
export function isCutSign(view: View, index: number): boolean {
  const unit = unitAt(view, index);
  if (unit !== DOT) return unit === ELLIPSIS;
  return unitAt(view, index + 1) === DOT && unitAt(view, index + 2) === DOT;
}

/** The text as it is. */
export function viewOf(text: string, units = new Uint16Array(text.length)): View {
  const { length } = text;
  for (let index = 0; index < length; index++) units[index] = text.charCodeAt(index);
  return { units, length, places: null };
}

/** Collects the units of a decoded view. */
export class ViewBuilder {
  readonly #units: Uint16Array;
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  #length = 0;

  /** `capacity`: the most units that are added. */
  constructor(capacity: number) {
    this.#units = new Uint16Array(capacity);
    this.#starts = new Int32Array(capacity);
    this.#ends = new Int32Array(capacity);
  }

  /** `start` and `end`: the place of its spelling in the text. */
  add(unit: number, start: number, end: number): void {
    this.#units[this.#length] = unit;
    this.#starts[this.#length] = start;
    this.#ends[this.#length] = end;
    this.#length += 1;
  }

  addCodePoint(codePoint: number, start: number, end: number): void {
    if (codePoint < 0x1_0000) {
      this.add(codePoint, start, end);
      return;
    }
    this.add(0xd800 + ((codePoint - 0x1_0000) >> 10), start, end);
    this.add(0xdc00 + ((codePoint - 0x1_0000) & 0x3ff), start, end);
  }

  build(): View {
    const places = { starts: this.#starts, ends: this.#ends };
    return { units: this.#units, length: this.#length, places };
  }
}
