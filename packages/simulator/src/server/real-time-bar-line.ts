import type { Timer } from '@ibkit/clock';
import type { Market, MarketEvent, Quote } from '../market/market.js';
import { decimal } from './amounts.js';
import { BarBuilder } from './bar-builder.js';
import type { Bar } from './bar-builder.js';

/** TWS API: real-time bars are five seconds long. */
export const BAR_SECONDS = 5;
const BAR_MS = BAR_SECONDS * 1_000;
/** Shorter than the time between two events, longer than the grain of epoch milliseconds. */
const INSTANT_MS = 0.001;

type Sides = Pick<Quote, 'bid' | 'ask'>;

function midPoint({ bid, ask }: Sides): number | undefined {
  return bid === undefined || ask === undefined ? undefined : decimal((bid + ask) / 2);
}

/** What the kinds of bars are made of that are not made of trades. */
const QUOTE_PRICES: ReadonlyMap<string, (sides: Sides) => number | undefined> = new Map([
  ['BID', ({ bid }: Sides) => bid],
  ['ASK', ({ ask }: Sides) => ask],
  ['MIDPOINT', midPoint],
]);

/** Whether there are real-time bars of a kind. */
export function isBarKind(whatToShow: string): boolean {
  return whatToShow === 'TRADES' || QUOTE_PRICES.has(whatToShow);
}

/** What a line of real-time bars is made from. */
export interface RealTimeBarLineOptions {
  readonly market: Pick<Market, 'clock' | 'quote' | 'history' | 'watch' | 'settle'>;
  readonly conId: number;
  /** `TRADES`, `BID`, `ASK` or `MIDPOINT`. */
  readonly whatToShow: string;
  readonly onBar: (bar: Bar) => void;
}

/** Adds what an event says to the bars. */
function collect(builder: BarBuilder, priceOf: ((sides: Sides) => number | undefined) | undefined, event: MarketEvent): void {
  if (event.kind === 'trade' && priceOf === undefined && !event.unreported) builder.add(event.atMs, event.price, event.size);
  if (event.kind === 'quote' && priceOf !== undefined) {
    const price = priceOf(event);
    if (price !== undefined) builder.add(event.atMs, price, 0);
  }
}

/**
 * Gives out the bars of an instrument, from the first one that it sees from its beginning, until the returned function is called. They are those of the history: what
 * happens belongs to the bar that its own time lies in, however late the machine tells of it, so that no bar ends before all was told that happened before its end.
 */
export function followBars({ market, conId, whatToShow, onBar }: RealTimeBarLineOptions): () => void {
  const priceOf = QUOTE_PRICES.get(whatToShow);
  const { clock } = market;
  let hear: (event: MarketEvent) => void = () => undefined;
  const unwatch = market.watch(conId, (event) => {
    hear(event);
  });
  const nowMs = clock.now();
  // What was told up to here is not heard; all that is told from here on is later.
  market.settle(nowMs);
  const quote = market.quote(conId);
  const bars = new BarBuilder({ lengthMs: BAR_MS, nowMs, price: priceOf === undefined ? quote.last : priceOf(quote), holds: priceOf !== undefined, onBar });
  hear = (event) => {
    collect(bars, priceOf, event);
  };
  // A bar that begins at this very instant has its first trades already.
  if (nowMs % BAR_MS === 0) {
    market.history(conId).events({ startMs: nowMs, endMs: nowMs + INSTANT_MS }, hear);
  }
  let timer: Timer | undefined;
  let isOver = false;
  const arm = (): void => {
    const dueMs = bars.endMs;
    timer = clock.setTimer(dueMs - clock.now(), () => {
      // A scaled clock may be a rounding error early.
      const reachedMs = Math.max(dueMs, clock.now());
      market.settle(reachedMs);
      if (!isOver) bars.advance(reachedMs);
      if (!isOver) arm();
    });
  };
  arm();
  return () => {
    isOver = true;
    unwatch();
    timer?.cancel();
  };
}
