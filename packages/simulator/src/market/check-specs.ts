import { UsageError } from '@ibkit/error-codes';
import type { InstrumentSpec } from './instrument-spec.js';

const SEC_TYPES: ReadonlySet<string> = new Set<InstrumentSpec['secType']>(['STK', 'IND', 'FUT', 'CASH', 'CRYPTO', 'BOND', 'CFD']);
const SHOWS: ReadonlySet<string> = new Set(['all', 'quotes', 'trades']);
const SYMBOL = /^[A-Z0-9][A-Z0-9.\- ]{0,11}$/;
const WORD = /^[A-Z0-9.]{1,16}$/;
const PRINTABLE = /^[\x20-\x7e]{1,100}$/;
const DAY = /^\d{4}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/;
const MONTH = /^\d{4}(0[1-9]|1[0-2])$/;
const MAX_CON_ID = 539_999_999;
const MIN_TICK = 0.00000001;
const MAX_TICK = 20;
const MOST_CHAINS = 10;
/** Class names that are left for users. */
const MOST_OTHER_CHAINS = 4;
const WITH_CHAINS: ReadonlySet<string> = new Set<InstrumentSpec['secType']>(['STK', 'IND', 'FUT']);

function refuse(index: number, field: string, rule: string, value?: unknown): never {
  throw new UsageError({ field: `instruments[${index}].${field}`, rule, ...(value === undefined ? {} : { value }) });
}

type NumberField = 'price' | 'volatility' | 'multiplier' | 'sizeIncrement' | 'lot' | 'minTick' | 'conId';

function checkNumbers(spec: InstrumentSpec, index: number): void {
  const above0: readonly NumberField[] = ['price', 'volatility', 'multiplier', 'sizeIncrement', 'lot', 'minTick', 'conId'];
  for (const field of above0) {
    const value = spec[field];
    if (value !== undefined && (!Number.isFinite(value) || value <= 0)) refuse(index, field, 'must be a number above 0', value);
  }
  const { conId, minTick } = spec;
  if (conId !== undefined && (!Number.isInteger(conId) || conId > MAX_CON_ID)) refuse(index, 'conId', `must be an integer from 1 to ${MAX_CON_ID}`, conId);
  if (minTick !== undefined && (minTick < MIN_TICK || minTick > MAX_TICK)) refuse(index, 'minTick', `must be from ${MIN_TICK} to ${MAX_TICK}`, minTick);
}

function checkTexts(spec: InstrumentSpec, index: number): void {
  if (!SYMBOL.test(spec.symbol)) refuse(index, 'symbol', 'must be 1 to 12 capital letters, digits, dots, dashes or spaces', spec.symbol);
  if (!SEC_TYPES.has(spec.secType)) refuse(index, 'secType', `must be one of ${[...SEC_TYPES].join(', ')}`, spec.secType);
  for (const field of ['currency', 'exchange', 'primaryExch'] as const) {
    const value = spec[field];
    if (value !== undefined && !WORD.test(value)) refuse(index, field, 'must be capital letters and digits', value);
  }
  for (const field of ['localSymbol', 'tradingClass', 'longName', 'industry', 'category', 'subcategory'] as const) {
    const value = spec[field];
    if (value !== undefined && !PRINTABLE.test(value)) refuse(index, field, 'must be 1 to 100 printable ASCII characters', value);
  }
  if (spec.shows !== undefined && !SHOWS.has(spec.shows)) refuse(index, 'shows', "must be 'all', 'quotes' or 'trades'", spec.shows);
  if (spec.timeZoneId !== undefined && !isZone(spec.timeZoneId)) refuse(index, 'timeZoneId', 'must be an IANA time zone', spec.timeZoneId);
}

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== '';
  } catch {
    return false;
  }
}

function checkKind(spec: InstrumentSpec, index: number): void {
  const { secType, expiry, contractMonth, multiplier, bond, follows, price } = spec;
  if (secType === 'FUT' && (expiry === undefined || multiplier === undefined)) refuse(index, 'expiry', 'and multiplier must be given for a future');
  if (expiry !== undefined && !DAY.test(expiry)) refuse(index, 'expiry', 'must be YYYYMMDD', expiry);
  if (contractMonth !== undefined && !MONTH.test(contractMonth)) refuse(index, 'contractMonth', 'must be YYYYMM', contractMonth);
  if (secType === 'BOND' && bond === undefined) refuse(index, 'bond', 'must be given for a bond');
  if (bond !== undefined && !(WORD.test(bond.cusip) && DAY.test(bond.maturity) && DAY.test(bond.issueDate) && bond.coupon >= 0)) {
    refuse(index, 'bond', 'must have a cusip of capital letters and digits, maturity and issueDate as YYYYMMDD, and a coupon of at least 0');
  }
  if (secType === 'CFD' && follows === undefined) refuse(index, 'follows', 'must name the underlying of a CFD');
  if (spec.options === true && !WITH_CHAINS.has(secType)) refuse(index, 'options', 'is for stocks, indexes and futures', true);
  if (secType === 'STK' && follows !== undefined) refuse(index, 'follows', 'is not for stocks: they have a price of their own');
  if (follows === undefined ? price === undefined : price !== undefined) refuse(index, 'price', 'or follows must be given, and not both', price);
  if (follows !== undefined) checkFollows(follows, index);
}

function checkFollows({ conId, ratio, power = 1, carry = 0 }: NonNullable<InstrumentSpec['follows']>, index: number): void {
  if (!Number.isInteger(conId) || conId <= 0) refuse(index, 'follows.conId', 'must be a conId', conId);
  if (!Number.isFinite(ratio) || ratio <= 0) refuse(index, 'follows.ratio', 'must be a number above 0', ratio);
  if (!Number.isFinite(power) || power === 0) refuse(index, 'follows.power', 'must be a number other than 0', power);
  if (!Number.isFinite(carry)) refuse(index, 'follows.carry', 'must be a number', carry);
}

/**
 * Checks the instruments that a user lists.
 * @throws UsageError that names the entry, the field and the rule.
 */
export function checkSpecs(specs: readonly InstrumentSpec[]): readonly InstrumentSpec[] {
  specs.forEach((spec, index) => {
    checkTexts(spec, index);
    checkNumbers(spec, index);
    checkKind(spec, index);
  });
  const chains = specs.filter(({ options }) => options === true);
  if (chains.filter(({ secType }) => secType === 'STK').length > MOST_CHAINS - 2) {
    throw new UsageError({ field: 'instruments', rule: `must ask for at most ${MOST_CHAINS - 2} option chains` });
  }
  if (chains.filter(({ secType }) => secType !== 'STK').length > MOST_OTHER_CHAINS) {
    throw new UsageError({ field: 'instruments', rule: `must ask for at most ${MOST_OTHER_CHAINS} option chains on indexes and futures` });
  }
  return specs;
}
