import fc from 'fast-check';
import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import { createMarket } from './create-market.js';
import type { Instrument } from './instrument.js';
import type { InstrumentSpec } from './instrument-spec.js';
import type { Market } from './market.js';
import { TickScale } from './tick-scale.js';
import { isOpen, tradingHours } from './trading-hours.js';

/** Tuesday, 10:30 in New York. */
const TUESDAY = Date.UTC(2024, 0, 2, 15, 30);
const SATURDAY = Date.UTC(2024, 0, 6, 15, 30);

function marketWith(instruments: readonly InstrumentSpec[] = []): { readonly market: Market; readonly advance: (ms: number) => Promise<void> } {
  const clock = createTestClock();
  const market = createMarket({ base: clock, startAtMs: TUESDAY, instruments });
  market.start();
  return { market, advance: async (ms) => clock.advance(ms) };
}

function only(market: Market, query: Parameters<Market['universe']['find']>[0]): Instrument {
  const [instrument, ...others] = market.universe.find(query);
  if (instrument === undefined || others.length > 0) throw new Error(`expected one instrument for ${JSON.stringify(query)}`);
  return instrument;
}

describe('the built-in instruments', () => {
  const { market } = marketWith();

  it.each([
    [{ symbol: 'SPX', secType: 'IND', exchange: 'CBOE' }, { minTick: 0.01 }],
    [{ symbol: 'ES', secType: 'FUT', exchange: 'CME', lastTradeDateOrContractMonth: '202403' }, { localSymbol: 'ESH4', multiplier: 50, minTick: 0.25, expiry: '20240315' }],
    [{ localSymbol: 'CLG4', secType: 'FUT' }, { multiplier: 1000, expiry: '20240122', contractMonth: '202402', exchange: 'NYMEX' }],
    [{ symbol: 'EUR', currency: 'USD', secType: 'CASH', exchange: 'IDEALPRO' }, { localSymbol: 'EUR.USD', minTick: 0.00005 }],
    [{ symbol: 'BTC', secType: 'CRYPTO', exchange: 'PAXOS' }, { localSymbol: 'BTC.USD', sizeIncrement: 0.00000001 }],
    [{ symbol: '91282SIM4', secType: 'BOND' }, { symbol: 'US-T' }],
    [{ symbol: 'AAPL', secType: 'CFD' }, { underConId: 265598 }],
  ])('has %o', (query, wanted) => {
    expect(only(market, query)).toMatchObject(wanted);
  });

  it('has prices on their grids, each consistent with itself', () => {
    for (const instrument of market.universe.listed) {
      const { bid, ask, last, high = 0, low = 0, close } = market.quote(instrument.conId);
      const scale = new TickScale(instrument.minTick);
      for (const price of [bid, ask, last, high, low, close]) expect(price === undefined || scale.nearest(price) === price).toBe(true);
      expect(bid === undefined || ask === undefined || bid < ask).toBe(true);
      expect(last === undefined || (last <= high && last >= low)).toBe(true);
      expect(market.mark(instrument.conId)).toBeGreaterThan(0);
    }
  });

  it('prices what belongs together together', () => {
    const spy = market.quote(only(market, { symbol: 'SPY', secType: 'STK' }).conId);
    const spx = market.quote(only(market, { symbol: 'SPX', secType: 'IND' }).conId);
    const [front, next] = market.universe.find({ symbol: 'ES', secType: 'FUT' }).map(({ conId }) => market.quote(conId));
    const cfd = market.quote(only(market, { symbol: 'AAPL', secType: 'CFD' }).conId);
    const apple = market.quote(265598);
    expect((spx.last ?? 0) / (spy.last ?? 1)).toBeCloseTo(10.03, 2);
    expect(front?.last).toBeGreaterThan(spx.last ?? 0);
    expect(next?.last).toBeGreaterThan(front?.last ?? 0);
    expect([cfd.bid, cfd.ask]).toEqual([apple.bid, apple.ask]);
    expect(spx).toMatchObject({ volume: 0 });
    expect(spx.bid).toBeUndefined();
  });

  it('moves them with each other, in events too', async () => {
    const { market: moved, advance } = marketWith();
    const es = moved.universe.find({ symbol: 'ES', secType: 'FUT' })[0];
    const vix = only(moved, { symbol: 'VIX', secType: 'IND' });
    const seen: number[] = [];
    moved.watch(es?.conId ?? 0, (event) => {
      const { bid, last } = moved.quote(event.conId);
      if (event.kind === 'trade') seen.push(event.price === last ? 0 : 1);
      if (event.kind === 'quote') seen.push(event.bid === bid ? 0 : 1);
    });
    const before = moved.quote(vix.conId).last ?? 0;
    await advance(5_000);
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.every((difference) => difference === 0)).toBe(true);
    moved.setPrice('SPY', 500);
    expect(moved.quote(es?.conId ?? 0).last).toBeCloseTo(500 * 10.03, -2);
    expect(moved.quote(vix.conId).last).not.toBe(before);
    moved.setPrice('EUR.USD', 1.2);
    expect(moved.mark(12087792)).toBeCloseTo(1.2, 3);
    moved.setPrice('CL', 80);
    expect(moved.quote(only(moved, { localSymbol: 'CLG4', secType: 'FUT' }).conId).last).toBeCloseTo(80, 0);
    expect(() => {
      moved.setPrice('SPX', 5000);
    }).toThrow('price of its own');
    moved.close();
  });

  it('knows the hours of each', () => {
    const of = (secType: string): Instrument => market.universe.listed.find((instrument) => instrument.secType === secType) ?? only(market, { conId: 265598 });
    expect(tradingHours(of('FUT'), TUESDAY)).toMatchObject({ timeZoneId: 'US/Central', tradingHours: expect.stringMatching(/^20240101:1700-20240102:1600;/) as string });
    expect(tradingHours(of('CASH'), TUESDAY).tradingHours).toMatch(/20240106:CLOSED/);
    expect(tradingHours(of('CRYPTO'), SATURDAY).tradingHours).not.toMatch('CLOSED');
    expect([isOpen(of('STK'), TUESDAY), isOpen(of('STK'), SATURDAY), isOpen(of('CRYPTO'), SATURDAY), isOpen(of('FUT'), TUESDAY)]).toEqual([true, false, true, true]);
    // Sunday evening belongs to Monday's session.
    expect(isOpen(of('FUT'), Date.UTC(2024, 0, 8, 0, 30))).toBe(true);
  });
});

describe('the instruments of a user', () => {
  it('are listed with what their specs say', () => {
    const { market } = marketWith([
      { symbol: 'ACME', secType: 'STK', price: 12.5, currency: 'EUR', primaryExch: 'IBIS', options: true },
      { symbol: 'AAPL', secType: 'STK', price: 1000 },
      { symbol: 'GC', secType: 'FUT', price: 2050, expiry: '20240227', multiplier: 100, minTick: 0.1, exchange: 'COMEX', lot: 1 },
      { symbol: 'CHF', secType: 'CASH', currency: 'JPY', price: 170, minTick: 0.005 },
      { symbol: 'ACME', secType: 'CFD', follows: { conId: 265598, ratio: 1 } },
    ]);
    expect(only(market, { symbol: 'ACME', secType: 'STK', exchange: 'IBIS' })).toMatchObject({ currency: 'EUR', primaryExch: 'IBIS' });
    expect(market.universe.find({ symbol: 'ACME', secType: 'OPT' }).length).toBeGreaterThan(100);
    expect(market.quote(265598).last).toBeGreaterThan(900);
    const gold = only(market, { symbol: 'GC', secType: 'FUT', exchange: 'COMEX' });
    expect(gold).toMatchObject({ localSymbol: 'GCG4', multiplier: 100 });
    expect(market.quote(gold.conId).last).toBeGreaterThan(1900);
    expect(only(market, { localSymbol: 'CHF.JPY', secType: 'CASH' }).tradingClass).toBe('CHF.JPY');
    market.close();
  });

  it.each([
    [{ symbol: 'acme', secType: 'STK', price: 1 }, 'instruments[0].symbol'],
    [{ symbol: 'ACME', secType: 'STK' }, 'instruments[0].price'],
    [{ symbol: 'ACME', secType: 'STK', price: -1 }, 'instruments[0].price'],
    [{ symbol: 'ACME', secType: 'FUT', price: 1 }, 'instruments[0].expiry'],
    [{ symbol: 'ACME', secType: 'FUT', price: 1, expiry: '2024', multiplier: 1 }, 'instruments[0].expiry'],
    [{ symbol: 'ACME', secType: 'BOND', price: 1 }, 'instruments[0].bond'],
    [{ symbol: 'ACME', secType: 'CFD', price: 1 }, 'instruments[0].follows'],
    [{ symbol: 'ACME', secType: 'IND', follows: { conId: 1, ratio: 1 } }, 'instruments.follows.conId'],
    [{ symbol: 'ACME', secType: 'IND', price: 5, conId: 265598 }, 'instruments.conId'],
    [{ symbol: 'ACME', secType: 'IND', price: 5, timeZoneId: 'Moon/Base' }, 'instruments[0].timeZoneId'],
    [{ symbol: 'ACME', secType: 'IND', price: 5, minTick: 50 }, 'instruments[0].minTick'],
  ] satisfies readonly (readonly [InstrumentSpec, string])[])('refuses %o and names %s', (spec, field) => {
    expect(() => createMarket({ base: createTestClock(), startAtMs: TUESDAY, instruments: [spec] })).toThrow(field);
  });
});

describe('a tick scale', () => {
  it('keeps every price on its grid, whatever the tick', () => {
    fc.assert(
      fc.property(fc.constantFrom(0.01, 0.25, 0.005, 0.00005, 0.001, 0.1, 0.03, 2), fc.integer({ min: 1, max: 10_000_000 }), (minTick, ticks) => {
        const scale = new TickScale(minTick);
        const price = scale.price(ticks);
        expect(Math.round(scale.ticks(price))).toBe(ticks);
        expect([scale.nearest(price), scale.floor(price), scale.ceil(price)]).toEqual([price, price, price]);
        expect(String(price).length).toBeLessThan(18);
      }),
    );
  });
});
