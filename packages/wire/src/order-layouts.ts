import { optional, optionalList, required, when } from './layout.js';
import { asciiOrUnset, asciiText, coded, flag, integer, lineOrUnset, lineText, number, numberOrInfinity, unsettableInteger, word } from './scalar.js';
import type { ListField, ScalarField } from './layout.js';
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
export function tagValues<K extends string>(
  key: K,
  text: Scalar<string>,
): ListField<K, ScalarField<'tag', string> | ScalarField<'value', string>> {
  return optionalList(key, required('tag', text), required('value', text));
}

/** The prices of the legs. */
export const orderComboLegs = optionalList('orderComboLegs', optional('price', number));

function scaleDetails(asFlag: FlagField) {
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

function pegBench(asFlag: FlagField, text: Scalar<string>) {
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

const conjunctions = word('a', 'o');

/** Some servers write the letters in upper case. */
const conjunction: Scalar<'a' | 'o'> = { ...conjunctions, decode: (text) => conjunctions.decode(text.toLowerCase()) };

function conditions(asFlag: FlagField, text: Scalar<string>) {
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

/** The seven fields of a scale order that follow its price increment. */
export const requestScale = scaleDetails(requestFlag);
/** The same in answers. */
export const answerScale = scaleDetails(answerFlag);

/** The five fields of a pegged-to-benchmark order. */
export const requestPegBench = pegBench(requestFlag, asciiOrUnset);
/** The same in answers. */
export const answerPegBench = pegBench(answerFlag, lineOrUnset);

/** The conditions of an order and, when there are any, how they work. */
export const requestConditions = conditions(requestFlag, asciiText);
/** The same in answers. */
export const answerConditions = conditions(answerFlag, lineText);

/** How far a PEG BEST order competes. */
export const competeAgainstBestOffset = optional('competeAgainstBestOffset', numberOrInfinity);
