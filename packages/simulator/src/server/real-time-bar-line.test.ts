import { seededRandom } from '@ibkit/clock';
import { afterEach, describe, expect, it } from 'vitest';
import { barsOf } from '../history/bars.js';
import { createMarket } from '../market/create-market.js';
import { InstrumentDays } from '../market/instrument-days.js';
import type { Market } from '../market/market.js';
import { NewYorkDays } from '../market/new-york-days.js';
import type { HistoryKind } from '../market/price-history.js';
import { createStallingClock } from '../testing/stalling-clock.js';
import type { StallingClock } from '../testing/stalling-clock.js';
import { decimal } from './amounts.js';
import type { Bar } from './bar-builder.js';
import { followBars } from './real-time-bar-line.js';

const AAPL = 265598;
const BAR_MS = 5_000;
const KINDS = ['TRADES', 'BID', 'ASK', 'MIDPOINT'] as const;

const markets: Market[] = [];

function open(clock: StallingClock, speed = 1): Market {
  const market = createMarket({ base: clock, seed: 4, speed });
  markets.push(market);
  market.start();
  return market;
}

afterEach(() => {
  for (const market of markets.splice(0)) market.close();
});

function futureOf(market: Market): number {
  return market.universe.find({ symbol: 'ES', secType: 'FUT' })[0]?.conId ?? 0;
}

function optionOf(market: Market): number {
  return market.universe.optionsOn(AAPL)[100]?.conId ?? 0;
}

function follow(market: Market, whatToShow: string, conId = AAPL): Bar[] {
  const bars: Bar[] = [];
  followBars({ market, conId, whatToShow, onBar: (bar) => bars.push(bar) });
  return bars;
}

type Shown = Omit<Bar, 'wap'>;

function shown({ startMs, open: first, high, low, close, volume, count }: Bar): Shown {
  return { startMs, open: decimal(first), high: decimal(high), low: decimal(low), close: decimal(close), volume: decimal(volume), count };
}

/** What the history says of the time of some bars. */
function past(market: Market, kind: HistoryKind, bars: readonly Bar[], conId = AAPL): readonly Shown[] {
  const [instrument] = market.universe.find({ conId });
  if (instrument === undefined) throw new Error(`there must be an instrument ${conId}`);
  const range = { startMs: bars[0]?.startMs ?? 0, endMs: (bars.at(-1)?.startMs ?? 0) + BAR_MS };
  const size = { unit: 'time', seconds: 5, name: '5 secs' } as const;
  return barsOf(market.history(conId), new InstrumentDays(instrument, new NewYorkDays(), 'always'), { kind, size, range, regularOnly: false }).map(shown);
}

/** Quiet bars are no bars of trades in the past. */
function told(kind: HistoryKind, bars: readonly Bar[]): readonly Shown[] {
  return bars.filter(({ volume }) => kind !== 'TRADES' || volume > 0).map(shown);
}

describe('real-time bars', () => {
  it.each(['a stock', 'a future', 'an option'] as const)('of %s have the trades before their end, also when the machine was busy while it told the ticks before these', async (what) => {
    const clock = createStallingClock();
    const market = open(clock);
    const conId = { 'a stock': AAPL, 'a future': futureOf(market), 'an option': optionOf(market) }[what];
    const bars = follow(market, 'TRADES', conId);
    let stalls = 0;
    let stalledMs = 0;
    market.watch(conId, ({ atMs }) => {
      // The next step is due within the bar, and is told at its end, with the step that is due then.
      if (atMs % BAR_MS !== 4_500 || atMs === stalledMs) return;
      stalledMs = atMs;
      stalls += 1;
      clock.stall(300);
    });
    await clock.advance(15 * 60_000);
    expect(told('TRADES', bars)).toEqual(past(market, 'TRADES', bars, conId));
    expect(told('TRADES', bars).length).toBeGreaterThan(5);
    expect(stalls).toBeGreaterThan(100);
  });

  it.each(KINDS)('of %s are those of the history, at every speed and however late the timers are', async (kind) => {
    for (const speed of [1, 50]) {
      const random = seededRandom(speed);
      // One reading in fifty comes late by up to two steps: between any two readings there may be a border.
      const clock = createStallingClock(() => (random.next() < 0.02 ? (random.next() * 500) / speed : 0));
      const market = open(clock, speed);
      const bars = follow(market, kind);
      for (let part = 0; part < 40; part += 1) {
        await clock.advance(5_000 / speed);
        if (part % 10 === 0) market.setPrice('AAPL', 190 + part);
      }
      expect(told(kind, bars)).toEqual(past(market, kind, bars));
      expect(bars.length).toBeGreaterThan(35);
    }
  });

  it.each(KINDS)('of %s that begin with the subscription have what has just happened', async (kind) => {
    const clock = createStallingClock();
    const market = open(clock);
    // Each market starts with a bar, and so does each of these: some of their first steps have trades.
    const lines = [follow(market, kind)];
    for (let part = 0; part < 12; part += 1) {
      await clock.advance(BAR_MS);
      lines.push(follow(market, kind));
    }
    await clock.advance(BAR_MS);
    for (const bars of lines) expect(told(kind, bars)).toEqual(past(market, kind, bars));
    expect(lines.map(({ length }) => length)).toEqual(lines.map((_, index) => lines.length - index));
  });

  it('have what was due just before they were asked for in no bar of theirs', async () => {
    const clock = createStallingClock();
    const market = open(clock);
    const lines = [follow(market, 'TRADES')];
    for (let part = 0; part < 12; part += 1) {
      const wait = BAR_MS - (market.clock.now() % BAR_MS);
      await clock.advance(wait - 400);
      clock.stall(400);
      lines.push(follow(market, 'TRADES'));
    }
    await clock.advance(2 * BAR_MS);
    for (const bars of lines) expect(told('TRADES', bars)).toEqual(past(market, 'TRADES', bars));
    expect(lines.map(({ length }) => length)).toEqual(lines.map((_, index) => 13 + 1 - index));
  });

  it('have a price that was set while the machine was busy at its own time, and the trades before it before it', async () => {
    let pauseMs = 0;
    const clock = createStallingClock(() => pauseMs);
    const market = open(clock);
    const bars = follow(market, 'TRADES');
    const volumes = new Map<number, number>();
    let lastMs = 0;
    market.watch(AAPL, (event) => {
      expect(event.atMs).toBeGreaterThanOrEqual(lastMs);
      lastMs = event.atMs;
      if (event.kind === 'trade') volumes.set(Math.floor(event.atMs / BAR_MS) * BAR_MS, (volumes.get(Math.floor(event.atMs / BAR_MS) * BAR_MS) ?? 0) + event.size);
    });
    for (let part = 0; part < 20; part += 1) {
      await clock.advance(BAR_MS - (market.clock.now() % BAR_MS) - 900 + part * 10);
      pauseMs = 300;
      market.setPrice('AAPL', 200 + part);
      pauseMs = 0;
    }
    await clock.advance(2 * BAR_MS);
    expect(told('TRADES', bars)).toEqual(past(market, 'TRADES', bars));
    for (const { startMs, volume } of bars) expect(volume).toBe(volumes.get(startMs) ?? 0);
  });

  it('leave no timer behind when the client goes while it is told a bar', async () => {
    const clock = createStallingClock();
    const market = open(clock);
    let count = 0;
    const stop = followBars({
      market,
      conId: AAPL,
      whatToShow: 'TRADES',
      onBar: () => {
        count += 1;
        stop();
      },
    });
    await clock.advance(60_000);
    expect(count).toBe(1);
    expect(clock.pending).toBe(0);
  });
});
