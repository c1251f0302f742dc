import { createTestClock } from '@ibkit/clock/testing';
import type { WireBar } from '@ibkit/wire';
import { describe, expect, it } from 'vitest';
import { MarketData } from '../market-data.js';
import { AAPL, brokerKnowing, notice } from '../testing/fake-broker.js';
import { FakeConnection } from '../testing/fake-connection.js';
import type { TickStream } from '../streams/tick-stream.js';
import type { LiveBarGap, LiveBarItem } from './live-bars.js';

/** A Wednesday, 11:00 in New York. */
const NOW_MS = Date.UTC(2026, 4, 20, 15);
const HOURS = '20260520:0400-20260520:2000;20260521:0400-20260521:2000;20260522:CLOSED';

interface Parts {
  readonly connection: FakeConnection;
  readonly marketData: MarketData;
  readonly stream: TickStream<LiveBarItem | LiveBarGap>;
}

async function setUp(nowMs = NOW_MS): Promise<Parts> {
  const connection = new FakeConnection({
    clock: createTestClock({ nowMs }),
    broker: brokerKnowing({ ...AAPL, timeZoneId: 'US/Eastern', tradingHours: HOURS, liquidHours: HOURS }),
  });
  const marketData = new MarketData({ connection });
  const stream = marketData.keepUpToDate('AAPL', { barSize: '1 min', lookBackMs: 3_600_000 });
  await connection.clock.advance(0);
  return { connection, marketData, stream };
}

function bar(offsetSeconds: number, close = 1): WireBar {
  return { date: String(NOW_MS / 1000 + offsetSeconds), open: 1, high: 2, low: 0.5, close, volume: 10, wap: 1, count: 1 };
}

function past(connection: FakeConnection, ...bars: readonly WireBar[]): void {
  connection.deliver({ type: 'historicalData', reqId: connection.latestId('reqHistoricalData'), start: '', end: '', bars });
}

function update(connection: FakeConnection, next: WireBar): void {
  connection.deliver({ type: 'historicalDataUpdate', reqId: connection.latestId('reqHistoricalData'), bar: next });
}

async function held(stream: TickStream<LiveBarItem | LiveBarGap>): Promise<readonly string[]> {
  const items: string[] = [];
  while (stream.held > 0) {
    const { value } = await stream.next();
    if (value?.type === 'bar') items.push(`${value.origin} ${(value.bar.time - NOW_MS) / 1000} ${value.bar.close}${value.bar.complete ? '' : ' open'}`);
    else if (value !== undefined) items.push(`gap ${(value.fromMs - NOW_MS) / 1000} to ${(value.toMs - NOW_MS) / 1000} ${value.backfilled ? 'filled' : 'missing'}: ${value.reason}`);
  }
  return items;
}

describe('keepUpToDate', () => {
  it('gives the bars up to now, then every change of the last one and each new one', async () => {
    const { connection, marketData, stream } = await setUp();
    expect(connection.sentOf('reqHistoricalData')).toEqual([expect.objectContaining({ endDateTime: '', barSizeSetting: '1 min', durationStr: '2 D', keepUpToDate: true, formatDate: 2 })]);
    past(connection, bar(-60), bar(0));
    update(connection, bar(0, 1.5));
    await connection.clock.advance(61_000);
    update(connection, bar(0, 1.6));
    update(connection, bar(60, 1.7));
    // What is behind the last bar is not told again.
    update(connection, bar(0, 9));
    expect(await held(stream)).toEqual(['history -60 1', 'history 0 1 open', 'update 0 1.5 open', 'update 0 1.6', 'update 60 1.7 open']);
    await marketData.close();
    expect(connection.sentOf('cancelHistoricalData')).toHaveLength(1);
    expect(connection.openCount).toBe(0);
  });

  it('asks again when the broker ends the updates, and says that the hole is filled', async () => {
    const { connection, marketData, stream } = await setUp();
    past(connection, bar(-60), bar(0));
    await connection.clock.advance(10_000);
    update(connection, bar(0, 1.1));
    await connection.clock.advance(20_000);
    connection.deliver(notice(connection.latestId('reqHistoricalData'), 10182, 'Failed to request live updates (disconnected).'));
    await connection.clock.advance(1000);
    expect(connection.sentOf('reqHistoricalData')).toHaveLength(2);
    await connection.clock.advance(60_000);
    past(connection, bar(-60), bar(0, 1.2), bar(60, 1.3));
    expect(await held(stream)).toEqual([
      'history -60 1', 'history 0 1 open', 'update 0 1.1 open', 'gap 10 to 91 filled: the broker ended the updates (10182)', 'history 0 1.2', 'history 60 1.3 open',
    ]);
    await marketData.close();
    expect(connection.openCount).toBe(0);
  });

  it('marks a hole that the bars do not reach over', async () => {
    const { connection, marketData, stream } = await setUp();
    past(connection, bar(0));
    connection.deliver(notice(connection.latestId('reqHistoricalData'), 10182, 'ended'));
    await connection.clock.advance(600_000);
    past(connection, bar(480), bar(540));
    expect(await held(stream)).toEqual(['history 0 1 open', 'gap 0 to 600 missing: the broker ended the updates (10182)', 'history 480 1', 'history 540 1']);
    await marketData.close();
  });

  it('is restored after a lost session, with its gap', async () => {
    const { connection, marketData, stream } = await setUp();
    past(connection, bar(0));
    await connection.clock.advance(5000);
    connection.drop();
    await connection.clock.advance(30_000);
    connection.restore();
    past(connection, bar(-60), bar(0, 1.4));
    expect(await held(stream)).toEqual(['history 0 1 open', 'gap 5 to 35 filled: the session ended', 'history 0 1.4 open']);
    await marketData.close();
  });

  it('asks again once the gateway has its link back, although its streams were kept', async () => {
    const { connection, marketData, stream } = await setUp();
    past(connection, bar(0));
    connection.cutUpstream();
    await connection.clock.advance(30_000);
    connection.mendUpstream();
    await connection.clock.advance(0);
    expect(connection.sentOf('reqHistoricalData')).toHaveLength(2);
    past(connection, bar(0, 1.4));
    expect(await held(stream)).toEqual(['history 0 1 open', 'gap 0 to 30 filled: the gateway has no link to the broker', 'history 0 1.4 open']);
    await marketData.close();
  });

  it('doubts a silence while the market is open, less and less often, and calls it no hole when nothing happened', async () => {
    const { connection, marketData, stream } = await setUp();
    past(connection, bar(0));
    await connection.clock.advance(119_000);
    expect(connection.sentOf('reqHistoricalData')).toHaveLength(1);
    await connection.clock.advance(1000);
    expect(connection.sentOf('reqHistoricalData')).toHaveLength(2);
    past(connection, bar(0));
    await connection.clock.advance(239_000);
    expect(connection.sentOf('reqHistoricalData')).toHaveLength(2);
    await connection.clock.advance(1000);
    expect(connection.sentOf('reqHistoricalData')).toHaveLength(3);
    past(connection, bar(0), bar(300, 2));
    expect(await held(stream)).toEqual(['history 0 1 open', 'gap 120 to 360 filled: no update arrived although the market is not known to be closed', 'history 300 2']);
    await marketData.close();
  });

  it('finds a silence normal outside of the hours', async () => {
    const { connection, marketData } = await setUp(Date.UTC(2026, 4, 21, 1));
    past(connection, bar(0));
    await connection.clock.advance(6 * 3_600_000);
    expect(connection.sentOf('reqHistoricalData')).toHaveLength(1);
    await connection.clock.advance(2 * 3_600_000);
    expect(connection.sentOf('reqHistoricalData').length).toBeGreaterThan(1);
    await marketData.close();
  });

  it('waits after a pacing violation', async () => {
    const { connection, marketData } = await setUp();
    connection.deliver(notice(connection.latestId('reqHistoricalData'), 162, 'Historical Market Data Service error message:Historical data request pacing violation'));
    await connection.clock.advance(14_000);
    expect(connection.sentOf('reqHistoricalData')).toHaveLength(1);
    await connection.clock.advance(1000);
    expect(connection.sentOf('reqHistoricalData')).toHaveLength(2);
    await marketData.close();
  });

  it('ends with what cannot work, and refuses what cannot be kept up to date', async () => {
    const { connection, marketData, stream } = await setUp();
    connection.deliver(notice(connection.latestId('reqHistoricalData'), 162, 'Historical Market Data Service error message:No market data permissions'));
    await expect(stream.next()).rejects.toMatchObject({ brokerCode: 162, retryable: false });
    expect(() => marketData.keepUpToDate('AAPL', { barSize: '1 secs' })).toThrow('5 secs or longer');
    await marketData.close();
    expect(connection.openCount).toBe(0);
  });

  it('asks nothing when the reader left before its turn came', async () => {
    const { connection, marketData } = await setUp();
    const before = connection.sentOf('reqHistoricalData').length;
    const stream = marketData.keepUpToDate('AAPL', { barSize: '5 secs' });
    await stream.close();
    await connection.clock.advance(1000);
    expect(connection.sentOf('reqHistoricalData')).toHaveLength(before);
    await marketData.close();
  });

  it('keeps its place in the queue of the pacer however often it has to ask again meanwhile', async () => {
    const { connection, marketData } = await setUp();
    past(connection, bar(0));
    await connection.clock.advance(1000);
    const small = marketData.keepUpToDate('AAPL', { barSize: '5 secs' });
    await connection.clock.advance(0);
    const before = connection.sentOf('reqHistoricalData').length;
    for (let outage = 0; outage < 5; outage += 1) {
      connection.cutUpstream();
      connection.mendUpstream();
      await connection.clock.advance(3000);
    }
    await connection.clock.advance(500);
    // One for each: the bars of a minute are not paced, the others had to wait 15 seconds for their twin.
    expect(connection.sentOf('reqHistoricalData').slice(before).filter(({ barSizeSetting }) => barSizeSetting === '5 secs')).toHaveLength(1);
    await small.close();
    await marketData.close();
  });

  it('asks again to fill a hole behind which the updates simply go on', async () => {
    const { connection, marketData, stream } = await setUp();
    past(connection, bar(0));
    connection.tell('connection.frameUndecodable', { messageId: 90, messageType: 'historicalDataUpdate' });
    await connection.clock.advance(61_000);
    update(connection, bar(60, 1.7));
    await connection.clock.advance(0);
    expect(connection.sentOf('reqHistoricalData')).toHaveLength(2);
    past(connection, bar(0, 1.5), bar(60, 1.7));
    expect(await held(stream)).toEqual(['history 0 1 open', 'gap 0 to 61 filled: a message could not be read', 'history 0 1.5', 'history 60 1.7 open']);
    await marketData.close();
  });

  it('asks again when the answer that it waits for could not be read', async () => {
    const { connection, marketData } = await setUp();
    connection.tell('connection.frameUndecodable', { messageId: 17, messageType: 'historicalData' });
    await connection.clock.advance(1000);
    expect(connection.sentOf('reqHistoricalData')).toHaveLength(2);
    await marketData.close();
  });

  it('waits for a farm that is down', async () => {
    const { connection, marketData } = await setUp();
    connection.farms = { ushmds: { status: 'down' } };
    connection.deliver(notice(connection.latestId('reqHistoricalData'), 162, 'Historical Market Data Service error message:something new'));
    await connection.clock.advance(10_000);
    connection.deliver(notice(connection.latestId('reqHistoricalData'), 162, 'Historical Market Data Service error message:HMDS data farm connection is broken:ushmds'));
    await connection.clock.advance(10_000);
    expect(connection.sentOf('reqHistoricalData')).toHaveLength(3);
    await marketData.close();
  });

  it('fills what a farm that was down may have left out', async () => {
    const { connection, marketData, stream } = await setUp();
    past(connection, bar(0));
    connection.farms = { usfarm: { status: 'down' } };
    connection.tell('connection.degraded');
    await connection.clock.advance(10_000);
    update(connection, bar(0, 1.7));
    await connection.clock.advance(0);
    past(connection, bar(0, 1.8));
    expect(await held(stream)).toEqual(['history 0 1 open', 'gap 0 to 10 filled: the market data farm usfarm is down', 'history 0 1.8 open']);
    await marketData.close();
  });
});
