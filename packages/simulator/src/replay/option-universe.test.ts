import { createTestClock } from '@ibkit/clock/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { barsOf } from '../history/bars.js';
import { createMarket } from '../market/create-market.js';
import type { Instrument } from '../market/instrument.js';
import type { Market, MarketEvent } from '../market/market.js';
import { NewYorkDays } from '../market/new-york-days.js';
import { EXAMPLE_CONTRACTS, EXAMPLE_OPEN_MS, EXAMPLE_SPOT, exampleUniverse } from '../testing/example-universe.js';
import type { ExampleContract } from '../testing/example-universe.js';
import type { OptionUniverse, UniverseContract } from './option-universe.js';
import type { ReplayData } from './replay-data.js';
import { SpotPath } from './spot-path.js';
import { underlyingTrades } from './underlying-trades.js';
import { readOptionUniverse } from './universe-rows.js';
import { universeTape } from './universe-tape.js';

const HOUR_MS = 3_600_000;
const CLOSE_MS = EXAMPLE_OPEN_MS + 6.5 * HOUR_MS;
const days = new NewYorkDays();

function read(text: string): OptionUniverse {
  return readOptionUniverse(new TextEncoder().encode(text), 'file', { symbol: 'QQ', date: '2024-03-05' });
}

function dataOf(universe: OptionUniverse): ReplayData {
  return { files: underlyingTrades([universe], []), symbols: ['QQ'], startAtMs: EXAMPLE_OPEN_MS, universes: [universe] };
}

function marketOf(universe: OptionUniverse, startAtMs = EXAMPLE_OPEN_MS): { readonly market: Market; readonly base: ReturnType<typeof createTestClock> } {
  const base = createTestClock();
  const market = createMarket({ base, replay: dataOf(universe), startAtMs });
  market.start();
  market.release();
  return { market, base };
}

function optionOf(market: Market, { expiry, strike, right }: Pick<UniverseContract, 'expiry' | 'strike' | 'right'>): Instrument {
  const [option] = market.universe.find({ symbol: 'QQ', secType: 'OPT', lastTradeDateOrContractMonth: expiry, strike, right });
  if (option === undefined) throw new Error(`no option ${expiry} ${strike} ${right}`);
  return option;
}

function middle(market: Market, conId: number): number {
  const { bid, ask } = market.quote(conId);
  return ((bid ?? 0) + (ask ?? 0)) / 2;
}

const LIQUID = EXAMPLE_CONTRACTS.filter(({ volume }) => volume > 0);

describe('options of a universe', () => {
  it.each([
    ['has', {}],
    ['leaves out', { writesVolatility: false }],
  ])('have the volatility that made the prices, which the file %s, from the open to the close', async (_, options) => {
    for (const [atMs, spot] of [[EXAMPLE_OPEN_MS, EXAMPLE_SPOT.open], [CLOSE_MS, EXAMPLE_SPOT.close]] as const) {
      const { market, base } = marketOf(read(exampleUniverse(EXAMPLE_CONTRACTS, options)), atMs);
      await base.advance(1);
      for (const contract of LIQUID.filter(({ strike }) => Math.abs(strike - 100) <= 10)) {
        const model = market.optionModel(optionOf(market, contract).conId, 'model');
        expect(model?.undPrice).toBeCloseTo(spot, 1);
        // Prices are rounded to cents.
        expect(Math.abs((model?.impliedVol ?? 0) - contract.volatility)).toBeLessThan(0.02);
      }
      market.close();
    }
  });

  it('are quoted around the prices of the file at the open and the close, and follow their underlying in between', async () => {
    const universe = read(exampleUniverse(EXAMPLE_CONTRACTS));
    const { market, base } = marketOf(universe);
    const call = optionOf(market, { expiry: '20240322', strike: 105, right: 'C' });
    const put = optionOf(market, { expiry: '20240322', strike: 105, right: 'P' });
    await base.advance(1);
    const opens = universe.contracts.map((contract) => [middle(market, optionOf(market, contract).conId), contract.open ?? 0] as const);
    for (const [price, open] of opens) expect(Math.abs(price - open)).toBeLessThan(0.02 + open * 0.02);
    const [callBefore, putBefore] = [middle(market, call.conId), middle(market, put.conId)];
    await base.advance(3 * HOUR_MS);
    expect(middle(market, call.conId)).toBeGreaterThan(callBefore);
    expect(middle(market, put.conId)).toBeLessThan(putBefore);
    await base.advance(3.5 * HOUR_MS);
    for (const contract of universe.contracts) {
      const [price, close] = [middle(market, optionOf(market, contract).conId), contract.close ?? 0];
      expect(Math.abs(price - close)).toBeLessThan(0.02 + close * 0.02);
    }
    market.setPrice('QQ', 110);
    expect(middle(market, call.conId)).toBeGreaterThan(6);
    market.close();
  });

  it('trade what the file says: open, high, low, close and volume of the day, and the bar is the quote', () => {
    const universe = read(exampleUniverse(EXAMPLE_CONTRACTS));
    const { market } = marketOf(universe, CLOSE_MS);
    for (const contract of universe.contracts) {
      const { conId } = optionOf(market, contract);
      const { open, high, low, last, volume } = market.quote(conId);
      const range = { startMs: EXAMPLE_OPEN_MS, endMs: CLOSE_MS };
      const [bar] = barsOf(market.history(conId), days, { kind: 'TRADES', size: { unit: 'day', seconds: 86_400, name: '1 day' }, range, regularOnly: true });
      const expected = contract.volume === 0 ? {} : { open: contract.open, high: contract.high, low: contract.low, close: contract.close, volume: contract.volume };
      const shown = { open, high, low, close: last, volume };
      expect(shown).toEqual(contract.volume === 0 ? { open: undefined, high: undefined, low: undefined, close: undefined, volume: undefined } : expected);
      expect(bar === undefined ? {} : { open: bar.open, high: bar.high, low: bar.low, close: bar.close, volume: bar.volume }).toEqual(expected);
    }
    market.close();
  });

  it('tell every trade once, at its time', async () => {
    const { market, base } = marketOf(read(exampleUniverse(EXAMPLE_CONTRACTS)), CLOSE_MS - 2 * HOUR_MS);
    const contract = LIQUID.findLast(({ strike }) => strike === 105);
    const { conId } = optionOf(market, contract ?? EXAMPLE_CONTRACTS[0] ?? { expiry: '', strike: 0, right: 'C' });
    const before = market.quote(conId).volume ?? 0;
    const events: MarketEvent[] = [];
    market.watch(conId, (event) => events.push(event));
    await base.advance(2 * HOUR_MS);
    const trades = events.flatMap((event) => (event.kind === 'trade' ? [event] : []));
    expect(before + trades.reduce((sum, { size }) => sum + size, 0)).toBe(contract?.volume);
    const past: number[] = [];
    market.history(conId).events({ startMs: CLOSE_MS - 2 * HOUR_MS + 1, endMs: CLOSE_MS }, (event) => {
      if (event.kind === 'trade') past.push(event.atMs);
    });
    expect(past).toEqual(trades.map(({ atMs }) => atMs));
    market.close();
  });

  it('are worked out from their neighbours where the file contradicts itself', () => {
    const lines = exampleUniverse(EXAMPLE_CONTRACTS).split('\n');
    // A volatility ten times too high, a price from last year, and one below its intrinsic value.
    const wrong = lines.map((line) => {
      const fields = line.split(',');
      if (line.startsWith('20240322,100,C')) fields[9] = '3.1';
      if (line.startsWith('20240322,95,P')) fields.splice(3, 5, '9', '9', '9', '9', '0');
      if (line.startsWith('20240322,80,C')) fields.splice(3, 5, '19.5', '22.9', '19.5', '22.9', '4');
      return fields.join(',');
    });
    const { market } = marketOf(read(wrong.join('\n')), CLOSE_MS);
    const volatility = (strike: number, right: 'C' | 'P'): number => market.optionModel(optionOf(market, { expiry: '20240322', strike, right }).conId, 'model')?.impliedVol ?? 0;
    expect(volatility(100, 'C')).toBeCloseTo(0.32, 1);
    expect(volatility(95, 'P')).toBeCloseTo(0.345, 1);
    expect(volatility(80, 'C')).toBeCloseTo(0.4, 1);
    expect(middle(market, optionOf(market, { expiry: '20240322', strike: 95, right: 'P' }).conId)).toBeLessThan(2);
    // The trades of the deep call are those of the file even so.
    expect(market.quote(optionOf(market, { expiry: '20240322', strike: 80, right: 'C' }).conId)).toMatchObject({ open: 19.5, last: 22.9, volume: 4 });
    market.close();
  });

  it('are listed whole, with strikes of any kind, and end at their expiry', async () => {
    const odd: readonly ExampleContract[] = [85.71, 92.25, 2_500].map((strike) => ({ expiry: '20240315', strike, right: 'C', volume: 10, volatility: 0.3 }));
    const { market, base } = marketOf(read(exampleUniverse([...EXAMPLE_CONTRACTS, ...odd])));
    const options = market.universe.find({ symbol: 'QQ', secType: 'OPT' });
    expect(options).toHaveLength(EXAMPLE_CONTRACTS.length + 3);
    expect(new Set(options.map(({ conId }) => conId)).size).toBe(options.length);
    expect(options.map(({ openInterest }) => openInterest)).toEqual(options.map((_, index) => index * 10));
    expect(optionOf(market, { expiry: '20240315', strike: 85.71, right: 'C' }).localSymbol).toBe('QQ    240315C00085710');
    await base.advance(11 * 24 * HOUR_MS);
    const { conId } = optionOf(market, { expiry: '20240315', strike: 100, right: 'C' });
    expect(market.quote(conId)).toMatchObject({ bid: undefined, ask: undefined });
    expect(market.optionModel(conId, 'model')).toBeUndefined();
    const later = optionOf(market, { expiry: '20240322', strike: 100, right: 'C' });
    expect(market.quote(later.conId).close).toBe(read(exampleUniverse(EXAMPLE_CONTRACTS)).contracts.find((contract) => contract.expiry === '20240322' && contract.strike === 100)?.close);
    market.close();
  });
});

describe('many universes', () => {
  it('are of ten symbols at most, with those that have options anyway', () => {
    const one = read(exampleUniverse(EXAMPLE_CONTRACTS));
    const dataWith = (count: number): ReplayData => {
      const universes = Array.from({ length: count }, (_, index) => ({ ...one, symbol: `QQ${'ABCDEFGHIJ'.charAt(index)}` }));
      return { files: underlyingTrades(universes, []), symbols: universes.map(({ symbol }) => symbol), startAtMs: EXAMPLE_OPEN_MS, universes };
    };
    const market = createMarket({ base: createTestClock(), replay: dataWith(8) });
    const options = market.universe.underlyings.flatMap(({ symbol }) => market.universe.find({ symbol, secType: 'OPT' }));
    expect(new Set(options.map(({ conId }) => conId)).size).toBe(options.length);
    expect(Math.max(...options.map(({ conId }) => conId))).toBeLessThan(2 ** 31);
    market.close();
    expect(() => createMarket({ base: createTestClock(), replay: dataWith(9) })).toThrow(/replay must have option universes of fewer symbols/);
  });
});

describe('a day that ends early', () => {
  it('has its trades before it ends', () => {
    // The day after Thanksgiving.
    const universe = { ...read(exampleUniverse(EXAMPLE_CONTRACTS)), date: '2023-11-24' };
    const data = { ...dataOf(universe), startAtMs: Date.UTC(2023, 10, 24, 14, 30) };
    const path = SpotPath.of(data, 'QQ', '2023-11-24');
    expect(path).toMatchObject({ openMs: Date.UTC(2023, 10, 24, 14, 30), closeMs: Date.UTC(2023, 10, 24, 18) });
    expect(path?.at(Date.UTC(2023, 10, 24, 18))).toBe(EXAMPLE_SPOT.close);
    const market = createMarket({ base: createTestClock(), replay: data, startAtMs: Date.UTC(2023, 10, 24, 18) });
    const contract = universe.contracts.find(({ volume }) => volume > 100);
    const { conId } = optionOf(market, contract ?? { expiry: '', strike: 0, right: 'C' });
    expect(market.quote(conId)).toMatchObject({ open: contract?.open, last: contract?.close, volume: contract?.volume });
    market.close();
  });
});

describe('the trades of a contract', () => {
  it('make its day, whatever its prices and volume are', () => {
    const path = SpotPath.of(dataOf(read(exampleUniverse(EXAMPLE_CONTRACTS))), 'QQ', '2024-03-05');
    const cents = fc.integer({ min: 1, max: 500 });
    fc.assert(
      fc.property(fc.array(cents, { minLength: 4, maxLength: 4 }), fc.nat(3), fc.nat(3), fc.integer({ min: 4, max: 100_000 }), fc.constantFrom<'C' | 'P'>('C', 'P'), fc.nat(), (prices, first, last, volume, right, seed) => {
        const [high, low] = [Math.max(...prices), Math.min(...prices)];
        const [open = 1, close = 1] = [prices[first], prices[last]];
        const contract = { expiry: '20240315', strike: 100, right, open, high, low, close, volume, openInterest: 0, impliedVol: undefined };
        if (path === undefined) throw new Error('there must be a path');
        const trades = universeTape(contract, path, seed);
        const said = trades.flatMap(({ price }) => (price === undefined ? [] : [price]));
        expect([said[0], said.at(-1), Math.max(...said), Math.min(...said)]).toEqual([open, close, high, low]);
        expect([trades[0]?.price, trades.at(-1)?.price]).toEqual([open, close]);
        expect(trades.reduce((sum, { size }) => sum + size, 0)).toBe(volume);
        const odd = trades.filter(({ atMs, size }, index) => size < 1 || atMs < path.openMs || atMs >= path.closeMs || atMs % 250 !== 0 || atMs < (trades[index - 1]?.atMs ?? 0));
        expect(odd).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

describe('refusing', () => {
  const [header = '', underlying = '', first = ''] = exampleUniverse(EXAMPLE_CONTRACTS.slice(0, 1)).split('\n');
  const changed = (column: number, value: string): string => first.split(',').map((field, index) => (index === column ? value : field)).join(',');
  it.each([
    [[underlying], 'line 1, header must be #expiry,strike,right,open,high,low,close,volume'],
    [[header], 'row must be that of the underlying'],
    [[header, first], 'line 2, column 1 (expiry) must be empty on the first line'],
    [[header, ',,,,1,1,1,1,,,,,,,'], 'line 2, column 4 (open) must be above 0'],
    [[header, underlying], 'row must be followed by at least one contract'],
    [[header, underlying, '20240315,100'], 'line 3, row must have 10 to 15 fields, not 2'],
    [[header, underlying, changed(0, '20240230')], 'line 3, column 1 (expiry) must be a day of the calendar, YYYYMMDD, got "20240230"'],
    [[header, underlying, changed(0, '20240301')], 'line 3, column 1 (expiry) must not be before the day of the file (20240305)'],
    [[header, underlying, changed(1, '0')], 'line 3, column 2 (strike) must be above 0'],
    [[header, underlying, changed(2, 'X')], 'line 3, column 3 (right) must be C or P, got "X"'],
    [[header, underlying, changed(3, 'x')], 'line 3, column 4 (open) must be a decimal number from 0 to 1000000000, or empty, got "x"'],
    [[header, underlying, changed(4, '0.01')], 'line 3, column 5 (high) must not be below open, low or close'],
    [[header, underlying, changed(7, '1.5')], 'line 3, column 8 (volume) must be a whole number, got "1.5"'],
    [[header, underlying, changed(9, '-1')], 'line 3, column 10 (implied_volatility) must be a decimal number from 0 to 100'],
    [[header, underlying, changed(12, 'vega')], 'line 3, column 13 (vega) must be a decimal number'],
    [[header, underlying, first, first], 'line 4, column 2 (strike) must not be that of a contract above it'],
  ])('%j', (lines, message) => {
    expect(() => read(lines.join('\n'))).toThrow(message);
  });
});
