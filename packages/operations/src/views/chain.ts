import type { ApiChain, ApiChainRow } from '@ibkit/api-contract';
import type { OptionChainRow, OptionChainSnapshot } from '@ibkit/market-data';
import { contractView } from './contract.js';
import { finite, known } from './known.js';
import { greeksView } from './quote.js';

/** One option of a chain. */
export function chainRowView(row: OptionChainRow): ApiChainRow {
  const { conId, expiry, strike, right, tradingClass, mode, complete, missing, incompleteReason, stale, staleReason, readAtMs } = row;
  return known({
    conId, expiry, strike, right, tradingClass,
    bid: finite(row.bid), bidSize: finite(row.bidSize), ask: finite(row.ask), askSize: finite(row.askSize), last: finite(row.last), volume: finite(row.volume), openInterest: finite(row.openInterest),
    greeks: row.greeks === undefined ? undefined : greeksView(row.greeks),
    mode, complete, missing: [...missing], incompleteReason, stale, staleReason, readAtMs,
  }); // prettier-ignore
}

/** A chain that was read once. */
export function chainView({ underlying, rows, complete, partial, startedAtMs, endedAtMs }: OptionChainSnapshot): ApiChain {
  return known({
    underlying: known({ contract: contractView(underlying.contract), price: finite(underlying.price), mode: underlying.mode, stale: underlying.stale }),
    expiries: [...new Set(rows.map(({ expiry }) => expiry))],
    rows: rows.map(chainRowView),
    complete,
    partial: partial === undefined ? undefined : { reason: partial.message, missing: partial.missing.length },
    startedAtMs,
    endedAtMs,
  });
}
