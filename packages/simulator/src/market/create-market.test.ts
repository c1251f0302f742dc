import { createTestClock } from '@ibkit/clock/testing';
import type { TestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import { createStallingClock } from '../testing/stalling-clock.js';
import { createMarket } from './create-market.js';
import type { Market, MarketEvent, MarketOptions } from './market.js';

const AAPL = 265598;
const SPY = 756733;

function started(options: Omit<MarketOptions, 'base'> = {}): { readonly market: Market; readonly base: TestClock } {
  const base = createTestClock();
  const market = createMarket({ base, ...options });
  market.start();
  return { market, base };
}

async function eventsOf(market: Market, base: TestClock, conId: number, forMs: number): Promise<readonly MarketEvent[]> {
  const events: MarketEvent[] = [];
  const end = market.watch(conId, (event) => events.push(event));
  await base.advance(forMs);
  end();
  return events;
}

function optionOf(market: Market, right: 'C' | 'P', strike = 590): number {
  const [option] = market.universe.find({ symbol: 'SPY', secType: 'OPT', lastTradeDateOrContractMonth: '20240119', strike, right });
  if (option === undefined) throw new Error('the option must be listed');
  return option.conId;
}

describe('seeded prices', () => {
  it('repeat exactly for a seed, differ for another', async () => {
    const first = started({ seed: 7 });
    const second = started({ seed: 7 });
    const other = started({ seed: 8 });
    const events = await eventsOf(first.market, first.base, SPY, 60_000);
    expect(events.length).toBeGreaterThan(100);
    expect(await eventsOf(second.market, second.base, SPY, 60_000)).toEqual(events);
    expect(await eventsOf(other.market, other.base, SPY, 60_000)).not.toEqual(events);
  });

  it('do not depend on who watches what and when', async () => {
    const quiet = started();
    await quiet.base.advance(125_000);
    const busy = started();
    await eventsOf(busy.market, busy.base, AAPL, 20_300);
    await eventsOf(busy.market, busy.base, SPY, 33_210);
    busy.market.quote(AAPL);
    await busy.base.advance(125_000 - 53_510);
    expect(busy.market.quote(AAPL)).toEqual(quiet.market.quote(AAPL));
    expect(busy.market.quote(SPY)).toEqual(quiet.market.quote(SPY));
  });

  it('go on over days, whether they were seen or not', async () => {
    const seen = started();
    const days = 3 * 86_400_000;
    for (let hour = 0; hour < 72; hour += 1) {
      seen.market.quote(SPY);
      await seen.base.advance(3_600_000);
    }
    const unseen = started();
    await unseen.base.advance(days);
    expect(unseen.market.quote(SPY)).toEqual(seen.market.quote(SPY));
    expect(seen.market.quote(SPY).close).not.toBe(started().market.quote(SPY).close);
  });

  it('catch up at once after 100,000 idle seconds', async () => {
    const { market, base } = started();
    await base.advance(100_000_000);
    for (const { conId } of market.universe.underlyings) expect(market.quote(conId).last).toBeGreaterThan(0);
  });

  it('stay on the tick grid with the bid below the ask, and the day within its range', async () => {
    const { market, base } = started();
    for (const { conId } of market.universe.underlyings) {
      market.watch(conId, (event) => {
        const quote = market.quote(conId);
        const { bid = 0, ask = 0, last = 0, high = 0, low = 0, bidSize = 0, askSize = 0 } = quote;
        expect(ask - bid).toBeGreaterThan(0.005);
        expect(ask - bid).toBeLessThan(0.035);
        for (const price of [bid, ask, last, high, low]) expect(price * 100).toBeCloseTo(Math.round(price * 100), 6);
        expect(bidSize % 100).toBe(0);
        expect(askSize).toBeGreaterThan(0);
        expect(low).toBeLessThanOrEqual(last);
        expect(high).toBeGreaterThanOrEqual(last);
        expect(event).toMatchObject(event.kind === 'quote' ? { bid, ask, bidSize, askSize } : { price: last });
      });
    }
    await base.advance(10_000);
  });

  it('come several times a second, in order, with trades that the volume counts', async () => {
    const { market, base } = started();
    const before = market.quote(SPY).volume ?? 0;
    const events = await eventsOf(market, base, SPY, 60_000);
    const trades = events.filter((event) => event.kind === 'trade');
    expect(events.length - trades.length).toBeGreaterThan(120);
    expect(trades.length).toBeGreaterThan(30);
    expect(market.quote(SPY).volume).toBe(before + trades.reduce((sum, { size }) => sum + size, 0));
    expect(events.map(({ atMs }) => atMs)).toEqual(events.map(({ atMs }) => atMs).sort((a, b) => a - b));
  });

  it('set no timers while nobody watches', async () => {
    const { market, base } = started();
    await base.advance(1000);
    expect(base.pending).toBe(0);
    const end = market.watch(SPY, () => undefined);
    expect(base.pending).toBe(1);
    end();
    end();
    expect(base.pending).toBe(0);
  });

  it('run faster on a faster clock', async () => {
    const { market, base } = started({ speed: 60 });
    const events = await eventsOf(market, base, SPY, 1000);
    expect((events.at(-1)?.atMs ?? 0) - market.clock.now()).toBeLessThanOrEqual(0);
    expect(market.clock.now() - Date.UTC(2024, 0, 2, 14, 30)).toBeCloseTo(60_000, 3);
    const slow = started();
    expect(await eventsOf(slow.market, slow.base, SPY, 60_000)).toEqual(events);
  });

  it('move to a price that is set, and walk on from there', async () => {
    const { market, base } = started();
    const events: MarketEvent[] = [];
    market.watch(SPY, (event) => events.push(event));
    market.setPrice('spy', 400);
    const { bid = 0, ask = 0, last } = market.quote(SPY);
    expect(last).toBe(400);
    expect(bid).toBeLessThanOrEqual(400);
    expect(ask).toBeGreaterThan(bid);
    expect(events.map(({ kind }) => kind)).toEqual(['quote', 'trade']);
    await base.advance(10_000);
    expect(market.quote(SPY).last).toBeGreaterThan(398);
    expect(market.quote(SPY).last).toBeLessThan(402);
    expect(() => {
      market.setPrice('NOPE', 1);
    }).toThrow(/symbol must be/);
    expect(() => {
      market.setPrice('SPY', 0);
    }).toThrow(/price must be a number above 0/);
  });
});

describe('options', () => {
  it('are priced off the underlying: puts rise when it falls', () => {
    const { market } = started();
    const call = market.quote(optionOf(market, 'C'));
    const put = market.quote(optionOf(market, 'P'));
    expect(call.bid).toBeLessThan(call.ask ?? 0);
    market.setPrice('SPY', 560);
    expect(market.quote(optionOf(market, 'C')).ask).toBeLessThan(call.bid ?? 0);
    expect(market.quote(optionOf(market, 'P')).bid).toBeGreaterThan(put.ask ?? 0);
  });

  it('have a model between bid and ask, and volatilities of the sides around it', () => {
    const { market } = started();
    const conId = optionOf(market, 'C');
    const quote = market.quote(conId);
    const model = market.optionModel(conId, 'model');
    const ask = market.optionModel(conId, 'ask');
    expect(model?.optPrice).toBeGreaterThan(quote.bid ?? Infinity);
    expect(model?.optPrice).toBeLessThan(quote.ask ?? 0);
    expect(ask?.optPrice).toBeCloseTo(quote.ask ?? 0, 6);
    expect(ask?.impliedVol).toBeGreaterThan(model?.impliedVol ?? Infinity);
    expect(market.optionModel(conId, 'bid')?.impliedVol).toBeLessThan(model?.impliedVol ?? 0);
    expect(market.optionModel(conId, 'last')?.undPrice).toBe(model?.undPrice);
    expect(market.optionModel(SPY, 'model')).toBeUndefined();
  });

  it('have no bid when they are worth nothing, and no market after expiry', async () => {
    const { market, base } = started();
    const far = optionOf(market, 'C', 690);
    expect(market.quote(far)).toMatchObject({ bid: undefined, ask: 0.01 });
    await base.advance(20 * 86_400_000);
    expect(market.quote(far)).toMatchObject({ bid: undefined, ask: undefined });
    expect(market.optionModel(optionOf(market, 'C'), 'model')).toBeUndefined();
  });

  it('tell quotes and the model while watched, also when nobody watches the underlying', async () => {
    const { market, base } = started();
    const events = await eventsOf(market, base, optionOf(market, 'P'), 120_000);
    expect(new Set(events.map(({ kind }) => kind))).toEqual(new Set(['quote', 'model', 'trade']));
    expect(base.pending).toBe(0);
    const again = started();
    expect(await eventsOf(again.market, again.base, optionOf(again.market, 'P'), 120_000)).toEqual(events);
  });
});

describe('the market', () => {
  it('refuses what it does not list, naming it', () => {
    const { market } = started();
    expect(() => market.quote(1)).toThrow(/conId must be the id of an instrument/);
    expect(() => market.watch(1, () => undefined)).toThrow(/conId must be/);
  });

  it.each([
    [{ seed: 1.5 }, /seed must be a whole number, got 1.5/],
    [{ speed: 0 }, /speed must be a number above 0/],
    [{ startAtMs: Number.NaN }, /startAtMs must be epoch milliseconds/],
  ])('refuses %o', (options, message) => {
    expect(() => createMarket({ base: createTestClock(), ...options })).toThrow(message);
  });

  it('marks a position within the quote', () => {
    const { market } = started();
    const { bid = 0, ask = 0 } = market.quote(AAPL);
    expect(market.mark(AAPL)).toBeGreaterThanOrEqual(bid);
    expect(market.mark(AAPL)).toBeLessThanOrEqual(ask);
  });

  it('is silent before its start and leaves nothing behind after its end', async () => {
    const base = createTestClock();
    const market = createMarket({ base });
    const events: MarketEvent[] = [];
    const end = market.watch(SPY, (event) => events.push(event));
    market.watch(optionOf(market, 'C'), (event) => events.push(event));
    await base.advance(1000);
    expect(events).toEqual([]);
    market.start();
    await base.advance(1000);
    expect(events.length).toBeGreaterThan(0);
    market.close();
    market.close();
    end();
    expect(base.pending).toBe(0);
  });

  it('lets a listener end its own watch, and the same function watch twice', async () => {
    const { market, base } = started();
    let calls = 0;
    const count = (): void => {
      calls += 1;
    };
    const first = market.watch(SPY, count);
    market.watch(SPY, count);
    const once = market.watch(SPY, () => {
      once();
      first();
    });
    market.setPrice('SPY', 500);
    // The first event reaches both watches, the second one only the watch that was not ended.
    expect(calls).toBe(3);
    await base.advance(0);
  });
});

describe('a busy machine', () => {
  it('does not move what happened before a halt, or within one, to the other side of its ends', async () => {
    let within = 0;
    for (let seed = 1; seed <= 12; seed += 1) {
      const base = createStallingClock();
      const market = createMarket({ base, seed });
      market.start();
      const startMs = market.clock.now();
      const told: MarketEvent[] = [];
      market.watch(SPY, (event) => told.push(event));
      await base.advance(4_600);
      base.stall(300);
      market.halt('SPY');
      const past: MarketEvent[] = [];
      market.history(SPY).events({ startMs: startMs + 1, endMs: startMs + 10_000 }, (event) => past.push(event));
      expect(told.filter(({ atMs }) => atMs < startMs + 4_900)).toEqual(past);
      within += past.filter(({ atMs }) => atMs === startMs + 4_750).length;
      await base.advance(700);
      base.stall(500);
      market.resume('SPY');
      await base.advance(5_000);
      expect(told.map(({ atMs }) => atMs - startMs).filter((atMs) => atMs > 4_900 && atMs < 6_100)).toEqual([]);
      expect(told.some(({ atMs }) => atMs - startMs > 6_100)).toBe(true);
      market.close();
    }
    expect(within).toBeGreaterThan(0);
  });
});
