import { createTestClock } from '@ibkit/clock/testing';
import type { ClientMessageOf, WireBar } from '@ibkit/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MarketData } from '../market-data.js';
import { AAPL, brokerKnowing, notice } from '../testing/fake-broker.js';
import { FakeConnection } from '../testing/fake-connection.js';
import type { HistoryBar } from './history-bar.js';
import type { HistoryCursor } from './history-cursor.js';
import { parseTwsTime } from './history-dates.js';
import type { HistoryOptions } from './history.js';

type BarRequest = ClientMessageOf<'reqHistoricalData'>;
type Answer = (request: BarRequest, connection: FakeConnection) => void;

const NOW_MS = Date.UTC(2026, 4, 20, 15);
const FROM_MS = Date.UTC(2026, 4, 19, 12);
const HOUR_MS = 3_600_000;
const NO_DATA = 'Historical Market Data Service error message:HMDS query returned no data: AAPL@SMART Trades';
const PACING = 'Historical Market Data Service error message:Historical data request pacing violation';

function setUp(answer: Answer): { readonly connection: FakeConnection; readonly marketData: MarketData } {
  const known = brokerKnowing({ ...AAPL, timeZoneId: 'US/Eastern' });
  const connection = new FakeConnection({
    clock: createTestClock({ nowMs: NOW_MS }),
    broker: (message, from) => {
      if (message.type === 'reqHistoricalData') answer(message, from);
      else known(message, from);
    },
  });
  return { connection, marketData: new MarketData({ connection }) };
}

function bar(atMs: number): WireBar {
  return { date: String(atMs / 1000), open: 1, high: 2, low: 0.5, close: 1.5, volume: 10, wap: 1.2, count: 3 };
}

/** Five-second bars from some while before the window to its end: more than was asked for, as TWS does. */
function barsOf(request: BarRequest, stepMs = 5000): readonly WireBar[] {
  const end = parseTwsTime(request.endDateTime ?? '');
  const endMs = end?.kind === 'instant' ? end.atMs : Number.NaN;
  const startMs = endMs - Number(request.durationStr.split(' ')[0]) * 1000 - 10 * stepMs;
  const bars: WireBar[] = [];
  for (let atMs = Math.ceil(startMs / stepMs) * stepMs; atMs < endMs; atMs += stepMs) bars.push(bar(atMs));
  return bars;
}

const answering: Answer = (request, connection) => {
  connection.deliver({ type: 'historicalData', reqId: request.reqId, start: '', end: '', bars: barsOf(request) });
};

async function readAll(stream: AsyncIterable<HistoryBar>): Promise<readonly HistoryBar[]> {
  const bars: HistoryBar[] = [];
  for await (const next of stream) bars.push(next);
  return bars;
}

const FIVE: HistoryOptions = { from: FROM_MS, to: FROM_MS + 10 * HOUR_MS, barSize: '5 secs' };

/** Lets everything run that needs no time, then moves time, until the work is done. */
async function driven<T>(connection: FakeConnection, work: Promise<T>, stepMs = 1000, steps = 3000): Promise<T> {
  const state = { over: false };
  const settled = work.finally(() => {
    state.over = true;
  });
  settled.catch(() => undefined);
  for (let step = 0; step < steps && !state.over; step += 1) await connection.clock.advance(stepMs);
  return settled;
}

describe('history', () => {
  it('delivers every bar of the range once, in order, and asks only for what is read', async () => {
    const { connection, marketData } = setUp(answering);
    const stream = marketData.history('AAPL', FIVE);
    await connection.clock.advance(0);
    expect(connection.sent).toEqual([]);
    const first = await stream.next();
    expect(first.value).toEqual({ time: FROM_MS, date: undefined, open: 1, high: 2, low: 0.5, close: 1.5, volume: 10, wap: 1.2, count: 3, complete: true });
    expect(connection.sentOf('reqHistoricalData')).toHaveLength(1);
    expect(connection.sentOf('reqHistoricalData')[0]).toMatchObject({ formatDate: 2, keepUpToDate: false, whatToShow: 'TRADES', useRTH: false, endDateTime: '20260519-16:00:00', durationStr: '14400 S' });
    const rest = await readAll(stream);
    expect(rest.map(({ time }) => time)).toEqual(Array.from({ length: 7199 }, (_, index) => FROM_MS + (index + 1) * 5000));
    expect(connection.sentOf('reqHistoricalData')).toHaveLength(3);
    expect(stream.progress).toEqual({ done: 3, total: 3, bars: 7200, etaMs: 0 });
    expect(stream.gaps).toEqual([]);
    await marketData.close();
    expect(connection.openCount).toBe(0);
    expect(connection.listenerCount).toBe(0);
  });

  it('tells progress with the time that is left by the pacing rules', async () => {
    const { marketData } = setUp(answering);
    const stream = marketData.history('AAPL', { from: FROM_MS - 10 * 24 * HOUR_MS, to: FROM_MS, barSize: '1 secs' });
    const etas: number[] = [];
    stream.on('progress', ({ done, total, etaMs }) => {
      expect(total).toBe(480);
      expect(done).toBe(etas.length + 1);
      etas.push(etaMs);
    });
    await stream.next();
    expect(etas[0]).toBeGreaterThan(60 * 60_000);
    expect(etas[0]).toBeLessThan(100 * 60_000);
    await stream.close();
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    await marketData.close();
  });

  it('marks what was answered without data, and goes on', async () => {
    const { marketData } = setUp((request, connection) => {
      if (request.endDateTime === '20260519-20:00:00') connection.deliver(notice(request.reqId, 162, NO_DATA));
      else answering(request, connection);
    });
    const stream = marketData.history('AAPL', FIVE);
    const told: unknown[] = [];
    stream.on('gap', (gap) => told.push(gap));
    const bars = await readAll(stream);
    expect(bars).toHaveLength(7200 - 2880);
    const gap = { fromMs: Date.UTC(2026, 4, 19, 16), toMs: Date.UTC(2026, 4, 19, 20), market: 'unknown' };
    expect(stream.gaps).toEqual([gap]);
    expect(told).toEqual([gap]);
    await marketData.close();
  });

  it('goes on from any cursor without loss or repetition, also through JSON', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 7200 }), async (taken) => {
        const { connection, marketData } = setUp(answering);
        const times: number[] = [];
        const before = marketData.history('AAPL', FIVE);
        await before.next().then(({ value }) => (value === undefined ? undefined : times.push(value.time)));
        for (let index = 1; index < taken; index += 1) {
          const { value } = await before.next();
          if (value !== undefined) times.push(value.time);
        }
        const cursor: HistoryCursor = structuredClone(before.cursor ?? { version: 1, conId: 0, exchange: '', barSize: '1 day', what: '', useRth: false, nextMs: 0, toMs: 0 });
        await before.close();
        // What was asked already may not be asked again at once.
        const after = await driven(connection, readAll(marketData.history('AAPL', { ...FIVE, resume: cursor })));
        times.push(...after.map(({ time }) => time));
        expect(times).toEqual(Array.from({ length: 7200 }, (_, index) => FROM_MS + index * 5000));
        await marketData.close();
      }),
      { numRuns: 8, examples: [[0], [1], [2], [360], [361], [3600], [7199], [7200]] },
    );
  });

  it('refuses a cursor of other bars', async () => {
    const { marketData } = setUp(answering);
    const stream = marketData.history('AAPL', FIVE);
    await stream.next();
    const { cursor } = stream;
    await stream.close();
    const other = marketData.history('AAPL', { ...FIVE, barSize: '10 secs', resume: cursor });
    await expect(other.next()).rejects.toMatchObject({ code: 'IBKR_USAGE_INVALID_ARGUMENT', details: { field: 'resume.barSize' } });
    await marketData.close();
  });

  it('waits after a pacing violation and asks again', async () => {
    let refused = 0;
    const { connection, marketData } = setUp((request, from) => {
      if (refused < 2) {
        refused += 1;
        from.deliver(notice(request.reqId, 162, PACING));
      } else answering(request, from);
    });
    const stream = marketData.history('AAPL', FIVE);
    const retries: string[] = [];
    stream.on('retry', ({ reason, attempt }) => retries.push(`${reason} ${attempt}`));
    const startedAtMs = connection.clock.monotonic();
    expect(await driven(connection, readAll(stream))).toHaveLength(7200);
    expect(retries).toEqual(['pacing 1', 'pacing 2']);
    expect(connection.clock.monotonic() - startedAtMs).toBeGreaterThanOrEqual(15_000 + 30_000);
    await marketData.close();
  });

  it('asks three times what is not answered, cancels each, and then says so with a cursor to go on from', async () => {
    let answered = 0;
    const { connection, marketData } = setUp((request, from) => {
      answered += 1;
      if (answered === 1) answering(request, from);
    });
    const stream = marketData.history('AAPL', FIVE);
    await expect(driven(connection, readAll(stream))).rejects.toMatchObject({ name: 'HistoricalDataError', code: 'IBKR_HISTORICAL_UNANSWERED', retryable: true, details: { attempts: 3 } });
    const asked = connection.sentOf('reqHistoricalData').slice(1).map(({ reqId }) => reqId);
    expect(asked).toHaveLength(3);
    expect(connection.sentOf('cancelHistoricalData').map(({ reqId }) => reqId)).toEqual(asked);
    expect(connection.openCount).toBe(0);
    expect(stream.cursor?.nextMs).toBe(Date.UTC(2026, 4, 19, 16));
    await marketData.close();
  });

  it('goes on over a lost session', async () => {
    let asked = 0;
    const { connection, marketData } = setUp((request, from) => {
      asked += 1;
      if (asked === 2) from.drop();
      else answering(request, from);
    });
    const stream = marketData.history('AAPL', FIVE);
    const retries: string[] = [];
    stream.on('retry', ({ reason }) => {
      retries.push(reason);
      connection.clock.setTimer(30_000, () => {
        connection.restore();
      });
    });
    expect(await driven(connection, readAll(stream))).toHaveLength(7200);
    expect(retries).toEqual(['connection']);
    await marketData.close();
  });

  it('ends with what cannot work', async () => {
    const { marketData } = setUp((request, from) => {
      from.deliver(notice(request.reqId, 162, 'Historical Market Data Service error message:No market data permissions for ISLAND STK'));
    });
    await expect(readAll(marketData.history('AAPL', FIVE))).rejects.toMatchObject({ name: 'HistoricalDataError', brokerCode: 162, retryable: false });
    await marketData.close();
  });

  it('cancels at the broker when the reader leaves or aborts, and rejects only for an abort', async () => {
    const { connection, marketData } = setUp(() => undefined);
    const left = marketData.history('AAPL', FIVE);
    const waiting = left.next();
    await connection.clock.advance(0);
    await left.close();
    expect(await waiting).toEqual({ done: true, value: undefined });
    const abort = new AbortController();
    const aborted = marketData.history('AAPL', { ...FIVE, signal: abort.signal });
    const pending = aborted.next();
    await connection.clock.advance(20_000);
    abort.abort(new Error('enough'));
    await expect(pending).rejects.toThrow('enough');
    const closed = marketData.history('AAPL', FIVE).next();
    await connection.clock.advance(20_000);
    const rejected = expect(closed).rejects.toMatchObject({ code: 'IBKR_MARKET_DATA_CLOSED' });
    await marketData.close();
    await rejected;
    expect(connection.sentOf('cancelHistoricalData').map(({ reqId }) => reqId)).toEqual(connection.sentOf('reqHistoricalData').map(({ reqId }) => reqId));
    expect(connection.openCount).toBe(0);
  });

  it('gives days as local dates, wherever the program runs, and no day twice after a resumption', async () => {
    const days = ['20260511', '20260512', '20260513', '20260514', '20260515', '20260518', '20260519'];
    const { connection, marketData } = setUp((request, from) => {
      from.deliver({ type: 'historicalData', reqId: request.reqId, start: '', end: '', bars: days.map((date) => ({ ...bar(0), date })) });
    });
    const options: HistoryOptions = { from: '2026-05-12', to: '2026-05-19', barSize: '1 day', useRth: true };
    const stream = marketData.history('AAPL', options);
    const [first, second] = [await stream.next(), await stream.next()];
    expect([first.value?.date, second.value?.date]).toEqual(['2026-05-12', '2026-05-13']);
    expect(first.value?.time).toBe(Date.UTC(2026, 4, 12, 4));
    expect(connection.sentOf('reqHistoricalData')[0]).toMatchObject({ endDateTime: '20260519-04:00:00', durationStr: '1 Y', useRTH: true });
    const rest = await readAll(marketData.history('AAPL', { ...options, resume: stream.cursor }));
    expect(rest.map(({ date }) => date)).toEqual(['2026-05-14', '2026-05-15', '2026-05-18']);
    await marketData.close();
  });

  it('delivers a bar that comes twice or out of order once and in order, and one that goes on as not complete', async () => {
    const nowBar = Math.floor(NOW_MS / 60_000) * 60_000;
    const { marketData } = setUp((request, from) => {
      const bars = [nowBar - 120_000, nowBar, nowBar - 60_000, nowBar - 120_000].map(bar);
      from.deliver({ type: 'historicalData', reqId: request.reqId, start: '', end: '', bars });
    });
    const stream = marketData.history('AAPL', { from: NOW_MS - HOUR_MS, to: NOW_MS + HOUR_MS, barSize: '1 min' });
    const bars = await readAll(stream);
    expect(bars.map(({ time, complete }) => [time - nowBar, complete])).toEqual([[-120_000, true], [-60_000, true], [0, false]]);
    expect(stream.cursor?.nextMs).toBe(nowBar - 59_999);
    await marketData.close();
  });

  it('refuses at once what cannot be understood', async () => {
    const { marketData } = setUp(answering);
    expect(() => marketData.history('AAPL', { ...FIVE, from: 1_779_192_000 })).toThrow('epoch seconds');
    expect(() => marketData.history('AAPL', { ...FIVE, from: '2026-02-30' })).toThrow('from must be');
    await expect(readAll(marketData.history('AAPL', { ...FIVE, to: FROM_MS }))).resolves.toEqual([]);
    await marketData.close();
    expect(() => marketData.history('AAPL', FIVE)).toThrow('closed');
  });

  it('ends with an error where a date is in no form of TWS', async () => {
    const { marketData } = setUp((request, from) => {
      from.deliver({ type: 'historicalData', reqId: request.reqId, start: '', end: '', bars: [{ ...bar(0), date: '20260519 12:00:00 Mars' }] });
    });
    await expect(readAll(marketData.history('AAPL', FIVE))).rejects.toMatchObject({ code: 'IBKR_HISTORICAL_UNREADABLE' });
    await marketData.close();
  });
});
