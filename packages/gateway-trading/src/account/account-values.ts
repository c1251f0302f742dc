import type { AccountValue } from './account-data.js';

/**
 * The part of an account that a value is about. The broker writes it behind the name: `NetLiquidation-S` is the securities segment,
 * `-C` commodities, `-P` the one for coins; without a suffix it is the whole account (TWS API: updateAccountValue).
 */
export type AccountSegment = 'total' | 'securities' | 'commodities' | 'crypto';

/** One value of an account, with the part of the account that it is about. */
export interface SegmentedValue extends AccountValue {
  readonly segment: AccountSegment;
}

/** All values of an account. */
export interface AccountValues {
  readonly account: string;
  /** The model portfolio, when they are about one. */
  readonly model?: string | undefined;
  readonly values: readonly SegmentedValue[];
  /** False while the broker resets its servers: then no value is to be trusted (TWS API: AccountReady). */
  readonly ready: boolean;
}

/** Which of the values of a tag. */
export interface AmountQuery {
  /** `USD`, or `BASE` for totals in the base currency. @defaultValue the only currency that there is, else `BASE` */
  readonly currency?: string | undefined;
  /** @defaultValue 'total' */
  readonly segment?: AccountSegment | undefined;
}

const SEGMENT_OF: ReadonlyMap<string, AccountSegment> = new Map([
  ['S', 'securities'],
  ['C', 'commodities'],
  ['P', 'crypto'],
]);
const SEGMENTED_TAG = /^(.+)-([SCP])$/u;

/** The name without the suffix of its segment, and the segment. */
export function segmentOf(key: string): { readonly tag: string; readonly segment: AccountSegment } {
  const [, tag, suffix] = SEGMENTED_TAG.exec(key) ?? [];
  const segment = suffix === undefined ? undefined : SEGMENT_OF.get(suffix);
  return tag === undefined || segment === undefined ? { tag: key, segment: 'total' } : { tag, segment };
}

/** One value as it was written. */
export function accountValueOf({ tag, value, currency }: { readonly tag: string; readonly value: string; readonly currency: string }): AccountValue {
  const amount = value.trim() === '' ? Number.NaN : Number(value);
  return {
    tag,
    value,
    ...(Number.isFinite(amount) && Math.abs(amount) < Number.MAX_VALUE ? { amount } : {}),
    ...(currency === '' ? {} : { currency }),
  };
}

/** One value with its segment. */
export function segmentedValueOf(row: { readonly key: string; readonly value: string; readonly currency: string }): SegmentedValue {
  const { tag, segment } = segmentOf(row.key);
  return { ...accountValueOf({ ...row, tag }), segment };
}

/** The value of a tag, such as `NetLiquidation`; `undefined` when it was not told, or when several currencies have it and none was named. */
export function accountValueFor(values: readonly (AccountValue & { readonly segment?: AccountSegment | undefined })[], tag: string, query: AmountQuery = {}): AccountValue | undefined {
  const segment = query.segment ?? 'total';
  const found = values.filter((value) => value.tag === tag && (value.segment ?? 'total') === segment);
  if (query.currency !== undefined) return found.find(({ currency }) => currency === query.currency);
  const own = found.filter(({ currency }) => currency !== 'BASE');
  return own.length === 1 ? own[0] : found.find(({ currency }) => currency === 'BASE');
}

/** The rows of one account, the last word on each counts. */
export class ValueRows {
  readonly #rows = new Map<string, SegmentedValue>();

  put(row: { readonly key: string; readonly value: string; readonly currency: string }): void {
    this.#rows.set(`${row.key}/${row.currency}`, segmentedValueOf(row));
  }

  get size(): number {
    return this.#rows.size;
  }

  get values(): readonly SegmentedValue[] {
    return [...this.#rows.values()];
  }

  /** TWS API: AccountReady is false while the servers are reset. */
  get ready(): boolean {
    return this.#rows.get('AccountReady/')?.value !== 'false';
  }
}
