import type { TickFile } from './arrange-rows.js';
import { NO_EXCHANGE } from './exchange-codes.js';
import type { OptionUniverse } from './option-universe.js';
import { REGULAR_OPEN_MS } from './row-rules.js';
import { regularSessionOf } from './spot-path.js';

const MOST_TRADES = 390;

/**
 * Trades of the underlyings of chains of which there are no rows: straight from the open to the close of the universe's own line through the regular session, with its volume, so that
 * a chain can be played without further files.
 */
export function underlyingTrades(universes: readonly OptionUniverse[], ticks: readonly TickFile[]): readonly TickFile[] {
  return universes
    .filter(({ symbol, date }) => !ticks.some(({ columns }) => columns.symbol === symbol && columns.date === date))
    .map(({ symbol, date, underlying: { open, close, volume } }) => {
      const length = Math.max(2, Math.min(MOST_TRADES, volume));
      const total = Math.max(length, volume);
      const share = Math.floor(total / length);
      const at = Array.from({ length }, (_, index) => index / (length - 1));
      const session = regularSessionOf(date);
      const lastMs = session.endMs - 1 - session.startMs;
      return {
        path: `the underlying of the option universe of ${symbol}`,
        columns: {
          kind: 'trade',
          symbol,
          date,
          length,
          msOfDay: Uint32Array.from(at, (part) => REGULAR_OPEN_MS + Math.floor(part * lastMs)),
          price: Float64Array.from(at, (part) => Math.round((open + (close - open) * part) * 100) / 100),
          size: Float64Array.from(at, (_, index) => (index === length - 1 ? total - share * (length - 1) : share)),
          exchange: new Uint8Array(length).fill(NO_EXCHANGE),
          conditions: new Uint32Array(length),
          suspicious: new Uint8Array(length),
        },
      };
    });
}
