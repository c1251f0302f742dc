import type { ServerMessageOf } from '@ibkit/wire';
import type { EfpQuote } from './quote.js';
import { tickNumber } from './tick-texts.js';

/** Reads an exchange for physical. TWS API: tickEFP. */
export function efpQuote(message: ServerMessageOf<'tickEFP'>, atMs: number): EfpQuote {
  return Object.freeze({
    basisPoints: tickNumber(message.basisPoints),
    impliedFuturesPrice: tickNumber(message.impliedFuturesPrice),
    holdDays: message.holdDays,
    futureLastTradeDate: message.futureLastTradeDate.replace(/^(\d{4})(\d{2})(\d{2})$/u, '$1-$2-$3'),
    dividendImpact: tickNumber(message.dividendImpact),
    dividendsToLastTradeDate: tickNumber(message.dividendsToLastTradeDate),
    atMs,
  });
}
