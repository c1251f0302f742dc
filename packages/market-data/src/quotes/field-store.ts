import { NUMERIC_QUOTE_FIELDS, TEXT_QUOTE_FIELDS } from './quote.js';
import type { DecodedQuoteFields, NumericQuoteField, QuoteField, TextQuoteField } from './quote.js';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The fields of a quote that have a value. */
export type FieldValues = Readonly<Partial<Record<NumericQuoteField, number>>> & Readonly<Partial<Record<TextQuoteField, string>>> & DecodedQuoteFields;

/** When the fields of a quote were received, epoch milliseconds. */
export type FieldTimes = Readonly<Partial<Record<QuoteField, number>>>;

const SLOTS: ReadonlyMap<string, number> = new Map(NUMERIC_QUOTE_FIELDS.map((field, slot) => [field, slot]));
const TEXT_SLOTS: ReadonlyMap<string, number> = new Map(TEXT_QUOTE_FIELDS.map((field, slot) => [field, slot]));

const DECODED_FIELDS: readonly (keyof DecodedQuoteFields)[] = ['halted', 'haltReason', 'shortability', 'rtVolume', 'rtTradeVolume', 'dividends', 'fundamentalRatios'];

/** The place of a number in a {@link FieldStore}. */
export function slotOf(field: NumericQuoteField): number {
  return SLOTS.get(field) ?? -1;
}

/** The place of a text in a {@link FieldStore}. */
export function textSlotOf(field: TextQuoteField): number {
  return TEXT_SLOTS.get(field) ?? -1;
}

/**
 * The values of one line with the time of each. They lie in arrays, because most messages change one value and nothing else, and a quote is made
 * once for many of them.
 */
export class FieldStore {
  /** NaN is "none". */
  readonly #numbers = new Float64Array(NUMERIC_QUOTE_FIELDS.length).fill(Number.NaN);
  readonly #numberTimes = new Float64Array(NUMERIC_QUOTE_FIELDS.length);
  /** The empty text is "none". */
  readonly #texts: string[] = TEXT_QUOTE_FIELDS.map(() => '');
  readonly #textTimes = new Float64Array(TEXT_QUOTE_FIELDS.length);
  #decoded: DecodedQuoteFields = {};
  #decodedTimes: FieldTimes = {};

  /** Whether a number is there. */
  has(slot: number): boolean {
    return !Number.isNaN(this.#numbers[slot] ?? Number.NaN);
  }

  /** Keeps a number; `undefined` takes it away. */
  setNumber(slot: number, value: number | undefined, atMs: number): void {
    this.#numbers[slot] = value ?? Number.NaN;
    this.#numberTimes[slot] = atMs;
  }

  /** Keeps a text; the empty one takes it away. */
  setText(slot: number, value: string, atMs: number): void {
    this.#texts[slot] = value;
    this.#textTimes[slot] = atMs;
  }

  /** Keeps what a tick says otherwise; `undefined` takes a field away. */
  setDecoded(values: DecodedQuoteFields, atMs: number): void {
    const decoded = { ...this.#decoded, ...values };
    const times: Writable<FieldTimes> = {};
    for (const field of DECODED_FIELDS) {
      if (decoded[field] !== undefined) times[field] = field in values ? atMs : this.#decodedTimes[field] ?? atMs;
    }
    this.#decoded = decoded;
    this.#decodedTimes = times;
  }

  /** Forgets everything. */
  clear(): void {
    this.#numbers.fill(Number.NaN);
    this.#texts.fill('');
    this.#decoded = {};
    this.#decodedTimes = {};
  }

  /** Everything that has a value. */
  values(): FieldValues {
    const values: Writable<FieldValues> = { ...this.#decoded };
    for (const [slot, field] of NUMERIC_QUOTE_FIELDS.entries()) {
      const value = this.#numbers[slot];
      if (value !== undefined && !Number.isNaN(value)) values[field] = value;
    }
    for (const [slot, field] of TEXT_QUOTE_FIELDS.entries()) {
      const value = this.#texts[slot];
      if (value !== undefined && value !== '') values[field] = value;
    }
    return values;
  }

  /** When each of the values was received. */
  times(): FieldTimes {
    const times: Writable<FieldTimes> = { ...this.#decodedTimes };
    for (const [slot, field] of NUMERIC_QUOTE_FIELDS.entries()) if (this.has(slot)) times[field] = this.#numberTimes[slot] ?? 0;
    for (const [slot, field] of TEXT_QUOTE_FIELDS.entries()) if (this.#texts[slot] !== '') times[field] = this.#textTimes[slot] ?? 0;
    return times;
  }
}
