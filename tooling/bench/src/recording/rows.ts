import { seededRandom } from '@ibkit/clock';
import type { QuoteRow, TradeRow } from '@ibkit/recording';

/** What is recorded: trades and quotes, as a feed of stocks gives them. */
export type Tick = Omit<TradeRow, 'seq'> | Omit<QuoteRow, 'seq'>;

const SYMBOLS = ['SPY', 'QQQ', 'AAPL', 'MSFT', 'NVDA', 'TSLA', 'AMZN', 'META', 'GOOGL', 'AMD', 'IWM', 'JPM', 'XOM', 'KO', 'PFE', 'F', 'T', 'BAC', 'INTC', 'DIS'];
const EXCHANGES = ['ARCA', 'ISLAND', 'NYSE', 'BATS', 'IEX', 'FINRA', 'EDGEA', 'MEMX'];
const START_MS = Date.UTC(2024, 0, 2, 14, 30);

/** Two trades in five rows, on twenty symbols whose prices wander by cents; the same rows for the same count. */
export function makeTicks(count: number): readonly Tick[] {
  const random = seededRandom(7);
  const whole = (below: number): number => Math.floor(random.next() * below);
  const cents = SYMBOLS.map(() => 5_000 + whole(50_000));
  let atMs = START_MS;
  return Array.from({ length: count }, () => {
    const which = whole(SYMBOLS.length);
    const symbol = SYMBOLS[which] ?? '';
    const conId = 265_598 + which * 1_017;
    atMs += whole(3);
    const price = (cents[which] ?? 0) + whole(5) - 2;
    cents[which] = price;
    const base = { symbol, conId, time: Math.floor(atMs / 1_000) * 1_000, receivedAtMs: atMs };
    if (random.next() < 0.4) {
      return { type: 'trade', ...base, price: price / 100, size: 1 + whole(500), exchange: EXCHANGES[whole(EXCHANGES.length)] ?? '', conditions: '', pastLimit: false, unreported: false };
    }
    return { type: 'quote', ...base, bid: (price - 1) / 100, ask: (price + 1) / 100, bidSize: 100 * (1 + whole(20)), askSize: 100 * (1 + whole(20)) };
  });
}
