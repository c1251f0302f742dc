import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WireContract } from '@ibkit/wire';
import { withSimulator } from '../testing/with-simulator.js';

const SPY: WireContract = { symbol: 'SPY', secType: 'STK', exchange: 'SMART', currency: 'USD' };
const OPEN_MS = 34_200_000;
const TRADES = 500;

let folder = '';
let file = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'replay-server-'));
  file = join(folder, '20131007_spy_tick_trade.csv');
  const rows = Array.from({ length: TRADES }, (_, index) => `${OPEN_MS + index * 7},${1_674_000 + index * 100},${100 + index},Q,0,0`);
  await writeFile(file, rows.join('\n'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('a replay', () => {
  it('waits for its first subscription, then gives every trade exactly once', () =>
    withSimulator({ replay: [file] }, async ({ simulator, clock, connect }) => {
      const client = await connect();
      await clock.advance(60_000);
      client.send({ type: 'reqContractDetails', reqId: 1, contract: SPY });
      client.send({ type: 'reqMktData', reqId: 2, contract: { ...SPY, symbol: 'MSFT' } });
      await client.first('contractDetailsEnd');
      expect(simulator.control.state().clock).toMatchObject({ nowMs: Date.UTC(2013, 9, 7, 13, 30), held: true });

      client.send({ type: 'reqTickByTickData', reqId: 3, contract: SPY, tickType: 'AllLast' });
      await client.barrier();
      expect(simulator.control.state().clock.held).toBe(false);
      await clock.advance(10_000);
      await client.barrier();
      const sizes = client.all('tickByTick').flatMap((tick) => (tick.reqId === 3 && tick.kind === 'AllLast' ? [tick.size] : []));
      expect(sizes).toEqual(Array.from({ length: TRADES }, (_, index) => 100 + index));
      expect(simulator.control.state().clients[0]?.sent).toMatchObject({ tickByTick: TRADES });
    }));

  it('runs as fast as it is told', () =>
    withSimulator({ replay: [file], speed: 60 }, async ({ simulator, clock, connect }) => {
      const client = await connect();
      client.send({ type: 'reqMktData', reqId: 1, contract: SPY });
      await client.barrier();
      await clock.advance(60);
      await client.barrier();
      expect(simulator.clock.now()).toBe(Date.UTC(2013, 9, 7, 13, 30) + 3_600);
      expect(client.all('tickSize').findLast(({ tickType }) => tickType === 8)?.size).toBe(Array.from({ length: TRADES }, (_, index) => 100 + index).reduce((a, b) => a + b));
    }));

  it('has the past that was played, and never the future', () =>
    withSimulator({ replay: [file], startAtMs: Date.UTC(2013, 9, 7, 13, 30, 2) }, async ({ clock, connect }) => {
      const client = await connect();
      const ask = { type: 'reqHistoricalData', contract: SPY, endDateTime: '', barSizeSetting: '1 secs', durationStr: '60 S', useRTH: true, whatToShow: 'TRADES', formatDate: 2 } as const;
      client.send({ ...ask, reqId: 1 });
      const before = await client.first('historicalData', ({ reqId }) => reqId === 1);
      // 286 rows are due before the start: every 7 milliseconds from the open on.
      expect(before.bars.map(({ count }) => count)).toEqual([143, 143]);
      client.send({ type: 'reqTickByTickData', reqId: 2, contract: SPY, tickType: 'AllLast' });
      await client.barrier();
      await clock.advance(10_000);
      client.send({ ...ask, reqId: 3 });
      const { bars } = await client.first('historicalData', ({ reqId }) => reqId === 3);
      expect(bars.slice(0, 2)).toEqual(before.bars);
      expect(bars.reduce((sum, { count = 0 }) => sum + count, 0)).toBe(TRADES);
      client.send({ ...ask, reqId: 4, barSizeSetting: '1 day', durationStr: '1 D' });
      client.send({ type: 'reqMktData', reqId: 5, contract: SPY, snapshot: true });
      await client.first('tickSnapshotEnd');
      const day = await client.first('historicalData', ({ reqId }) => reqId === 4);
      const price = (tickType: number): number | undefined => client.all('tickPrice').find((tick) => tick.tickType === tickType)?.price;
      expect(day.bars).toHaveLength(1);
      expect(day.bars[0]).toMatchObject({ date: '20131007', open: price(14), high: price(6), low: price(7), close: price(4), volume: client.all('tickSize').find(({ tickType }) => tickType === 8)?.size });
      client.send({ ...ask, reqId: 6, barSizeSetting: '1 min', whatToShow: 'BID' });
      expect((await client.first('historicalData', ({ reqId }) => reqId === 6)).bars).toHaveLength(1);
      client.send({ type: 'reqHistoricalTicks', reqId: 7, contract: SPY, startDateTime: '20131007-13:30:00', numberOfTicks: 1_000, whatToShow: 'TRADES', useRTH: true });
      const ticks = await client.first('historicalTicksLast');
      expect(ticks.ticks.map(({ size }) => size)).toEqual(Array.from({ length: TRADES }, (_, index) => 100 + index));
      client.send({ ...ask, reqId: 8, endDateTime: '20131001-00:00:00' });
      await client.error(162, 8);
    }));
});
