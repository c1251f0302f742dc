import { TimeZone } from '@ibkit/clock';
import { createTestClock } from '@ibkit/clock/testing';
import type { ClientMessageOf } from '@ibkit/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MarketData } from '../market-data.js';
import { AAPL, brokerKnowing, notice } from '../testing/fake-broker.js';
import { FakeConnection } from '../testing/fake-connection.js';
import { parseTwsTime } from './history-dates.js';
import { TICKS_PER_REQUEST, tickPage } from './past-ticks.js';
import type { TickPage } from './past-ticks.js';

const NOW_MS = Date.UTC(2026, 4, 20, 15);
const FROM_MS = Date.UTC(2026, 4, 19, 14);
const newYork = new TimeZone('America/New_York');

interface Tick {
  readonly time: number;
  readonly price: number;
}

/** Ticks that are told apart by their price: the nth has the price n. */
function ticksOf(perSecond: readonly number[]): readonly Tick[] {
  let price = 0;
  return perSecond.flatMap((count, second) =>
    Array.from({ length: count }, () => {
      price += 1;
      return { time: FROM_MS + second * 1000, price };
    }),
  );
}

/** TWS API: the first 1,000 from a second on; with the rest of the last second, or cut there. */
function served(ticks: readonly Tick[], fromMs: number, completes: boolean): readonly Tick[] {
  const rest = ticks.filter(({ time }) => time >= fromMs);
  const last = rest[TICKS_PER_REQUEST - 1];
  if (last === undefined) return rest;
  return completes ? rest.filter(({ time }, index) => index < TICKS_PER_REQUEST || time === last.time) : rest.slice(0, TICKS_PER_REQUEST);
}

type TickRequest = ClientMessageOf<'reqHistoricalTicks'>;

function setUp(answer: (request: TickRequest, connection: FakeConnection) => void): { readonly connection: FakeConnection; readonly marketData: MarketData } {
  const known = brokerKnowing({ ...AAPL, timeZoneId: 'US/Eastern' });
  const connection = new FakeConnection({
    clock: createTestClock({ nowMs: NOW_MS }),
    broker: (message, from) => {
      if (message.type === 'reqHistoricalTicks') answer(message, from);
      else known(message, from);
    },
  });
  return { connection, marketData: new MarketData({ connection }) };
}

function startOf(request: TickRequest): number {
  const start = parseTwsTime(request.startDateTime ?? '');
  return start?.kind === 'instant' ? start.atMs : Number.NaN;
}

const seconds = fc.array(fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 60 }) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 990 }) }), { minLength: 1, maxLength: 120 });

describe('tickPage', () => {
  it.each([true, false])('loses and repeats nothing, with many ticks in a second (the broker completes seconds: %s)', (completes) => {
    fc.assert(
      fc.property(seconds, fc.integer({ min: 1, max: 130 }), (perSecond, length) => {
        const ticks = ticksOf(perSecond);
        const toMs = FROM_MS + length * 1000;
        const got: Tick[] = [];
        let pages = 0;
        let fromMs: number | undefined = FROM_MS;
        while (fromMs !== undefined) {
          const page: TickPage<Tick> = tickPage(served(ticks, fromMs, completes), { fromMs, toMs, timeZone: newYork });
          got.push(...page.ticks);
          expect(page.nextMs ?? Number.POSITIVE_INFINITY).toBeGreaterThan(fromMs);
          fromMs = page.nextMs;
          pages += 1;
        }
        expect(got).toEqual(ticks.filter(({ time }) => time < toMs));
        expect(pages).toBeLessThanOrEqual(got.length / 2 + 3);
      }),
    );
  });

  it('takes a single second of any size as a whole where the broker completes seconds', () => {
    const ticks = ticksOf([2500, 1]);
    const page = tickPage(served(ticks, FROM_MS, true), { fromMs: FROM_MS, toMs: FROM_MS + 10_000, timeZone: newYork });
    expect(page.ticks).toHaveLength(2500);
    expect(page.nextMs).toBe(FROM_MS + 1000);
  });

  it('looks at the next day behind an empty answer, over both changes of the clock', () => {
    for (const [fromMs, nextMs] of [
      [Date.UTC(2026, 2, 8, 5), Date.UTC(2026, 2, 9, 4)],
      [Date.UTC(2026, 10, 1, 4), Date.UTC(2026, 10, 2, 5)],
      [Date.UTC(2026, 10, 2, 4, 59, 59), Date.UTC(2026, 10, 2, 5)],
    ] as const) {
      expect(tickPage([], { fromMs, toMs: fromMs + 10 * 86_400_000, timeZone: newYork })).toEqual({ ticks: [], nextMs, gap: { type: 'gap', fromMs, toMs: nextMs } });
    }
  });
});

describe('historicalTicks', () => {
  it('pages through trades and marks what is empty', async () => {
    const ticks = ticksOf(Array.from({ length: 50 }, () => 47));
    const { connection, marketData } = setUp((request, from) => {
      const page = served(ticks, startOf(request), true).map(({ time, price }) => ({ time: time / 1000, mask: 2, price, size: 5, exchange: 'ISLAND', specialConditions: 'I' }));
      if (page.length === 0) from.deliver(notice(request.reqId, 162, 'HMDS query returned no data'));
      // TWS may send an answer in parts.
      else {
        from.deliver({ type: 'historicalTicksLast', reqId: request.reqId, ticks: page.slice(0, 400), done: false });
        from.deliver({ type: 'historicalTicksLast', reqId: request.reqId, ticks: page.slice(400), done: true });
      }
    });
    const got: unknown[] = [];
    for await (const tick of marketData.historicalTicks('AAPL', { kind: 'TRADES', from: new Date(FROM_MS) })) got.push(tick);
    expect(got.slice(0, 2350)).toEqual(
      ticks.map(({ time, price }) => ({ type: 'trade', time, price, size: 5, exchange: 'ISLAND', conditions: 'I', pastLimit: false, unreported: true })),
    );
    expect(got.slice(2350)).toEqual([
      { type: 'gap', fromMs: FROM_MS + 50_000, toMs: Date.UTC(2026, 4, 20, 4) },
      { type: 'gap', fromMs: Date.UTC(2026, 4, 20, 4), toMs: NOW_MS },
    ]);
    expect(connection.sentOf('reqHistoricalTicks')[0]).toMatchObject({ startDateTime: '20260519-14:00:00', endDateTime: '', numberOfTicks: 1000, whatToShow: 'TRADES', useRTH: false });
    await marketData.close();
    expect(connection.openCount).toBe(0);
  });

  it('reads quotes, with absent sides absent, and midpoints', async () => {
    const { marketData } = setUp((request, from) => {
      const time = FROM_MS / 1000;
      if (request.whatToShow === 'BID_ASK') {
        from.deliver({ type: 'historicalTicksBidAsk', reqId: request.reqId, done: true, ticks: [{ time, mask: 1, bidPrice: -1, askPrice: 2, bidSize: 0, askSize: 4 }] });
      } else from.deliver({ type: 'historicalTicks', reqId: request.reqId, done: true, ticks: [{ time, price: 1.5, size: 0 }] });
    });
    const range = { from: FROM_MS, to: FROM_MS + 1000 };
    const { value: quote } = await marketData.historicalTicks('AAPL', { ...range, kind: 'BID_ASK' }).next();
    expect(quote).toEqual({ type: 'bidAsk', time: FROM_MS, bid: undefined, ask: 2, bidSize: 0, askSize: 4, bidPastLow: false, askPastHigh: true });
    const middles = marketData.historicalTicks('AAPL', { ...range, kind: 'MIDPOINT' });
    expect((await middles.next()).value).toEqual({ type: 'midPoint', time: FROM_MS, price: 1.5 });
    expect(await middles.next()).toEqual({ done: true, value: undefined });
    await marketData.close();
  });
});
