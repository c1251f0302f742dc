import { chainRowSchema, contractDetailsSchema, contractSchema, pnlSchema, positionSchema, quoteSchema } from '@ibkit/api-contract';
import type { OptionChainRow, Quote, ResolvedContract } from '@ibkit/market-data';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasHoles } from '../testing/rig.js';
import { pnlView, portfolioLineView, positionView } from './account.js';
import { chainRowView } from './chain.js';
import { contractDetailsView, contractView, expiryView } from './contract.js';
import { quoteView } from './quote.js';

const absent = { nil: undefined };
/** Everything that a number of the broker may turn out to be. */
const amount = fc.option(fc.oneof(fc.double(), fc.constantFrom(0, -1, Number.MAX_VALUE, -Number.MAX_VALUE, Number.NaN, Number.POSITIVE_INFINITY)), absent);
const text = fc.option(fc.oneof(fc.constant(''), fc.string()), absent);
const instant = fc.integer({ min: 0, max: 4_102_444_800_000 });

const contract = fc.record({
  conId: fc.option(fc.integer({ min: 0 }), absent), symbol: text, secType: text, exchange: text, primaryExch: text, currency: text, localSymbol: text, tradingClass: text,
  lastTradeDateOrContractMonth: fc.option(fc.oneof(fc.constantFrom('', '20261218', '202612', '20261218 08:30:00 US/Central', '2026-12-18'), fc.string()), absent), strike: amount,
  right: fc.constantFrom(undefined, 'C' as const, 'P' as const), multiplier: fc.option(fc.oneof(fc.constantFrom('', '100', '0', 'x'), fc.string()), absent),
  comboLegs: fc.option(fc.array(fc.record({ conId: fc.option(fc.nat(), absent), ratio: fc.option(fc.nat(), absent), action: fc.constantFrom(undefined, 'BUY', 'SELL', 'SSHORT'), exchange: text })), absent),
}); // prettier-ignore

const computation = fc.record({ impliedVolatility: amount, delta: amount, gamma: amount, vega: amount, theta: amount, price: amount, underlyingPrice: amount, atMs: instant });

const quote: fc.Arbitrary<Quote> = fc.record({
  symbol: fc.string(), conId: fc.nat(), mode: fc.constantFrom('live' as const, 'delayed' as const, 'unknown' as const), session: fc.constantFrom('regular' as const, 'closed' as const, 'unknown' as const),
  receivedAtMs: instant, fieldAtMs: fc.constant({}), stale: fc.boolean(), staleReason: text, gaps: fc.nat(), halted: fc.constantFrom(undefined, true, false),
  bid: amount, bidSize: amount, ask: amount, askSize: amount, last: amount, lastSize: amount, volume: amount, open: amount, high: amount, low: amount, close: amount,
  greeks: fc.option(fc.record({ model: fc.option(computation, absent) }), absent),
}); // prettier-ignore

/** It fits the contract as JSON, and nothing that is not known became a number or a key. */
function expectClean(schema: { parse(value: unknown): unknown }, view: object): void {
  expect(hasHoles(view)).toBe(false);
  expect(schema.parse(JSON.parse(JSON.stringify(view)))).toEqual(view);
}

describe('what answers show', () => {
  it('of a contract fits, and 0 and empty texts are absent', () => {
    fc.assert(fc.property(contract, (source) => {
      const view = contractView(source);
      expectClean(contractSchema, view);
      expect(Object.values(view)).not.toContain('');
      expect(view.conId).not.toBe(0);
      expect(view.strike).not.toBe(0);
      expect([undefined, source.comboLegs?.length]).toContain(view.legs?.length);
    }));
  });

  it('of a quote fits, and what is not known is absent', () => {
    fc.assert(fc.property(quote, instant, (source, nowMs) => {
      const view = quoteView(source, nowMs);
      expectClean(quoteSchema, view);
      expect(view.ageMs).toBeGreaterThanOrEqual(0);
      for (const field of ['bid', 'ask', 'last', 'volume'] as const) expect(field in view).toBe(source[field] !== undefined && Number.isFinite(source[field]) && Math.abs(source[field]) !== Number.MAX_VALUE);
    }));
  });

  it('of a row of a chain fits', () => {
    const greeks = fc.record({ source: fc.constantFrom('tws' as const, 'local' as const), impliedVolatility: amount, delta: fc.double({ noNaN: true, min: -1, max: 1 }), gamma: amount, vega: amount, theta: amount, rho: amount, price: amount, underlyingPrice: amount, atMs: instant });
    fc.assert(fc.property(quote, fc.option(greeks, absent), ({ bid, ask, last, volume, mode, stale }, known) => {
      const row: OptionChainRow = {
        conId: 1, contract: RESOLVED, expiry: '2026-12-18', strike: 600, right: 'C', tradingClass: 'SPY', bid, ask, last, volume, noBid: false, noAsk: false, greeks: known, mode, complete: false, missing: ['bid'], incompleteReason: 'waiting', watched: true, stale, gaps: 0,
      };
      expectClean(chainRowSchema, chainRowView(row));
    })); // prettier-ignore
  });

  it('of positions, portfolios and profit and loss fits', () => {
    const line = fc.record({ account: fc.string(), contract, position: fc.double({ noNaN: true, noDefaultInfinity: true }), avgCost: amount, marketPrice: amount, marketValue: amount, averageCost: amount, unrealizedPnl: amount, realizedPnl: amount });
    fc.assert(fc.property(line, instant, fc.boolean(), (source, receivedAtMs, stale) => {
      expectClean(positionSchema, positionView(source));
      expectClean(positionSchema, portfolioLineView(source));
      const { account, unrealizedPnl, realizedPnl } = source;
      expectClean(pnlSchema, pnlView({ account, unrealizedPnl, realizedPnl, receivedAtMs, stale, gaps: 0 }));
    }));
  });

  it('of a resolved contract fits', () => {
    expectClean(contractDetailsSchema, contractDetailsView(RESOLVED));
    expect(contractDetailsView(RESOLVED)).not.toHaveProperty('minTick');
  });
});

it.each([['20261218', '2026-12-18'], ['2026-12-18', '2026-12-18'], ['20261218 08:30:00 US/Central', '2026-12-18'], ['202612', '2026-12'], ['', undefined], ['soon', undefined], [undefined, undefined]])('reads the expiry %j as %j', (source, expiry) => {
  expect(expiryView(source)).toBe(expiry);
});

const RESOLVED: ResolvedContract = { conId: 756733, symbol: 'SPY', secType: 'STK', exchange: 'SMART', currency: 'USD', localSymbol: 'SPY', minTick: 0, longName: '', validExchanges: ['SMART'], marketRuleIds: [26] };
