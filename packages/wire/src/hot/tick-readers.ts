import type { TickByTick, TickGeneric, TickOptionComputation, TickPrice, TickSize, TickString } from '../market-data-messages.js';
import type { ByteCursor } from './byte-cursor.js';

/** The first version of tickPrice that has a size and attributes; older ones have other fields for some clients. */
const TICK_PRICE_VERSION = 3;

export function readTickPrice(cursor: ByteCursor): TickPrice | undefined {
  const version = cursor.digit();
  const reqId = cursor.integer();
  const tickType = cursor.integer();
  const price = cursor.number();
  const size = cursor.quantity();
  const attrMask = cursor.integer();
  return version >= TICK_PRICE_VERSION && cursor.done() ? { type: 'tickPrice', reqId, tickType, price, size, attrMask } : undefined;
}

export function readTickSize(cursor: ByteCursor): TickSize | undefined {
  cursor.skip();
  const reqId = cursor.integer();
  const tickType = cursor.integer();
  const size = cursor.quantity();
  return cursor.done() ? { type: 'tickSize', reqId, tickType, size } : undefined;
}

export function readTickOptionComputation(cursor: ByteCursor): TickOptionComputation | undefined {
  const reqId = cursor.integer();
  const tickType = cursor.integer();
  const tickAttrib = cursor.integer();
  const impliedVol = cursor.numberUnless(-1);
  const delta = cursor.numberUnless(-2);
  const optPrice = cursor.numberUnless(-1);
  const pvDividend = cursor.numberUnless(-1);
  const gamma = cursor.numberUnless(-2);
  const vega = cursor.numberUnless(-2);
  const theta = cursor.numberUnless(-2);
  const undPrice = cursor.numberUnless(-1);
  if (!cursor.done()) return undefined;
  return { type: 'tickOptionComputation', reqId, tickType, tickAttrib, impliedVol, delta, optPrice, pvDividend, gamma, vega, theta, undPrice };
}

export function readTickGeneric(cursor: ByteCursor): TickGeneric | undefined {
  cursor.skip();
  const reqId = cursor.integer();
  const tickType = cursor.integer();
  const value = cursor.numberOrUnset();
  return cursor.done() ? { type: 'tickGeneric', reqId, tickType, value } : undefined;
}

export function readTickString(cursor: ByteCursor): TickString | undefined {
  cursor.skip();
  const reqId = cursor.integer();
  const tickType = cursor.integer();
  const value = cursor.text();
  return cursor.done() ? { type: 'tickString', reqId, tickType, value } : undefined;
}

export function readTickByTick(cursor: ByteCursor): TickByTick | undefined {
  const reqId = cursor.integer();
  const kind = cursor.digit();
  const time = cursor.canonicalInteger();
  switch (kind) {
    case 1:
    case 2: {
      const price = cursor.number();
      const size = cursor.number();
      const mask = cursor.integer();
      const exchange = cursor.text();
      const specialConditions = cursor.text();
      if (!cursor.done()) return undefined;
      return { type: 'tickByTick', reqId, kind: kind === 1 ? 'Last' : 'AllLast', time, price, size, mask, exchange, specialConditions };
    }
    case 3: {
      const bidPrice = cursor.number();
      const askPrice = cursor.number();
      const bidSize = cursor.number();
      const askSize = cursor.number();
      const mask = cursor.integer();
      return cursor.done() ? { type: 'tickByTick', reqId, kind: 'BidAsk', time, bidPrice, askPrice, bidSize, askSize, mask } : undefined;
    }
    case 4: {
      const midPoint = cursor.number();
      return cursor.done() ? { type: 'tickByTick', reqId, kind: 'MidPoint', time, midPoint } : undefined;
    }
    default:
      return undefined;
  }
}
