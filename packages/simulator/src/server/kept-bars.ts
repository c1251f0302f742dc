import type { Timer } from '@ibkit/clock';
import type { HistoryBar } from '../history/bars.js';
import type { Market } from '../market/market.js';

/** TWS API: about how often bars that are kept up to date are sent. */
const UPDATE_MS = 5_000;

/** What keeping bars up to date needs. */
export interface KeptBarsOptions {
  readonly market: Market;
  /** The bars from an instant on up to now. */
  readonly barsFrom: (startMs: number) => readonly HistoryBar[];
  /** The last bar that was sent with the past. */
  readonly last: HistoryBar | undefined;
  /** Where to begin when there was none. */
  readonly startMs: number;
  readonly onBar: (bar: HistoryBar) => void;
}

function sameBar(a: HistoryBar, b: HistoryBar | undefined): boolean {
  return a.startMs === b?.startMs && a.open === b.open && a.high === b.high && a.low === b.low && a.close === b.close && a.volume === b.volume;
}

/** Sends the bar that is going on every five seconds of market time when it has changed; when a new one has begun, first the last state of the one before. */
export function keepBars({ market, barsFrom, last, startMs, onBar }: KeptBarsOptions): () => void {
  let sent = last;
  let timer: Timer;
  const arm = (): void => {
    timer = market.clock.setTimer(UPDATE_MS, () => {
      for (const bar of barsFrom(sent?.startMs ?? startMs)) {
        if (sameBar(bar, sent)) continue;
        sent = bar;
        onBar(bar);
      }
      arm();
    });
  };
  arm();
  return () => {
    timer.cancel();
  };
}
