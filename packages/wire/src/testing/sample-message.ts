import { compileFields, valueAt } from '../compile.js';
import type { CompiledField } from '../compile.js';
import type { Draft } from '../field-reader.js';
import type { Layout } from '../layout.js';
import * as scalars from '../scalar.js';
import type { Scalar } from '../scalar.js';

/** Chance from a seed (mulberry32). Messages have hundreds of fields: drawing each from fast-check itself makes shrinking endless. */
export class Draw {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** At least 0 and below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** An integer from `min` to `max`. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  /** True half of the time. */
  chance(): boolean {
    return this.next() < 0.5;
  }

  /** One of the values. */
  oneOf<V>(...values: readonly V[]): V {
    const value = values[this.integer(0, values.length - 1)];
    if (value === undefined) throw new Error('nothing to choose from');
    return value;
  }

  /** A text of up to 8 of the given characters. */
  text(unit: readonly string[], minLength = 0): string {
    return Array.from({ length: this.integer(minLength, 8) }, () => this.oneOf(...unit)).join('');
  }
}

/** Makes one value. */
export type Sample = (draw: Draw) => unknown;

const ASCII = Array.from('abcXYZ019 .,:-_/%$()');
const TAG = Array.from('abcXYZ09');
const TAG_VALUE = Array.from('abc=019 .');
const LINE = [...ASCII, 'é', 'ß', '漢', '😀'];

function plainNumber(draw: Draw): number {
  const value = draw.oneOf(
    draw.integer(-1000, 1_000_000),
    draw.integer(1, 100_000_000) / 100,
    (draw.next() - 0.5) * 10 ** draw.integer(-12, 24),
  );
  return value === 0 ? 0 : value;
}

function integer(draw: Draw): number {
  return draw.oneOf(draw.integer(-3, 10), draw.integer(0, 2_147_483_646), draw.integer(2_147_483_648, Number.MAX_SAFE_INTEGER));
}

function notZero(value: number): number {
  return value === 0 ? 1 : value;
}

const BY_SCALAR = new Map<unknown, Sample>([
  [scalars.integer, integer],
  [scalars.unsettableInteger, integer],
  [scalars.nonZeroInteger, (draw) => notZero(integer(draw))],
  [scalars.longId, (draw) => draw.oneOf('0', '9223372036854775806', String(draw.integer(1, 1_000_000_000)), `9007199254740993${draw.integer(0, 9)}`)],
  [scalars.number, plainNumber],
  [scalars.quantity, plainNumber],
  [scalars.nonZeroNumber, (draw) => notZero(plainNumber(draw))],
  [scalars.numberOrInfinity, (draw) => (draw.chance() ? Infinity : plainNumber(draw))],
  [scalars.flag, (draw) => draw.chance()],
  [scalars.asciiText, (draw) => draw.text(ASCII)],
  [scalars.asciiOrUnset, (draw) => draw.text(ASCII, 1)],
  [scalars.asciiDocument, (draw) => draw.text([...ASCII, '\n', '\t', '\r'])],
  [scalars.lineText, (draw) => draw.text(LINE)],
  [scalars.lineOrUnset, (draw) => draw.text(LINE, 1)],
  [scalars.documentText, (draw) => draw.text([...LINE, '\n', '\t'])],
  [scalars.escapedText, (draw) => draw.text(LINE)],
  [scalars.escapedOrUnset, (draw) => draw.text(LINE, 1)],
  [
    scalars.tagValueText,
    (draw) => Array.from({ length: draw.integer(1, 3) }, () => ({ tag: draw.text(TAG, 1), value: draw.text(TAG_VALUE) })),
  ],
]);

/** Values that other fields depend on come up often enough to meet every branch. */
const BY_KEY = new Map<string, Sample>([
  ['secType', (draw) => draw.oneOf('STK', 'OPT', 'BAG', 'FUND')],
  ['orderType', (draw) => draw.oneOf('LMT', 'MKT', 'PEG BENCH', 'PEG BEST', 'PEG MID')],
  ['exchange', (draw) => draw.oneOf('SMART', 'IBKRATS')],
]);

function valueFor(key: string, scalar: Scalar<unknown>, draw: Draw): unknown {
  if (scalar.words !== undefined) return draw.oneOf(...scalar.words);
  // What is left are numbers with a sentinel of their own.
  const sample = BY_KEY.get(key) ?? BY_SCALAR.get(scalar) ?? ((each: Draw) => each.next() * 100);
  return sample(draw);
}

/** How much of a message is there. */
export interface Fill {
  /** Every field has a value and every list has items. */
  readonly full?: boolean | undefined;
  /** Fields that never get a value, by key. */
  readonly without?: ReadonlySet<string> | undefined;
  /** Values in place of the usual ones, by key or by scalar. */
  readonly values?: ReadonlyMap<unknown, Sample> | undefined;
}

class Generator {
  readonly #draw: Draw;
  readonly #fill: Fill;

  constructor(draw: Draw, fill: Fill) {
    this.#draw = draw;
    this.#fill = fill;
  }

  write(fields: readonly CompiledField[], draft: Draft): void {
    for (const field of fields) this.#writeField(field, draft);
  }

  #writeField(field: CompiledField, draft: Draft): void {
    switch (field.kind) {
      case 'scalar': {
        // A second place of the same value repeats it.
        if (field.key in draft || (this.#fill.without?.has(field.key) ?? false)) return;
        const canBeUnset = !field.required && field.scalar.decode(field.unset) === undefined;
        if (canBeUnset && !this.#maybe()) return;
        draft[field.key] = this.#value(field.key, field.scalar);
        return;
      }
      case 'nested': {
        const known = draft[field.key];
        const inner: Draft = typeof known === 'object' && known !== null ? Object.fromEntries(Object.entries(known)) : {};
        this.write(field.fields, inner);
        if (field.required || Object.keys(inner).length > 0) draft[field.key] = inner;
        return;
      }
      case 'flagged': {
        if (!this.#maybe()) return;
        const inner: Draft = {};
        this.write(field.fields, inner);
        draft[field.key] = inner;
        return;
      }
      case 'list': {
        const items: Draft[] = [];
        for (let left = this.#count(); left > 0; left -= 1) {
          const inner: Draft = {};
          this.write(field.item, inner);
          items.push(inner);
        }
        if (field.required || items.length > 0) draft[field.key] = items;
        return;
      }
      case 'scalars':
        draft[field.key] = Array.from({ length: this.#count() }, () => this.#value(field.key, field.scalar));
        return;
      case 'when':
        if (field.test(valueAt(draft, field.path))) this.write(field.fields, draft);
        return;
      case 'tail':
        this.write(field.fields, draft);
        return;
      case 'fixed':
      case 'absent':
    }
  }

  #value(key: string, scalar: Scalar<unknown>): unknown {
    const sample = this.#fill.values?.get(key) ?? this.#fill.values?.get(scalar);
    return sample === undefined ? valueFor(key, scalar, this.#draw) : sample(this.#draw);
  }

  #maybe(): boolean {
    return this.#fill.full === true || this.#draw.chance();
  }

  #count(): number {
    return this.#draw.integer(0, 3) + (this.#fill.full === true ? 1 : 0);
  }
}

/** One message that says exactly what its layout has room for at a server version. */
export function sampleMessage(layout: Layout, serverVersion: number, draw: Draw, fill: Fill = {}): Draft {
  const draft: Draft = { type: layout.type };
  new Generator(draw, fill).write(compileFields(layout.fields, serverVersion), draft);
  return draft;
}
