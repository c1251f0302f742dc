import { describe, expect, it } from 'vitest';
import type { Quote } from '../quotes/quote.js';
import { IN_SESSION_MS, patience, withLoopback } from '../testing/loopback.js';

const complete = (quote: Quote): boolean => quote.bid !== undefined && quote.ask !== undefined && quote.last !== undefined;
const fresh = (quote: Quote): boolean => !quote.stale && complete(quote);

describe('6: a storm of 1100, 2110 at each connect, 1101 and 1102', () => {
  it('is one gap and one change to stale, however often the gateway says it; 1102 keeps the line, 1101 asks for a new one', () =>
    withLoopback({}, async ({ simulator, marketData }) => {
      const ticker = marketData.subscribeTicker('AAPL');
      await ticker.waitFor(complete, patience);
      const gaps: string[] = [];
      const stale: string[] = [];
      ticker.on('gap', ({ reason }) => gaps.push(reason));
      marketData.events.on('stream.stale', ({ cause }) => stale.push(cause));
      simulator.control.inject({ type: 'error-storm', code: 1100, count: 833 });
      await ticker.waitFor(({ stale: isStale }) => isStale, patience);
      simulator.control.notice(1102);
      await ticker.waitFor((quote) => fresh(quote) && quote.gaps === 1, patience);
      expect([gaps, stale]).toEqual([['the gateway has no link to the broker'], ['linkDown']]);
      const lines = (): number => simulator.control.journal({ kind: 'in', type: 'reqMktData' }).length;
      expect(lines()).toBe(1);
      simulator.control.notice(1101);
      await ticker.waitFor((quote) => fresh(quote) && quote.gaps === 2, patience);
      expect(lines()).toBe(2);
    }));

  it('2110 is an outage like 1100, until the link is back', () =>
    withLoopback({}, async ({ simulator, marketData }) => {
      const ticker = marketData.subscribeTicker('AAPL');
      await ticker.waitFor(complete, patience);
      simulator.control.notice(2110);
      await expect(ticker.waitFor(({ stale }) => stale, patience)).resolves.toMatchObject({ staleReason: 'the gateway has no link to the broker' });
      simulator.control.notice(1102);
      await ticker.waitFor(fresh, patience);
    }));
});

describe('7: one farm flaps, the historical farm flaps, one bar stream dies', () => {
  it('the lines of the farm are in doubt and go on with it, on the same session and the same request', () =>
    withLoopback({}, async ({ simulator, connection, marketData }) => {
      const ticker = marketData.subscribeTicker('AAPL');
      const trades = marketData.tickByTick('AAPL', 'AllLast');
      await ticker.waitFor(complete, patience);
      const end = simulator.control.inject({ type: 'farm-down' });
      await expect(ticker.waitFor(({ stale }) => stale, patience)).resolves.toMatchObject({ staleReason: 'the market data farm usfarm is down' });
      end();
      await ticker.waitFor(fresh, patience);
      for await (const item of trades) if (item.type === 'gap') break;
      expect([connection.getStatus().reconnectCount, simulator.control.journal({ kind: 'in', type: 'reqMktData' }).length]).toEqual([0, 1]);
    }));

  it('a bulk query waits for the historical farm, and quotes do not care', () =>
    withLoopback({}, async ({ simulator, connection, marketData }) => {
      const ticker = marketData.subscribeTicker('AAPL');
      await ticker.waitFor(complete, patience);
      const end = simulator.control.inject({ type: 'farm-down', farm: 'ushmds' });
      const stream = marketData.history('AAPL', { from: IN_SESSION_MS - 3_600_000, to: IN_SESSION_MS, barSize: '5 mins' });
      const retried = new Promise<string>((resolve) => {
        stream.on('retry', ({ reason }) => {
          resolve(reason);
          end();
        });
      });
      let bars = 0;
      for await (const bar of stream) bars += bar.complete ? 1 : 0;
      expect([await retried, bars, ticker.current?.stale, connection.getStatus().reconnectCount]).toEqual(['service', 12, false, 0]);
    }), 20_000);

  it('10182 on one stream of bars: that one is asked for again and says where, the others are not touched', () =>
    withLoopback({}, async ({ simulator, marketData }) => {
      const bars = marketData.keepUpToDate('AAPL', { barSize: '1 min' });
      const other = marketData.keepUpToDate('MSFT', { barSize: '1 min' });
      await Promise.all([bars.next(), other.next()]);
      const [first] = simulator.control.journal({ kind: 'in', type: 'reqHistoricalData' }).filter(({ message }) => JSON.stringify(message).includes('"symbol":"AAPL"'));
      const reqId = first?.message !== undefined && 'reqId' in first.message && typeof first.message.reqId === 'number' ? first.message.reqId : -1;
      simulator.control.inject({ type: 'kill-bar-stream', reqId });
      for await (const item of bars) {
        if (item.type !== 'gap') continue;
        expect(item).toMatchObject({ backfilled: true, reason: 'the broker ended the updates (10182)' });
        break;
      }
      expect(simulator.control.journal({ kind: 'in', type: 'reqHistoricalData' })).toHaveLength(3);
      await other.close();
    }));
});

describe('8: another session takes the data (10197), then silence with every farm OK', () => {
  it('is one alarm that names it, whatever the farms say, and every kind of stream ticks again with its gap when that session ends', () =>
    withLoopback(
      {},
      async ({ simulator, connection, marketData }) => {
        const ticker = marketData.subscribeTicker('AAPL');
        const trades = marketData.tickByTick('AAPL', 'AllLast');
        await ticker.waitFor(complete, patience);
        await trades.next();
        const alarms: string[] = [];
        marketData.events.on('stream.alarm', ({ code, key }) => alarms.push(`${code} ${key}`));
        const over = marketData.events.once('stream.alarmOver');
        const gaps: string[] = [];
        ticker.on('gap', ({ reason }) => gaps.push(reason));
        const end = simulator.control.inject({ type: 'competing-session' });
        await ticker.waitFor(({ stale }) => stale, patience);
        // Asked for again, and refused again: still one alarm.
        await new Promise<void>((resolve) => {
          const stop = simulator.control.watchJournal(({ kind, type }) => {
            if (kind !== 'in' || type !== 'reqMktData') return;
            stop();
            resolve();
          });
        });
        expect(Object.values(connection.health.layers.farms).every(({ status }) => status !== 'down')).toBe(true);
        end();
        await ticker.waitFor(fresh, patience);
        await over;
        expect(alarms).toEqual(['IBKR_STREAM_COMPETING_SESSION competingSession']);
        expect(gaps).toEqual(['another session of this user has the market data (10197)']);
        for await (const item of trades) {
          if (item.type !== 'gap') continue;
          expect(item.reason).toBe('another session of this user has the market data (10197)');
          break;
        }
      },
      { competingRetryMs: 1000 },
    ));
});

describe('12: advice, and the data all the same', () => {
  it('10167: delayed ticks arrive, are flagged as such, and never pass for live ones', () =>
    withLoopback({ dataPermission: 'delayed' }, async ({ marketData }) => {
      const ticker = marketData.subscribeTicker('AAPL', { mode: 'delayed' });
      await expect(ticker.waitFor(complete, patience)).resolves.toMatchObject({ mode: 'delayed', stale: false });
      await expect(marketData.getLatestPrice('AAPL')).rejects.toMatchObject({ code: 'IBKR_MARKET_DATA_NOT_SUBSCRIBED', brokerCode: 354 });
    }));

  it.each([10090, 10091, 2176])('%d: the line lives on', (code) =>
    withLoopback({}, async ({ simulator, marketData }) => {
      simulator.control.inject({ type: 'notice', code, request: 'reqMktData' });
      const ticker = marketData.subscribeTicker('AAPL');
      await ticker.waitFor(complete, patience);
      expect([ticker.status, marketData.streams[0]?.status]).toEqual(['open', 'fresh']);
    }));

  it('317: the book is emptied and fills again; nothing ends', () =>
    withLoopback({}, async ({ simulator, marketData }) => {
      const book = marketData.depth('AAPL', { rows: 3 });
      await book.waitFor(({ stale }) => !stale, patience);
      simulator.control.moveMarket({ action: 'gap', symbol: 'AAPL', percent: 10 });
      await book.waitFor(({ resets, stale }) => resets > 0 && !stale, patience);
      expect(book.status).toBe('open');
    }));
});

describe('17: shapes of dates, both changes of the clocks', () => {
  // Bars are asked for as epoch seconds; those of days come as dates, and must not move by the zone of this machine.
  it.each([
    ['spring', Date.UTC(2026, 2, 10, 15), '2026-03-05', ['2026-03-05', '2026-03-06', '2026-03-09', '2026-03-10']],
    ['autumn', Date.UTC(2026, 10, 3, 16), '2026-10-29', ['2026-10-29', '2026-10-30', '2026-11-02', '2026-11-03']],
  ])('%s: daily bars keep their dates, and hours are in order without a hole or a double', (_name, startAtMs, from, days) =>
    withLoopback({ startAtMs, sessions: 'calendar' }, async ({ marketData }) => {
      const dates: (string | undefined)[] = [];
      for await (const bar of marketData.history('AAPL', { from, to: startAtMs, barSize: '1 day', useRth: true })) dates.push(bar.date);
      expect(dates).toEqual(days);
      const opens: string[] = [];
      let before = 0;
      for await (const bar of marketData.history('AAPL', { from, to: startAtMs, barSize: '1 hour', useRth: true })) {
        expect(bar.time).toBeGreaterThan(before);
        if (bar.time - before > 6 * 3_600_000) opens.push(new Date(bar.time).toISOString().slice(11, 16));
        before = bar.time;
      }
      // 9:30 in New York on either side of the change.
      expect([...new Set(opens)].sort()).toEqual(['13:30', '14:30']);
    }));

  it.each(['zone', 'bare', 'dashed'] as const)('times written as %s are understood, since no stream asks for texts', (shape) =>
    withLoopback({}, async ({ simulator, marketData }) => {
      simulator.control.inject({ type: 'time-shape', shape });
      const times: number[] = [];
      for await (const bar of marketData.history('AAPL', { from: IN_SESSION_MS - 1_800_000, to: IN_SESSION_MS, barSize: '5 mins' })) times.push(bar.time - IN_SESSION_MS);
      expect(times).toEqual([-1_800_000, -1_500_000, -1_200_000, -900_000, -600_000, -300_000]);
    }));
});
