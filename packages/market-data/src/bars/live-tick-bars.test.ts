import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import { MarketData } from '../market-data.js';
import type { TickStream } from '../streams/tick-stream.js';
import { AAPL, brokerKnowing, notice } from '../testing/fake-broker.js';
import { FakeConnection } from '../testing/fake-connection.js';
import type { TickBarItem } from './tick-bar.js';

/** A Wednesday, 11:00 in New York. */
const NOW_MS = Date.UTC(2026, 4, 20, 15);
const HOURS = { timeZoneId: 'US/Eastern', tradingHours: '20260520:0400-20260520:2000;20260521:0400-20260521:2000', liquidHours: '20260520:0930-20260520:1600;20260521:0930-20260521:1600' };

interface Parts {
  readonly connection: FakeConnection;
  readonly marketData: MarketData;
}

async function withMarket(run: (parts: Parts) => Promise<void>): Promise<void> {
  const connection = new FakeConnection({ clock: createTestClock({ nowMs: NOW_MS }), broker: brokerKnowing({ ...AAPL, ...HOURS }) });
  const marketData = new MarketData({ connection });
  await marketData.resolve('AAPL');
  connection.sent.length = 0;
  await run({ connection, marketData });
  await marketData.close();
  expect([connection.openCount, connection.listenerCount, connection.clock.pending]).toEqual([0, 0, 0]);
}

const settle = async (): Promise<void> => {
  for (let turns = 10; turns > 0; turns -= 1) await Promise.resolve();
};

async function held<T>(stream: TickStream<T>): Promise<readonly T[]> {
  await settle();
  const items: T[] = [];
  while (stream.held > 0) {
    const { value } = await stream.next();
    if (value !== undefined) items.push(value);
  }
  return items;
}

describe('bars from tick-by-tick trades', () => {
  const trade = async (connection: FakeConnection, second: number, price = 10, more: { readonly size?: number; readonly mask?: number } = {}): Promise<void> => {
    await connection.clock.advance(Math.max(0, NOW_MS + second * 1000 - connection.clock.now()));
    const { size = 100, mask = 0 } = more;
    connection.deliver({ type: 'tickByTick', reqId: connection.latestId('reqTickByTickData'), kind: 'Last', time: NOW_MS / 1000 + second, price, size, mask, exchange: 'ARCA', specialConditions: '' });
    await settle();
  };
  const short = (items: readonly TickBarItem[]): unknown =>
    items.map((item) => (item.type === 'gap' ? ['gap', item.reason] : [(item.time - NOW_MS) / 1000, item.volume, item.flaw, item.endedBy]));

  it('ask for reported trades, and give a bar out when the next one begins', () =>
    withMarket(async ({ connection, marketData }) => {
      const bars = marketData.bars('AAPL', { by: 'time', size: '1 min' });
      expect(connection.sent).toEqual([expect.objectContaining({ type: 'reqTickByTickData', tickType: 'Last' })]);
      await trade(connection, 1);
      await trade(connection, 59, 11);
      await trade(connection, 60, 12);
      await trade(connection, 130, 13, { mask: 2 });
      expect(short(await held(bars))).toEqual([[0, 200, 'start', 'trade'], [60, 100, undefined, 'clock']]);
      await bars.close();
      expect(connection.sentOf('cancelTickByTickData')).toHaveLength(1);
    }));

  it('do not wait for ever for a trade behind a bar, but as long as the link is down', () =>
    withMarket(async ({ connection, marketData }) => {
      const bars = marketData.bars('AAPL', { by: 'time', size: '1 min' });
      await trade(connection, 10);
      await connection.clock.advance(51_999);
      expect(bars.held).toBe(0);
      await connection.clock.advance(1);
      expect(short(await held(bars))).toEqual([[0, 100, 'start', 'clock']]);
      await trade(connection, 70);
      connection.drop();
      await connection.clock.advance(120_000);
      expect(bars.held).toBe(0);
      connection.restore();
      await trade(connection, 200);
      expect(short(await held(bars))).toEqual([['gap', 'the session ended'], [60, 100, 'gap', 'trade']]);
      await trade(connection, 240);
      expect(short(await held(bars))).toEqual([[180, 100, 'gap', 'trade']]);
    }));

  it('count a trade that comes behind its bar as late', () =>
    withMarket(async ({ connection, marketData }) => {
      const bars = marketData.bars('AAPL', { by: 'time', size: '1 min' });
      await trade(connection, 10);
      await connection.clock.advance(60_000);
      await trade(connection, 20);
      await trade(connection, 80);
      await trade(connection, 125);
      expect(await held(bars)).toMatchObject([{ count: 1, lateTrades: 0 }, { count: 1, lateTrades: 1 }]);
    }));

  it('give out what they have of the open bar when the broker ends the trades, then the typed error', () =>
    withMarket(async ({ connection, marketData }) => {
      const bars = marketData.bars('AAPL', { by: 'ticks', size: 5 });
      await trade(connection, 1);
      connection.deliver(notice(connection.latestId('reqTickByTickData'), 10189, 'Failed to request tick-by-tick data: no market data permissions'));
      await settle();
      expect(short(await held(bars))).toEqual([[1, 100, 'end', 'end']]);
      await expect(bars.next()).rejects.toMatchObject({ name: 'MarketDataError', brokerCode: 10189 });
    }));

  it('keep to regular hours when asked to, also in weeks of which the first look-up told nothing', () =>
    withMarket(async ({ connection, marketData }) => {
      const bars = marketData.bars('AAPL', { by: 'volume', size: 200, useRth: true });
      const day = 86_400;
      await trade(connection, 1);
      await trade(connection, 5 * 3600);
      expect(connection.sentOf('reqContractDetails')).toHaveLength(1);
      expect((await held(bars)).filter(({ type }) => type === 'bar')).toMatchObject([{ volume: 100, endedBy: 'session' }]);
      await trade(connection, 2 * day);
      await trade(connection, 2 * day + 1);
      expect(connection.sentOf('reqContractDetails').length).toBeGreaterThan(1);
      expect((await held(bars)).filter(({ type }) => type === 'bar')).toMatchObject([{ volume: 200, flaw: 'hours', endedBy: 'size' }]);
    }));

  it('leave out no trade that comes while nobody should trade, unless regular hours are asked for', () =>
    withMarket(async ({ connection, marketData }) => {
      const bySize = marketData.bars('AAPL', { by: 'volume', size: 200 });
      const night = 12 * 3600;
      await trade(connection, night);
      await trade(connection, night + 1);
      expect(short(await held(bySize))).toEqual([[night, 200, undefined, 'size']]);
      await bySize.close();
      const byTime = marketData.bars('AAPL', { by: 'time', size: '1 min' });
      for (const second of [120, 121, 180]) await trade(connection, night + second);
      expect(short(await held(byTime))).toEqual([[night + 120, 200, 'start', 'trade']]);
    }));

  it('refuse what makes no sense, at once', () =>
    withMarket(({ marketData }) => {
      expect(() => marketData.bars('AAPL', { by: 'time', size: '1 day' })).toThrow('must be 8 hours or shorter');
      expect(() => marketData.bars('AAPL', { by: 'ticks', size: 0 })).toThrow('size must be a whole number of at least 1');
      expect(() => marketData.bars('AAPL', { by: 'time', size: '1 min', closeAfterMs: -1 })).toThrow('closeAfterMs must be a number of milliseconds');
      return Promise.resolve();
    }));
});

describe('realTimeBars', () => {
  const bar = (connection: FakeConnection, second: number, close = 10): void => {
    connection.deliver({ type: 'realTimeBar', reqId: connection.latestId('reqRealTimeBars'), time: NOW_MS / 1000 + second, open: close, high: close, low: close, close, volume: -1, wap: -1, count: -1 });
  };

  it('ask for bars of five seconds, and leave out what a kind does not have', () =>
    withMarket(async ({ connection, marketData }) => {
      const bars = marketData.realTimeBars('AAPL', { what: 'BID', useRth: true });
      await settle();
      expect(connection.sent).toEqual([expect.objectContaining({ type: 'reqRealTimeBars', barSize: 5, whatToShow: 'BID', useRTH: true })]);
      bar(connection, 0);
      expect(await held(bars)).toEqual([{ type: 'bar', time: NOW_MS, open: 10, high: 10, low: 10, close: 10, volume: undefined, wap: undefined, count: undefined }]);
      await bars.close();
      expect(connection.sentOf('cancelRealTimeBars')).toHaveLength(1);
    }));

  it('count what is missing by the times of the bars, drop what comes twice, and say why when they know', () =>
    withMarket(async ({ connection, marketData }) => {
      const bars = marketData.realTimeBars('AAPL');
      await settle();
      bar(connection, 0);
      bar(connection, 0);
      bar(connection, 20);
      connection.drop();
      await connection.clock.advance(20_000);
      connection.restore();
      bar(connection, 20);
      bar(connection, 25);
      bar(connection, 60);
      expect((await held(bars)).map((item) => (item.type === 'bar' ? (item.time - NOW_MS) / 1000 : [item.missingBars, (item.fromMs - NOW_MS) / 1000, (item.toMs - NOW_MS) / 1000, item.reason]))).toEqual([
        0, [3, 5, 20, 'the broker sent no bars'], 20, 25, [6, 30, 60, 'the broker sent no bars'], 60,
      ]);
    }));

  it('do not miss the bars of a night', () =>
    withMarket(async ({ connection, marketData }) => {
      const bars = marketData.realTimeBars('AAPL', { useRth: true });
      await settle();
      const toClose = 5 * 3600;
      const toOpen = toClose + 17.5 * 3600;
      bar(connection, toClose - 15);
      bar(connection, toOpen + 10);
      expect((await held(bars)).map((item) => (item.type === 'gap' ? item.missingBars : 'bar'))).toEqual(['bar', 4, 'bar']);
    }));

  it.each([
    [10_225, 'bust event', 'a bust ended the bars (10225)'],
    [10_182, 'Failed to request live updates', 'the broker ended the bars (10182)'],
    [420, 'Invalid Real-time Query:Historical data request pacing violation', 'the broker refused the bars: pacing (420)'],
    [420, 'Invalid Real-time Query:Trading TWS session is connected from a different IP address', 'another session of this user has the data (420)'],
    [10_197, 'No market data during competing live session', 'another session of this user has the market data (10197)'],
  ])('are asked for again after %i (%s)', (code, text, reason) =>
    withMarket(async ({ connection, marketData }) => {
      const bars = marketData.realTimeBars('AAPL');
      await settle();
      bar(connection, 0);
      connection.deliver(notice(connection.latestId('reqRealTimeBars'), code, text));
      await connection.clock.advance(60_000);
      await settle();
      expect(connection.sentOf('reqRealTimeBars')).toHaveLength(2);
      bar(connection, 60);
      expect(await held(bars)).toMatchObject([{ type: 'bar' }, { type: 'gap', missingBars: 11, reason }, { type: 'bar' }]);
    }));

  it.each([
    [420, 'Invalid Real-time Query:No market data permissions for NASDAQ STK', 'MarketDataError'],
    [200, 'No security definition has been found for the request', 'ContractError'],
    [321, 'Error validating request', 'RequestError'],
    [322, 'Duplicate ticker ID', 'RequestError'],
    [354, 'Requested market data is not subscribed.', 'MarketDataError'],
    [10_089, 'Requested market data requires additional subscription for API.', 'MarketDataError'],
  ])('end with a typed error after %i (%s)', (code, text, name) =>
    withMarket(async ({ connection, marketData }) => {
      const bars = marketData.realTimeBars('AAPL');
      await settle();
      connection.deliver(notice(connection.latestId('reqRealTimeBars'), code, text));
      await expect(bars.next()).rejects.toMatchObject({ name, brokerCode: code });
    }));

  it('refuse kinds that there are not', () =>
    withMarket(({ marketData }) => {
      expect(() => marketData.realTimeBars('AAPL', { silenceMs: 1 })).toThrow('silenceMs');
      return Promise.resolve();
    }));
});
