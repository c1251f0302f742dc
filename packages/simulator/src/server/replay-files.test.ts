import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WireContract } from '@ibkit/wire';
import { EXAMPLE_CONTRACTS, EXAMPLE_OPEN_MS, exampleUniverse } from '../testing/example-universe.js';
import { withSimulator } from '../testing/with-simulator.js';

const MINUTE_MS = 60_000;
const ZZ: WireContract = { symbol: 'ZZ', secType: 'STK', exchange: 'SMART', currency: 'USD' };
const QQ: WireContract = { ...ZZ, symbol: 'QQ' };
const ask = { type: 'reqHistoricalData', contract: ZZ, endDateTime: '', barSizeSetting: '1 min', durationStr: '1 D', useRTH: true, whatToShow: 'TRADES', formatDate: 2 } as const;

let folder = '';
let universe = '';
let daily = '';
let minutes = '';
let trades = '';

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'replay-files-'));
  universe = await file('option-universes-qq-20240305.csv', exampleUniverse(EXAMPLE_CONTRACTS));
  const days = ['2024-02-28', '2024-02-29', '2024-03-01', '2024-03-04'];
  daily = await file('zz-1day.csv', ['time,open,high,low,close,volume,wap,count', ...days.map((day, index) => `${day},${50 + index},${52 + index},${49 + index},${51 + index},${1000 + index},${50.5 + index},7`)].join('\n'));
  const rows = Array.from({ length: 390 }, (_, index) => {
    const time = new Date(Date.UTC(2024, 2, 4, 14, 30) + index * MINUTE_MS).toISOString();
    return JSON.stringify({ symbol: 'ZZ', time, barSize: '1 min', open: 53, high: 54.5 + index / 1_000, low: 52.5, close: 54, volume: 10 });
  });
  minutes = await file('minutes.jsonl', rows.join('\n'));
  trades = await file('zz-trades.csv', ['time,price,size', ...Array.from({ length: 4 }, (_, index) => `${EXAMPLE_OPEN_MS + index * 20_000},${54 + index / 10},100`)].join('\n'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('an option universe', () => {
  it('says of an option that nobody bids for that there is no bid', async () => {
    const worthless = { expiry: '20240315', strike: 300, right: 'C', volume: 0, volatility: 0.3 } as const;
    const path = await file('option-universes-zq-20240305.csv', exampleUniverse([...EXAMPLE_CONTRACTS, worthless]));
    await withSimulator({ replay: [path], startAtMs: EXAMPLE_OPEN_MS + 6.4 * 3_600_000 }, async ({ connect }) => {
      const client = await connect();
      const contract: WireContract = { symbol: 'ZQ', secType: 'OPT', exchange: 'SMART', currency: 'USD', lastTradeDateOrContractMonth: '20240315', strike: 300, right: 'C' };
      client.send({ type: 'reqMktData', reqId: 4, contract, genericTickList: '' });
      await client.first('tickPrice', ({ tickType }) => tickType === 2);
      expect(client.all('tickPrice').filter(({ tickType }) => tickType === 1)).toMatchObject([{ price: -1, size: 0 }]);
    });
  });

  it('is the whole chain of its underlying, which is listed by itself', () =>
    withSimulator({ replay: [universe], startAtMs: EXAMPLE_OPEN_MS + 6.4 * 3_600_000 }, async ({ simulator, clock, connect }) => {
      const client = await connect();
      client.send({ type: 'reqContractDetails', reqId: 1, contract: QQ });
      const { details } = await client.first('contractDetails');
      client.send({ type: 'reqSecDefOptParams', reqId: 2, underlyingSymbol: 'QQ', futFopExchange: '', underlyingSecType: 'STK', underlyingConId: details.contract.conId ?? 0 });
      const params = await client.first('secDefOptParameter', ({ reqId }) => reqId === 2);
      expect(params).toMatchObject({ expirations: ['20240315', '20240322'], strikes: [80, 90, 95, 100, 105, 110, 120], tradingClass: 'QQ', multiplier: '100' });
      const option: WireContract = { symbol: 'QQ', secType: 'OPT', exchange: 'SMART', currency: 'USD' };
      client.send({ type: 'reqContractDetails', reqId: 3, contract: option });
      await client.first('contractDetailsEnd', ({ reqId }) => reqId === 3);
      expect(client.all('contractDetails').filter(({ reqId }) => reqId === 3)).toHaveLength(EXAMPLE_CONTRACTS.length);

      const call = { ...option, lastTradeDateOrContractMonth: '20240322', strike: 105, right: 'C' } as const;
      client.send({ type: 'reqMktData', reqId: 4, contract: call, genericTickList: '101' });
      await client.barrier();
      expect(simulator.control.state().clock.held).toBe(false);
      await clock.advance(0.1 * 3_600_000);
      await client.barrier();
      const index = EXAMPLE_CONTRACTS.findIndex(({ expiry, strike, right }) => expiry === '20240322' && strike === 105 && right === 'C');
      const row = exampleUniverse(EXAMPLE_CONTRACTS).split('\n')[index + 2]?.split(',').map(Number) ?? [];
      const price = (tickType: number): number | undefined => client.all('tickPrice').findLast((tick) => tick.reqId === 4 && tick.tickType === tickType)?.price;
      const size = (tickType: number): unknown => client.all('tickSize').findLast((tick) => tick.reqId === 4 && tick.tickType === tickType)?.size;
      expect([price(14), price(6), price(7), price(4), size(8)]).toEqual([row[3], row[4], row[5], row[6], row[7]]);
      expect(size(27)).toBe(index * 10);
      const model = client.all('tickOptionComputation').findLast(({ reqId, tickType }) => reqId === 4 && tickType === 13);
      expect(model?.impliedVol).toBeCloseTo(EXAMPLE_CONTRACTS[index]?.volatility ?? 0, 6);
      client.send({ ...ask, reqId: 5, contract: call, barSizeSetting: '1 day' });
      const { bars } = await client.first('historicalData', ({ reqId }) => reqId === 5);
      expect(bars).toMatchObject([{ date: '20240305', open: row[3], high: row[4], low: row[5], close: row[6], volume: row[7] }]);
      client.send({ ...ask, reqId: 6, contract: QQ, barSizeSetting: '1 day', whatToShow: 'OPTION_IMPLIED_VOLATILITY' });
      const implied = await client.first('historicalData', ({ reqId }) => reqId === 6);
      expect(implied.bars[0]?.close).toBeCloseTo(0.32 + 0.015, 1);
    }));
});

describe('files of bars', () => {
  it('are the past: exactly their bars, coarser ones from them, none that are finer', () =>
    withSimulator({ replay: [minutes, daily], seed: 5 }, async ({ simulator, clock, connect }) => {
      const client = await connect();
      expect(simulator.control.state().clock).toMatchObject({ nowMs: EXAMPLE_OPEN_MS, held: false });
      client.send({ ...ask, reqId: 1, barSizeSetting: '1 day', durationStr: '10 D' });
      const { bars } = await client.first('historicalData', ({ reqId }) => reqId === 1);
      expect(bars.slice(0, 4)).toMatchObject([
        { date: '20240228', open: 50, high: 52, low: 49, close: 51, volume: 1000, wap: 50.5, count: 7 },
        { date: '20240229', close: 52 },
        { date: '20240301', close: 53 },
        { date: '20240304', open: 53, high: 55, low: 52, close: 54, volume: 1003 },
      ]);
      client.send({ ...ask, reqId: 2, endDateTime: '20240304 16:00:00 US/Eastern' });
      const fine = await client.first('historicalData', ({ reqId }) => reqId === 2);
      expect(fine.bars).toHaveLength(390);
      expect(fine.bars[7]).toMatchObject({ open: 53, high: 54.507, low: 52.5, close: 54, volume: 10 });
      client.send({ ...ask, reqId: 3, barSizeSetting: '1 hour', endDateTime: '20240304 16:00:00 US/Eastern' });
      const hours = await client.first('historicalData', ({ reqId }) => reqId === 3);
      expect(hours.bars.map(({ volume }) => volume)).toEqual([300, 600, 600, 600, 600, 600, 600]);
      client.send({ ...ask, reqId: 4, barSizeSetting: '30 secs', endDateTime: '20240304 16:00:00 US/Eastern' });
      expect((await client.first('errMsg', ({ id }) => id === 4)).msg).toContain('HMDS query returned no data: ZZ@SMART Trades');
      client.send({ type: 'reqHeadTimestamp', reqId: 5, contract: ZZ, whatToShow: 'TRADES', useRTH: true, formatDate: 2 });
      expect((await client.first('headTimestamp')).headTimestamp).toBe(String(Date.UTC(2024, 1, 28, 5) / 1_000));

      // The market goes on from the last price.
      client.send({ type: 'reqMktData', reqId: 6, contract: ZZ });
      client.send({ ...ask, reqId: 7, barSizeSetting: '1 min', durationStr: '300 S', keepUpToDate: true });
      await client.barrier();
      const price = (tickType: number): number | undefined => client.all('tickPrice').find((tick) => tick.reqId === 6 && tick.tickType === tickType)?.price;
      expect(price(9)).toBe(54);
      expect(Math.abs((price(4) ?? 0) - 54)).toBeLessThan(0.1);
      await clock.advance(130_000);
      await client.barrier();
      const updates = client.all('historicalDataUpdate').filter(({ reqId }) => reqId === 7);
      expect(new Set(updates.map(({ bar }) => bar.date))).toEqual(new Set([0, 60, 120].map((late) => String(EXAMPLE_OPEN_MS / 1_000 + late))));
      for (const { bar } of updates) expect(Math.abs(bar.close - 54)).toBeLessThan(2);
    }));

  it('end where the rows begin, and the end of the rows is told', () =>
    withSimulator({ replay: [trades, minutes, daily] }, async ({ simulator, clock, connect }) => {
      const client = await connect();
      expect(simulator.control.state().clock).toMatchObject({ nowMs: EXAMPLE_OPEN_MS, held: true });
      client.send({ type: 'reqTickByTickData', reqId: 1, contract: ZZ, tickType: 'AllLast' });
      client.send({ type: 'reqMktData', reqId: 2, contract: ZZ });
      await client.barrier();
      await clock.advance(59_000);
      await client.barrier();
      expect(client.all('errMsg').filter(({ code }) => code === 2108)).toEqual([]);
      await clock.advance(1_000);
      await client.first('errMsg', ({ code }) => code === 2108);
      expect(simulator.control.journal({ type: 'replayEnded' })).toMatchObject([{ kind: 'fault', atMs: EXAMPLE_OPEN_MS + 60_000, message: { symbols: ['ZZ'] } }]);
      expect(client.all('tickByTick')).toHaveLength(4);
      expect(client.all('tickPrice').find(({ tickType }) => tickType === 9)?.price).toBe(54);
      client.send({ ...ask, reqId: 3, durationStr: '2 D', barSizeSetting: '1 day' });
      const { bars } = await client.first('historicalData', ({ reqId }) => reqId === 3);
      expect(bars).toMatchObject([{ date: '20240304', close: 54 }, { date: '20240305', open: 54, high: 54.3, close: 54.3, volume: 400, count: 4 }]);
      client.send({ ...ask, reqId: 4, durationStr: '2 D' });
      const fine = await client.first('historicalData', ({ reqId }) => reqId === 4);
      expect(fine.bars.map(({ volume }) => volume)).toEqual([...Array.from({ length: 390 }, () => 10), 300, 100]);
    }));

  it('hide what lies behind the start', () =>
    withSimulator({ replay: [minutes, daily], startAtMs: Date.UTC(2024, 2, 4, 16, 0, 30) }, async ({ connect }) => {
      const client = await connect();
      client.send({ ...ask, reqId: 1 });
      const { bars } = await client.first('historicalData', ({ reqId }) => reqId === 1);
      // From 09:30 to 11:00, and then the market's own minute.
      expect(bars.slice(0, 90).map(({ volume }) => volume)).toEqual(Array.from({ length: 90 }, () => 10));
      expect(bars.length).toBeLessThanOrEqual(91);
      client.send({ ...ask, reqId: 2, barSizeSetting: '1 day', durationStr: '2 D' });
      const days = await client.first('historicalData', ({ reqId }) => reqId === 2);
      expect(days.bars[0]).toMatchObject({ date: '20240301', close: 53 });
      expect(Number(days.bars[1]?.volume)).toBeGreaterThanOrEqual(900);
      expect(Number(days.bars[1]?.volume)).not.toBe(1003);
    }));
});
