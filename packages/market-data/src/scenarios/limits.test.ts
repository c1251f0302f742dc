import { sleep, systemClock } from '@ibkit/clock';
import { createTestClock } from '@ibkit/clock/testing';
import { ConnectionManager } from '@ibkit/core-connection';
import { HistoricalPacer } from '@ibkit/rate-limiter';
import { createSimulator } from '@ibkit/simulator';
import { expect, it } from 'vitest';
import { MarketData } from '../market-data.js';
import { AAPL, brokerKnowing, tickPrices } from '../testing/fake-broker.js';
import { FakeConnection } from '../testing/fake-connection.js';
import { IN_SESSION_MS } from '../testing/loopback.js';

it('15: many streams of bars and past ticks of one contract together never draw a pacing violation, and all get what they want', async () => {
  const clock = createTestClock({ nowMs: IN_SESSION_MS });
  await using simulator = await createSimulator({ clock, pacing: 'strict' });
  const connection = new ConnectionManager({ port: simulator.port, clock, heartbeat: false });
  const pacer = new HistoricalPacer({ clock });
  const marketData = new MarketData({ connection, pacer });
  const state = { over: false };
  const count = async (stream: AsyncIterable<unknown>): Promise<number> => {
    let items = 0;
    for await (const item of stream) items += item === undefined ? 0 : 1;
    return items;
  };
  const work = (async (): Promise<readonly number[]> => {
    try {
      await connection.connect();
      const range = { from: IN_SESSION_MS - 12 * 3_600_000, to: IN_SESSION_MS - 6 * 3_600_000 } as const;
      // The same query twice, one that counts double, and ticks: 2 * 6 + 2 * 6 and the pages.
      return await Promise.all([
        count(marketData.history('AAPL', { ...range, barSize: '5 secs' })),
        count(marketData.history('AAPL', { ...range, barSize: '5 secs' })),
        count(marketData.history('AAPL', { ...range, barSize: '5 secs', what: 'BID_ASK' })),
        count(marketData.historicalTicks('AAPL', { kind: 'TRADES', from: range.from, to: range.from + 600_000 })),
      ]);
    } finally {
      state.over = true;
    }
  })();
  while (!state.over) {
    await sleep(systemClock(), 0);
    if (pacer.stats().open === 0 && pacer.stats().queued > 0) await clock.advance(200);
  }
  const [first = 0, twin, double, ticks] = await work;
  expect(first).toBeGreaterThan(1000);
  expect([twin, (double ?? 0) > 1000, (ticks ?? 0) > 100]).toEqual([first, true, true]);
  expect(simulator.control.journal({ kind: 'out', type: 'errMsg' }).filter(({ message }) => JSON.stringify(message).includes('pacing'))).toEqual([]);
  const closed = { over: false };
  const closing = Promise.all([marketData.close(), connection.close(), pacer.close()]).then(() => {
    closed.over = true;
  });
  while (!closed.over) {
    await sleep(systemClock(), 0);
    await clock.advance(10);
  }
  await closing;
}, 30_000);

it('20: a reader of quotes that never reads costs one quote, through a million ticks; a thousand lost sessions leave no timer, listener or line', async () => {
  const connection = new FakeConnection({ clock: createTestClock({ nowMs: IN_SESSION_MS }), broker: brokerKnowing(AAPL) });
  const marketData = new MarketData({ connection });
  await marketData.resolve('AAPL');
  const ticker = marketData.subscribeTicker('AAPL');
  const reader = ticker[Symbol.asyncIterator]();
  const ticks = marketData.tickByTick('AAPL', 'Last', { capacity: 1000 });
  for (let batch = 0; batch < 100; batch += 1) {
    const reqId = connection.sentOf('reqMktData').filter(({ snapshot }) => snapshot !== true).at(-1)?.reqId;
    for (let tick = 1; tick <= 10_000; tick += 1) tickPrices(connection, { 4: [batch * 10_000 + tick, 1] }, reqId);
    await connection.clock.settle();
  }
  expect(await reader.next()).toMatchObject({ done: false, value: { last: 1_000_000 } });
  expect(ticks.held).toBe(0);
  const pending = connection.clock.pending;
  const { listenerCount, openCount } = connection;
  for (let time = 0; time < 1000; time += 1) {
    connection.drop();
    connection.restore();
    tickPrices(connection, { 4: [7, 1] });
    connection.sent.splice(0, connection.sent.length - 10);
  }
  expect(ticker.current).toMatchObject({ last: 7, stale: false, gaps: 1000 });
  expect([connection.clock.pending, connection.listenerCount, connection.openCount]).toEqual([pending, listenerCount, openCount]);
  await marketData.close();
  expect([connection.clock.pending, connection.listenerCount, connection.openCount]).toEqual([0, 0, 0]);
}, 30_000);
