import { comboQuote } from '../brokerage/combo.js';
import type { Combo } from '../brokerage/combo.js';
import type { Instrument } from '../market/instrument.js';
import type { Market } from '../market/market.js';
import { isOpen } from '../market/trading-hours.js';

/** What a market data line sees of the market. */
export type LineMarket = Pick<Market, 'clock' | 'quote' | 'watch' | 'halted' | 'optionModel'>;

/** Whether the exchanges of all instruments are open: always in a market that trades round the clock. */
export function areOpen({ sessions, clock }: Market, instruments: readonly Instrument[]): boolean {
  return sessions === 'always' || instruments.every((instrument) => isOpen(instrument, clock.now()));
}

/** The market of a combination: what buying or selling its legs at once would give. It has no trades of its own. */
export function comboMarket(market: Market, combo: Combo): LineMarket {
  const legs = combo.legs.map(({ instrument }) => instrument.conId);
  return {
    clock: market.clock,
    quote: () => comboQuote(combo, (conId) => market.quote(conId)),
    watch: (_conId, listener) => {
      const stops = legs.map((conId) => market.watch(conId, listener));
      return () => {
        for (const stop of stops) stop();
      };
    },
    halted: () => legs.some((conId) => market.halted(conId)),
    optionModel: () => undefined,
  };
}

/** A market in which nobody quotes while an exchange is closed: what live data shows. */
export function liveMarket(market: Market, seen: LineMarket, instruments: readonly Instrument[]): LineMarket {
  if (market.sessions === 'always') return seen;
  return {
    clock: seen.clock,
    quote: (conId) => {
      const quote = seen.quote(conId);
      return areOpen(market, instruments) ? quote : { ...quote, bid: undefined, ask: undefined, bidSize: undefined, askSize: undefined };
    },
    watch: (conId, listener) => seen.watch(conId, listener),
    halted: (conId) => seen.halted(conId),
    optionModel: (conId, basis) => (areOpen(market, instruments) || basis === 'model' || basis === 'last' ? seen.optionModel(conId, basis) : undefined),
  };
}
