import { createTestClock } from '@ibkit/clock/testing';
import type { TestClock } from '@ibkit/clock/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBarSize } from '../history/bar-size.js';
import { barsOf } from '../history/bars.js';
import { optionValues } from './black-scholes.js';
import { createMarket } from './create-market.js';
import type { Instrument } from './instrument.js';
import type { Market, MarketEvent } from './market.js';
import { newYorkDays } from './new-york-days.js';
import { expiryInstant } from './option-classes.js';

const MINUTE_MS = 60_000;
const SPX = 416904;
/** Tuesday, 2 January 2024, 10:00 in New York. */
const START = Date.UTC(2024, 0, 2, 15);

function marketAt(startAtMs = START, seed = 1): { readonly base: TestClock; readonly market: Market } {
  const base = createTestClock();
  const market = createMarket({ base, startAtMs, seed });
  market.start();
  return { base, market };
}

/** The option of a class and right whose strike is nearest to the price of its underlying. */
function atTheMoney(market: Market, query: Parameters<Market['universe']['find']>[0]): Instrument {
  const found = market.universe.find(query);
  const far = ({ strike = 0, underConId = 0 }: Instrument): number => Math.abs(strike - (market.mark(underConId) ?? 0));
  const [nearest] = [...found].sort((a, b) => far(a) - far(b));
  if (nearest === undefined) throw new Error(`not listed: ${JSON.stringify(query)}`);
  return nearest;
}

describe('options on an index', () => {
  it('come in two classes: weekly ones settled at the close, monthly ones at the next open', () => {
    const { market } = marketAt();
    const chains = market.universe.optionChains(SPX);
    expect(new Set(chains.map(({ tradingClass, exchange, multiplier }) => `${tradingClass} ${exchange} ${multiplier}`))).toEqual(
      new Set(['SPX SMART 100', 'SPX CBOE 100', 'SPXW SMART 100', 'SPXW CBOE 100']),
    );
    const [weekly, monthly] = [chains.find(({ tradingClass }) => tradingClass === 'SPXW'), chains.find(({ tradingClass }) => tradingClass === 'SPX')];
    expect(weekly?.expirations).toEqual(['20240105', '20240112', '20240119', '20240126']);
    expect(monthly?.expirations).toEqual(['20240118', '20240215', '20240314', '20240418', '20240516', '20240620']);
    const [am] = market.universe.find({ symbol: 'SPX', secType: 'OPT', lastTradeDateOrContractMonth: '20240118', strike: 5900, right: 'C' });
    const [pm] = market.universe.find({ localSymbol: 'SPXW  240119C05900000' });
    expect(am).toMatchObject({ tradingClass: 'SPX', localSymbol: 'SPX   240119C05900000', settledAtOpenOf: '20240119', isCashSettled: true, multiplier: 100, underConId: SPX });
    expect(pm).toMatchObject({ tradingClass: 'SPXW', expiry: '20240119', exchange: 'SMART', validExchanges: ['SMART', 'CBOE'] });
    expect(am === undefined ? 0 : expiryInstant(am)).toBe(Date.UTC(2024, 0, 19, 14, 30));
    expect(pm === undefined ? 0 : expiryInstant(pm)).toBe(Date.UTC(2024, 0, 19, 21));
    market.close();
  });

  it('move their last days away from holidays', () => {
    // 29 March 2024 is Good Friday; the third Friday of April 2025 is one, too.
    const spring = marketAt(Date.UTC(2024, 2, 18, 15));
    expect(spring.market.universe.optionChains(756733)[0]?.expirations).toContain('20240328');
    const next = marketAt(Date.UTC(2025, 3, 1, 15));
    expect(next.market.universe.optionChains(SPX).find(({ tradingClass }) => tradingClass === 'SPX')?.expirations[0]).toBe('20250416');
    spring.market.close();
    next.market.close();
  });

  it('are priced off the index, with Greeks that belong to their prices', () => {
    const { market } = marketAt();
    const call = atTheMoney(market, { symbol: 'SPX', secType: 'OPT', tradingClass: 'SPXW', lastTradeDateOrContractMonth: '20240126', right: 'C' });
    const put = atTheMoney(market, { symbol: 'SPX', secType: 'OPT', tradingClass: 'SPXW', lastTradeDateOrContractMonth: '20240126', right: 'P' });
    const [ofCall, ofPut] = [market.optionModel(call.conId, 'model'), market.optionModel(put.conId, 'model')];
    const index = market.quote(SPX).last ?? 0;
    expect(Math.abs((ofCall?.undPrice ?? 0) - index)).toBeLessThan(0.5);
    expect((ofCall?.delta ?? 0) - (ofPut?.delta ?? 0)).toBeCloseTo(1, 2);
    const { bid = 0, ask = 0, last = 0 } = market.quote(call.conId);
    expect(bid < ask && bid > 20 && last > 0).toBe(true);
    for (const price of [bid, ask, last]) expect(Math.abs(price / 0.05 - Math.round(price / 0.05))).toBeLessThan(1e-6);
    const ofBid = market.optionModel(call.conId, 'bid');
    const years = (expiryInstant(call) - Math.floor(START / MINUTE_MS) * MINUTE_MS) / (365 * 86_400_000);
    const again = optionValues({ right: 'C', undPrice: ofBid?.undPrice ?? 0, strike: call.strike ?? 0, years, rate: 0.04, dividendYield: 0.013 }, ofBid?.impliedVol ?? 0);
    expect(again.price).toBeCloseTo(bid, 3);
    expect(again.delta).toBeCloseTo(ofBid?.delta ?? 0, 6);
    market.close();
  });
});

describe('options on a future', () => {
  it('are on contract months: quarterly ones expire with theirs, weekly ones are on the month in front', () => {
    const { market } = marketAt();
    const months = market.universe.find({ symbol: 'ES', secType: 'FUT' });
    const [front, second] = months;
    const of = (month: Instrument | undefined): readonly string[] => market.universe.optionChains(month?.conId ?? 0).map(({ tradingClass, exchange, multiplier, expirations }) => [tradingClass, exchange, multiplier, ...expirations].join(' '));
    expect(of(front)).toEqual(['ES CME 50 20240315', 'EW1 CME 50 20240105', 'EW2 CME 50 20240112', 'EW3 CME 50 20240119', 'EW4 CME 50 20240126']);
    expect(of(second)).toEqual(['ES CME 50 20240621']);
    const [call] = market.universe.find({ symbol: 'ES', secType: 'FOP', exchange: 'CME', tradingClass: 'EW2', strike: 5900, right: 'C' });
    expect(call).toMatchObject({ secType: 'FOP', localSymbol: 'EW2F4 C5900', underConId: front?.conId, multiplier: 50, contractMonth: '202401' });
    expect(market.universe.find({ localSymbol: 'EW2F4 C5900' })).toEqual([call]);
    expect(market.universe.find({ symbol: 'ES', secType: 'OPT' })).toEqual([]);
    market.close();
  });

  it('are priced off the future without interest on it: calls and puts at its price cost the same', () => {
    const { market } = marketAt();
    const [front] = market.universe.find({ symbol: 'ES', secType: 'FUT' });
    const query = { symbol: 'ES', secType: 'FOP', tradingClass: 'ES', lastTradeDateOrContractMonth: '20240315' };
    const call = atTheMoney(market, { ...query, right: 'C' });
    const put = atTheMoney(market, { ...query, right: 'P' });
    const future = market.quote(front?.conId ?? 0);
    const [ofCall, ofPut] = [market.optionModel(call.conId, 'model'), market.optionModel(put.conId, 'model')];
    expect(ofCall?.undPrice).toBe(((future.bid ?? 0) + (future.ask ?? 0)) / 2);
    const years = (expiryInstant(call) - START) / (365 * 86_400_000);
    const parity = ((ofCall?.undPrice ?? 0) - (call.strike ?? 0)) * Math.exp(-0.04 * years);
    expect((ofCall?.optPrice ?? 0) - (ofPut?.optPrice ?? 0)).toBeCloseTo(parity, 6);
    market.close();
  });
});

describe('options on what follows something else', () => {
  it('agree with their past: bars are made of the ticks, and now is the end of the past', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.constantFrom('SPX', 'ES'), fc.constantFrom<'C' | 'P'>('C', 'P'), fc.integer({ min: 0, max: 300 }), (seed, symbol, right, minute) => {
        const { market } = marketAt(Date.UTC(2024, 0, 3, 20), seed);
        const option = atTheMoney(market, { symbol, secType: symbol === 'ES' ? 'FOP' : 'OPT', lastTradeDateOrContractMonth: symbol === 'ES' ? '20240315' : '20240314', right });
        const history = market.history(option.conId);
        const range = { startMs: START + minute * MINUTE_MS, endMs: START + (minute + 8) * MINUTE_MS };
        const ticks: MarketEvent[] = [];
        history.events({ startMs: range.startMs - MINUTE_MS, endMs: range.endMs }, (event) => ticks.push(event));
        const size = parseBarSize('1 min');
        if (size === undefined) throw new Error('no bar size');
        for (const bar of barsOf(history, newYorkDays(), { kind: 'BID', size, range, regularOnly: false })) {
          const quotes = ticks.flatMap((tick) => (tick.kind === 'quote' && tick.bid !== undefined ? [{ atMs: tick.atMs, bid: tick.bid }] : []));
          const before = quotes.findLast(({ atMs }) => atMs <= bar.startMs)?.bid;
          const within = quotes.filter(({ atMs }) => atMs > bar.startMs && atMs < bar.startMs + MINUTE_MS).map(({ bid }) => bid);
          const seen = before === undefined ? within : [before, ...within];
          expect([bar.high, bar.low, bar.close]).toEqual([Math.max(...seen), Math.min(...seen), seen.at(-1)]);
        }
        const trades = ticks.filter(({ kind, atMs }) => kind === 'trade' && atMs >= range.startMs);
        const bars = barsOf(history, newYorkDays(), { kind: 'TRADES', size, range, regularOnly: false });
        expect(bars.reduce((sum, { count }) => sum + count, 0)).toBe(trades.length);
        market.close();
      }),
      { numRuns: 25 },
    );
  });

  it('tell their quotes when the walk moves, and follow a price that is set', async () => {
    const { base, market } = marketAt();
    const option = atTheMoney(market, { symbol: 'ES', secType: 'FOP', tradingClass: 'ES', lastTradeDateOrContractMonth: '20240315', right: 'C' });
    const events: MarketEvent[] = [];
    market.watch(option.conId, (event) => events.push(event));
    await base.advance(10_000);
    expect(events.filter(({ kind }) => kind === 'quote').length).toBeGreaterThan(3);
    const before = market.quote(option.conId).bid ?? 0;
    market.setPrice('SPY', 620);
    await base.advance(1_000);
    const { bid = 0 } = market.quote(option.conId);
    expect(bid).toBeGreaterThan(before + 100);
    expect(events.findLast(({ kind }) => kind === 'quote')).toMatchObject({ bid });
    market.close();
  });
});
