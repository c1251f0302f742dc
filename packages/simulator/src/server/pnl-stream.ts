import type { Timer } from '@ibkit/clock';
import type { Market } from '../market/market.js';

/** TWS API: profit and loss is updated about once per second. */
const PNL_PERIOD_MS = 1_000;

/** Calls `send` now and once per second of market time while the reading changes; gives the function that ends it. */
export function streamPnl<Reading extends object>(market: Market, read: () => Reading, send: (reading: Reading) => void): () => void {
  let timer: Timer | undefined;
  let before = '';
  const tick = (): void => {
    const reading = read();
    const text = JSON.stringify(reading);
    if (text !== before) send(reading);
    before = text;
    timer = market.clock.setTimer(PNL_PERIOD_MS, tick);
  };
  tick();
  return () => {
    timer?.cancel();
  };
}
