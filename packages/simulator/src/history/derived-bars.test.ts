import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import { createMarket } from '../market/create-market.js';
import type { Instrument } from '../market/instrument.js';
import type { Market } from '../market/market.js';
import type { HistoryKind, PriceSpan } from '../market/price-history.js';
import { SpanCollector } from '../market/span-collector.js';

const MINUTE_MS = 60_000;
const START = Date.UTC(2024, 0, 2, 14, 30);

function spansOf(market: Market, instrument: Instrument, kind: HistoryKind, startMs: number, endMs: number): readonly PriceSpan[] {
  const spans: PriceSpan[] = [];
  market.history(instrument.conId).spans(kind, 'minute', { startMs, endMs }, (span) => spans.push({ ...span }));
  return spans;
}

/** The same minutes from what was told while the instrument was watched. */
async function toldSpans(instrument: (market: Market) => Instrument, kind: HistoryKind): Promise<{ readonly told: readonly PriceSpan[]; readonly past: readonly PriceSpan[] }> {
  const base = createTestClock();
  const market = createMarket({ base });
  market.start();
  const chosen = instrument(market);
  const told: PriceSpan[] = [];
  const range = { startMs: START + MINUTE_MS, endMs: START + 9 * MINUTE_MS };
  const collector = new SpanCollector(kind, 'minute', range, (span) => told.push({ ...span }));
  market.watch(chosen.conId, (event) => {
    if (event.atMs >= range.endMs) return;
    if (event.kind === 'quote') collector.quote(event.atMs, event.bid, event.ask);
    if (event.kind === 'trade') collector.trade(event.atMs, event.price, event.size);
  });
  for (let step = 0; step < 10; step += 1) await base.advance(MINUTE_MS);
  collector.finish(range.endMs);
  const past = spansOf(market, chosen, kind, range.startMs, range.endMs);
  market.close();
  return { told, past };
}

function find(query: Parameters<Market['universe']['find']>[0]): (market: Market) => Instrument {
  return (market) => {
    const [found] = market.universe.find(query);
    if (found === undefined) throw new Error(`${query.symbol ?? ''} must be listed`);
    return found;
  };
}

const option = find({ symbol: 'SPY', secType: 'OPT', lastTradeDateOrContractMonth: '20240119', strike: 590, right: 'P' });
const call = find({ symbol: 'AAPL', secType: 'OPT', lastTradeDateOrContractMonth: '20240119', strike: 225, right: 'C' });
const future = find({ symbol: 'ES', secType: 'FUT', currency: 'USD' });
const index = find({ symbol: 'SPX', secType: 'IND', currency: 'USD' });
const euro = find({ symbol: 'EUR', secType: 'CASH', currency: 'USD' });

const CASES: readonly (readonly [string, HistoryKind, (market: Market) => Instrument])[] = [
  ['a put', 'BID', option],
  ['a put', 'ASK', option],
  ['a put', 'TRADES', option],
  ['a call', 'MIDPOINT', call],
  ['a call', 'TRADES', call],
  ['a future', 'BID', future],
  ['a future', 'ASK', future],
  ['a future', 'TRADES', future],
  ['an index', 'TRADES', index],
  ['a currency', 'MIDPOINT', euro],
];

describe('what is priced off something else, or has no trades', () => {
  it.each(CASES)('%s has bars of %s that are those of its events', async (_name, kind, instrument) => {
    const { told, past } = await toldSpans(instrument, kind);
    expect(past.length).toBeGreaterThan(kind === 'TRADES' ? 0 : 7);
    expect(past.map(({ startMs }) => startMs)).toEqual(told.map(({ startMs }) => startMs));
    past.forEach((span, at) => {
      for (const field of ['open', 'high', 'low', 'close'] as const) expect(span[field]).toBeCloseTo(told[at]?.[field] ?? 0, 6);
    });
  });

  it('shows nothing of a halt while it lasts', async () => {
    const base = createTestClock();
    const market = createMarket({ base });
    market.start();
    await base.advance(MINUTE_MS + 1_000);
    market.halt('SPY');
    const spy = find({ symbol: 'SPY', secType: 'STK', currency: 'USD' })(market);
    const before = spansOf(market, spy, 'TRADES', START, START + 10 * MINUTE_MS);
    await base.advance(3 * MINUTE_MS);
    expect(spansOf(market, spy, 'TRADES', START, START + 10 * MINUTE_MS)).toEqual(before);
    market.resume('SPY');
    expect(spansOf(market, spy, 'TRADES', START, START + 10 * MINUTE_MS).length).toBeGreaterThan(before.length);
    market.close();
  });
});
