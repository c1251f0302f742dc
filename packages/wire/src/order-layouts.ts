import { optional, optionalList, required, when } from './layout.js';
import { coded, flag, integer, number, numberOrInfinity, unsettableInteger } from './scalar.js';
import type { ScalarField } from './layout.js';
import type { Scalar } from './scalar.js';

// Requests and answers carry many of the same blocks. Answers spell an unset flag as 0, as TWS does; requests leave it empty.

/** The order types that carry the fields of a pegged-to-benchmark order. */
const PEG_BENCH = ['PEG BENCH', 'PEGBENCH'];
/** The order types that carry the fields of a pegged-to-best order. */
export const PEG_BEST = ['PEG BEST', 'PEGBEST'];
/** The order types that carry midpoint offsets. */
export const PEG_MID = ['PEG MID', 'PEGMID'];

/** How one side writes a flag. */
export type FlagField = <K extends string>(key: K) => ScalarField<K, boolean>;

/** A flag of an answer: unset is 0. */
export const answerFlag: FlagField = (key) => optional(key, flag, '0');

/** A flag of a request: unset is empty. */
export const requestFlag: FlagField = (key) => optional(key, flag);

/** A list of tags and values, each in a field of its own. */
export function tagValues<K extends string>(key: K, text: Scalar<string>) {
  return optionalList(key, required('tag', text), required('value', text));
}

/** The prices of the legs. */
export const orderComboLegs = optionalList('orderComboLegs', optional('price', number));

/** The seven fields of a scale order that follow its price increment. */
export function scaleDetails(asFlag: FlagField) {
  return [
    optional('scalePriceAdjustValue', number),
    optional('scalePriceAdjustInterval', unsettableInteger),
    optional('scaleProfitOffset', number),
    asFlag('scaleAutoReset'),
    optional('scaleInitPosition', unsettableInteger),
    optional('scaleInitFillQty', unsettableInteger),
    asFlag('scaleRandomPercent'),
  ] as const;
}

/** The five fields of a pegged-to-benchmark order. */
export function pegBench(asFlag: FlagField, text: Scalar<string>) {
  return when(
    'orderType',
    PEG_BENCH,
    optional('referenceContractId', unsettableInteger),
    asFlag('isPeggedChangeAmountDecrease'),
    optional('peggedChangeAmount', number),
    optional('referenceChangeAmount', number),
    optional('referenceExchangeId', text),
  );
}

const CONDITION_CODES = { price: '1', time: '3', margin: '4', execution: '5', volume: '6', percentChange: '7' } as const;

const conjunction: Scalar<'a' | 'o'> = {
  rule: 'must be a (and) or o (or)',
  decode: (text) => conjunctions.decode(text.toLowerCase()),
  encode: (value) => conjunctions.encode(value),
};
const conjunctions = coded({ a: 'a', o: 'o' });

/** The conditions of an order and, when there are any, how they work. */
export function conditions(asFlag: FlagField, text: Scalar<string>) {
  return [
    optionalList(
      'conditions',
      required('type', coded(CONDITION_CODES)),
      required('conjunctionConnection', conjunction),
      when('type', ['price', 'time', 'margin', 'volume', 'percentChange'], required('isMore', flag)),
      when('type', ['price'], required('price', number)),
      when('type', ['time'], required('time', text)),
      when('type', ['margin'], required('percent', number)),
      when('type', ['execution'], required('secType', text), required('exchange', text), required('symbol', text)),
      when('type', ['volume'], required('volume', number)),
      when('type', ['percentChange'], required('percentChange', number)),
      when('type', ['price', 'volume', 'percentChange'], required('conId', integer), required('exchange', text)),
      when('type', ['price'], required('triggerMethod', integer)),
    ),
    when('conditions', 'set', asFlag('conditionsIgnoreRth'), asFlag('conditionsCancelOrder')),
  ] as const;
}

/** How far a PEG BEST order competes. */
export const competeAgainstBestOffset = optional('competeAgainstBestOffset', numberOrInfinity);
