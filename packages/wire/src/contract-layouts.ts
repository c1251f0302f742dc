import { flagged, optional, optionalList, required, when } from './layout.js';
import { asciiOrUnset, integer, lineOrUnset, nonZeroInteger, nonZeroNumber, number, optionRight, unsettableInteger } from './scalar.js';

// Requests leave unset fields empty. Answers spell them as TWS does: some clients decode by signature and end at an empty number.

/** conId alone, in requests. */
export const clientConId = optional('conId', nonZeroInteger);

/** conId alone, in answers. */
export const serverConId = optional('conId', nonZeroInteger, '0');

const clientHead = [
  optional('symbol', asciiOrUnset),
  optional('secType', asciiOrUnset),
  optional('lastTradeDateOrContractMonth', asciiOrUnset),
  optional('strike', nonZeroNumber),
  optional('right', optionRight),
  optional('multiplier', asciiOrUnset),
  optional('exchange', asciiOrUnset),
] as const;

const clientTail = [optional('currency', asciiOrUnset), optional('localSymbol', asciiOrUnset), optional('tradingClass', asciiOrUnset)] as const;

/** The twelve fields of a contract in most requests: conId to tradingClass. */
export const clientContract = [clientConId, ...clientHead, optional('primaryExch', asciiOrUnset), ...clientTail] as const;

/** The same without the primary exchange: option exercise. */
export const clientContractNoPrimary = [clientConId, ...clientHead, ...clientTail] as const;

/** Symbol to right, in answers. */
export const serverInstrument = [
  optional('symbol', lineOrUnset),
  optional('secType', lineOrUnset),
  optional('lastTradeDateOrContractMonth', lineOrUnset),
  optional('strike', nonZeroNumber, '0'),
  optional('right', optionRight),
] as const;

/** The eleven fields of a contract in most answers: without the primary exchange. */
export const serverContract = [
  serverConId,
  ...serverInstrument,
  optional('multiplier', lineOrUnset),
  optional('exchange', lineOrUnset),
  optional('currency', lineOrUnset),
  optional('localSymbol', lineOrUnset),
  optional('tradingClass', lineOrUnset),
] as const;

/** The legs of a BAG in data requests: for other contracts not even the count is there. */
export const clientLegs = when(
  'secType',
  ['BAG'],
  optionalList(
    'comboLegs',
    clientConId,
    optional('ratio', unsettableInteger),
    optional('action', asciiOrUnset),
    optional('exchange', asciiOrUnset),
  ),
);

/** The legs with what orders say about them; the count is always there. */
export const orderLegs = optionalList(
  'comboLegs',
  clientConId,
  optional('ratio', unsettableInteger),
  optional('action', asciiOrUnset),
  optional('exchange', asciiOrUnset),
  optional('openClose', unsettableInteger),
  optional('shortSaleSlot', unsettableInteger),
  optional('designatedLocation', asciiOrUnset),
  optional('exemptCode', unsettableInteger),
);

/** A flag and the underlying of a delta-neutral combination. */
export const deltaNeutralContract = flagged('deltaNeutralContract', required('conId', integer), required('delta', number), required('price', number));

