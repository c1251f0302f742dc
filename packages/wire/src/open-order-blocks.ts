import { orderLegs } from './contract-layouts.js';
import { nested, optional, since, until, when } from './layout.js';
import {
  answerConditions,
  answerFlag,
  answerPegBench,
  answerScale,
  competeAgainstBestOffset,
  orderComboLegs,
  tagValues,
} from './order-layouts.js';
import { UNSET_INT, lineOrUnset, lineText, number, quantity, unsettableInteger } from './scalar.js';

// Open and completed orders share most of their fields, in blocks that follow each other in different order.

/** Action to time in force and on to the order reference: the same in open and completed orders. */
export const orderHead = [
  optional('action', lineOrUnset),
  optional('totalQuantity', quantity),
  optional('orderType', lineOrUnset),
  optional('lmtPrice', number),
  optional('auxPrice', number),
  optional('tif', lineOrUnset),
  optional('ocaGroup', lineOrUnset),
  optional('account', lineOrUnset),
  optional('openClose', lineOrUnset),
  optional('origin', unsettableInteger, '0'),
  optional('orderRef', lineOrUnset),
] as const;

export const schedule = [answerFlag('outsideRth'), answerFlag('hidden'), optional('discretionaryAmt', number, '0'), optional('goodAfterTime', lineOrUnset)] as const;

export const allocation = [
  optional('faGroup', lineOrUnset),
  optional('faMethod', lineOrUnset),
  optional('faPercentage', lineOrUnset),
  until(177, optional('faProfile', lineOrUnset)),
  optional('modelCode', lineOrUnset),
  optional('goodTillDate', lineOrUnset),
  optional('rule80A', lineOrUnset),
  optional('percentOffset', number),
  optional('settlingFirm', lineOrUnset),
  optional('shortSaleSlot', unsettableInteger, '0'),
  optional('designatedLocation', lineOrUnset),
  optional('exemptCode', unsettableInteger, '-1'),
] as const;

export const boxAndRange = [
  optional('startingPrice', number),
  optional('stockRefPrice', number),
  optional('delta', number),
  optional('stockRangeLower', number),
  optional('stockRangeUpper', number),
  optional('displaySize', unsettableInteger, UNSET_INT),
] as const;

export const volatility = [
  optional('volatility', number),
  optional('volatilityType', unsettableInteger, '0'),
  optional('deltaNeutralOrderType', lineOrUnset),
  optional('deltaNeutralAuxPrice', number),
] as const;

export const deltaNeutralShort = [
  answerFlag('deltaNeutralShortSale'),
  optional('deltaNeutralShortSaleSlot', unsettableInteger, '0'),
  optional('deltaNeutralDesignatedLocation', lineOrUnset),
] as const;

export const trail = [
  optional('continuousUpdate', unsettableInteger, '0'),
  optional('referencePriceType', unsettableInteger, '0'),
  optional('trailStopPrice', number),
  optional('trailingPercent', number),
] as const;

export const legs = nested('contract', optional('comboLegsDescription', lineOrUnset), orderLegs);

export const legPricesToHedge = [
  orderComboLegs,
  tagValues('smartComboRoutingParams', lineText),
  optional('scaleInitLevelSize', unsettableInteger, UNSET_INT),
  optional('scaleSubsLevelSize', unsettableInteger, UNSET_INT),
  optional('scalePriceIncrement', number),
  when('scalePriceIncrement', 'positive', ...answerScale),
  optional('hedgeType', lineOrUnset),
  when('hedgeType', 'set', optional('hedgeParam', lineOrUnset)),
] as const;

export const clearing = [optional('clearingAccount', lineOrUnset), optional('clearingIntent', lineOrUnset), answerFlag('notHeld')] as const;

export const algo = [optional('algoStrategy', lineOrUnset), when('algoStrategy', 'set', tagValues('algoParams', lineText)), answerFlag('solicited')] as const;

export const randomizeToConditions = [
  answerFlag('randomizeSize'),
  answerFlag('randomizePrice'),
  answerPegBench,
  ...answerConditions,
] as const;

/** TWS API: in answers all five are always there, unlike in placeOrder. */
export const pegOffsets = since(
  170,
  optional('minTradeQty', unsettableInteger),
  optional('minCompeteSize', unsettableInteger),
  competeAgainstBestOffset,
  optional('midOffsetAtWhole', number),
  optional('midOffsetAtHalf', number),
);

export const customer = [since(183, optional('customerAccount', lineOrUnset)), since(184, answerFlag('professionalCustomer'))] as const;
