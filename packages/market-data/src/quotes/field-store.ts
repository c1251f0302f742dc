import { NUMERIC_QUOTE_FIELDS, TEXT_QUOTE_FIELDS } from './quote.js';
import type { DecodedQuoteFields, NumericQuoteField, QuoteField, TextQuoteField } from './quote.js';
import { NUMBER_WRITERS, TEXT_WRITERS, TIME_WRITERS, writeDecoded } from './quote-writers.js';
import type { Writable } from './quote-writers.js';

/** The fields of a quote that have a value. */
export type FieldValues = Readonly<Partial<Record<NumericQuoteField, number | undefined>>> & Readonly<Partial<Record<TextQuoteField, string | undefined>>> & DecodedQuoteFields;

/** When the fields of a quote were received, epoch milliseconds. */
export type FieldTimes = Readonly<Partial<Record<QuoteField, number>>>;

const SLOTS: ReadonlyMap<string, number> = new Map(NUMERIC_QUOTE_FIELDS.map((field, slot) => [field, slot]));
const TEXT_SLOTS: ReadonlyMap<string, number> = new Map(TEXT_QUOTE_FIELDS.map((field, slot) => [field, slot]));

const DECODED_FIELDS: readonly (keyof DecodedQuoteFields)[] = ['halted', 'haltReason', 'shortability', 'rtVolume', 'rtTradeVolume', 'dividends', 'fundamentalRatios'];

const NUMBER_COUNT = NUMERIC_QUOTE_FIELDS.length;
const TEXT_COUNT = TEXT_QUOTE_FIELDS.length;
const NUMBERS = NUMERIC_QUOTE_FIELDS.map((field) => NUMBER_WRITERS[field]);
const NUMBER_TIMES = NUMERIC_QUOTE_FIELDS.map((field) => TIME_WRITERS[field]);
const TEXTS = TEXT_QUOTE_FIELDS.map((field) => TEXT_WRITERS[field]);
const TEXT_TIMES = TEXT_QUOTE_FIELDS.map((field) => TIME_WRITERS[field]);

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
  readonly #numbers = new Float64Array(NUMBER_COUNT).fill(Number.NaN);
  readonly #numberTimes = new Float64Array(NUMBER_COUNT);
  /** The empty text is "none". */
  readonly #texts: string[] = TEXT_QUOTE_FIELDS.map(() => '');
  readonly #textTimes = new Float64Array(TEXT_COUNT);
  #decoded: DecodedQuoteFields = {};
  #decodedTimes: FieldTimes = {};
  #decodedFields: readonly (keyof DecodedQuoteFields)[] = [];

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
    this.#decodedFields = DECODED_FIELDS.filter((field) => times[field] !== undefined);
  }

  /** Forgets everything. */
  clear(): void {
    this.#numbers.fill(Number.NaN);
    this.#texts.fill('');
    this.#decoded = {};
    this.#decodedTimes = {};
    this.#decodedFields = [];
  }

  /** Writes everything that has a value into a quote, and when it was received. */
  write(quote: Writable<FieldValues>, times: Writable<FieldTimes>): void {
    for (let slot = 0; slot < NUMBER_COUNT; slot += 1) {
      const value = this.#numbers[slot];
      if (value === undefined || Number.isNaN(value)) continue;
      NUMBERS[slot]?.(quote, value);
      NUMBER_TIMES[slot]?.(times, this.#numberTimes[slot] ?? 0);
    }
    for (let slot = 0; slot < TEXT_COUNT; slot += 1) {
      const value = this.#texts[slot];
      if (value === undefined || value === '') continue;
      TEXTS[slot]?.(quote, value);
      TEXT_TIMES[slot]?.(times, this.#textTimes[slot] ?? 0);
    }
    writeDecoded(quote, this.#decoded);
    for (const field of this.#decodedFields) TIME_WRITERS[field](times, this.#decodedTimes[field] ?? 0);
  }
}
