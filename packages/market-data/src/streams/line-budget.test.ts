import { createTestClock } from '@ibkit/clock/testing';
import { LineBudget } from '@ibkit/rate-limiter';
import type { ServerMessage } from '@ibkit/wire';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { MarketData } from '../market-data.js';
import { brokerKnowing, notice, stockDetails, tickPrices } from '../testing/fake-broker.js';
import { FakeConnection } from '../testing/fake-connection.js';

const SYMBOLS = ['A', 'B', 'C', 'D', 'E', 'F'] as const;

interface Parts {
  readonly connection: FakeConnection;
  readonly marketData: MarketData;
  readonly budget: LineBudget;
  /** When each instrument was asked for tick by tick, in the order of the requests. */
  readonly asked: { readonly conId: number; readonly atMs: number }[];
}

let open: Parts[] = [];

async function setUp(limits: { readonly lines?: number; readonly tickByTick?: number } = {}): Promise<Parts> {
  const asked: { readonly conId: number; readonly atMs: number }[] = [];
  const known = brokerKnowing(...SYMBOLS.map((symbol, index) => stockDetails(index + 1, symbol)));
  const connection = new FakeConnection({
    clock: createTestClock({ nowMs: 1_700_000_000_000 }),
    broker: (message, self) => {
      known(message, self);
      if (message.type === 'reqTickByTickData') asked.push({ conId: message.contract.conId ?? 0, atMs: self.clock.monotonic() });
    },
  });
  const budget = new LineBudget({ ...limits, clock: connection.clock });
  const marketData = new MarketData({ connection, lineBudget: budget, lingerMs: 0 });
  for (const symbol of SYMBOLS) await marketData.resolve(symbol);
  connection.sent.length = 0;
  const parts = { connection, marketData, budget, asked };
  open.push(parts);
  return parts;
}

afterEach(async () => {
  const parts = open;
  open = [];
  for (const { connection, marketData, budget } of parts) {
    await marketData.close();
    assertNothingHeld(connection, budget);
  }
});

function assertNothingHeld(connection: FakeConnection, budget: LineBudget): void {
  const usage = budget.usage();
  expect([usage.quotes.used, usage.tickByTick.used, connection.clock.pending, connection.openCount]).toEqual([0, 0, 0, 0]);
}

function trade(reqId: number, price: number): ServerMessage {
  return { type: 'tickByTick', reqId, kind: 'Last', time: 1_700_000_000, price, size: 1, mask: 0, exchange: '', specialConditions: '' };
}

const exhausted = expect.objectContaining({ code: 'IBKR_RATE_LINES_EXHAUSTED', retryable: true }) as unknown;

describe('tick-by-tick streams and the budget', () => {
  it('refuse one too many before anything is sent, and have room again when one is closed', async () => {
    const { connection, marketData } = await setUp({ tickByTick: 2 });
    const first = marketData.tickByTick('A', 'Last');
    marketData.tickByTick('B', 'Last');
    await expect(marketData.tickByTick('C', 'Last').next()).rejects.toEqual(exhausted);
    expect(connection.sentOf('reqTickByTickData')).toHaveLength(2);
    await first.close();
    marketData.tickByTick('C', 'Last');
    expect(connection.sentOf('reqTickByTickData')).toHaveLength(3);
  });

  it('of one instrument wait for each other, and say what was missed meanwhile', async () => {
    const { connection, marketData, budget } = await setUp();
    marketData.tickByTick('A', 'Last');
    await connection.clock.advance(5000);
    const second = marketData.tickByTick('A', 'BidAsk');
    marketData.tickByTick('B', 'Last');
    expect(connection.sentOf('reqTickByTickData')).toHaveLength(2);
    await connection.clock.advance(9999);
    expect(connection.sentOf('reqTickByTickData')).toHaveLength(2);
    await connection.clock.advance(1);
    expect(connection.sentOf('reqTickByTickData')).toHaveLength(3);
    expect(budget.usage().tickByTick.used).toBe(3);
    connection.deliver({ type: 'tickByTick', reqId: connection.latestId('reqTickByTickData'), kind: 'BidAsk', time: 1, bidPrice: 1, askPrice: 2, bidSize: 1, askSize: 1, mask: 0 });
    expect((await second.next()).value).toMatchObject({ type: 'gap', fromMs: 1_700_000_005_000, toMs: 1_700_000_015_000, reason: expect.stringContaining('waits for its turn') as unknown });
  });

  it('give up a turn that they still wait for', async () => {
    const { connection, marketData } = await setUp();
    marketData.tickByTick('A', 'Last');
    await marketData.tickByTick('A', 'BidAsk').close();
    await connection.clock.advance(20_000);
    expect(connection.sentOf('reqTickByTickData')).toHaveLength(1);
  });

  it('keep their place over a new request, which waits for its turn too', async () => {
    const { connection, marketData, budget } = await setUp({ tickByTick: 1 });
    const stream = marketData.tickByTick('A', 'Last');
    connection.cutUpstream();
    await connection.clock.advance(1000);
    connection.mendUpstream();
    await connection.clock.advance(15_000);
    expect(connection.sentOf('reqTickByTickData')).toHaveLength(2);
    await expect(marketData.tickByTick('B', 'Last').next()).rejects.toEqual(exhausted);
    expect(budget.usage().tickByTick.used).toBe(1);
    await stream.close();
  });

  it('of one instrument wait after a request that was made again, too', async () => {
    const { connection, marketData, asked } = await setUp();
    marketData.tickByTick('A', 'Last');
    connection.cutUpstream();
    await connection.clock.advance(1000);
    connection.mendUpstream();
    await connection.clock.advance(16_000);
    marketData.tickByTick('A', 'BidAsk');
    await connection.clock.advance(13_999);
    expect(asked).toHaveLength(2);
    await connection.clock.advance(1);
    expect(asked.map(({ atMs }) => atMs - (asked[0]?.atMs ?? 0))).toEqual([0, 16_000, 31_000]);
  });

  it('end with the refusal of the broker when it allows fewer, and remember that', async () => {
    const { connection, marketData, budget } = await setUp();
    marketData.tickByTick('A', 'Last');
    const refused = marketData.tickByTick('B', 'Last').next();
    connection.deliver(notice(connection.latestId('reqTickByTickData'), 10190, 'Max number of tick-by-tick requests has been reached.'));
    await expect(refused).rejects.toMatchObject({ brokerCode: 10190 });
    expect(budget.usage().tickByTick).toMatchObject({ used: 1, limit: 1, refusedByBroker: 1 });
    await expect(marketData.tickByTick('C', 'Last').next()).rejects.toEqual(exhausted);
  });

  it('wait when the broker refuses them after a reconnect, with the hole marked', async () => {
    const { connection, marketData } = await setUp();
    const stream = marketData.tickByTick('A', 'Last');
    connection.deliver(trade(connection.latestId('reqTickByTickData'), 1));
    connection.drop();
    await connection.clock.advance(1000);
    connection.restore();
    connection.deliver(notice(connection.latestId('reqTickByTickData'), 10190, 'Max number of tick-by-tick requests has been reached.'));
    await connection.clock.advance(15_000);
    expect(connection.sentOf('reqTickByTickData')).toHaveLength(3);
    connection.deliver(trade(connection.latestId('reqTickByTickData'), 2));
    expect([(await stream.next()).value, (await stream.next()).value, (await stream.next()).value]).toMatchObject([{ price: 1 }, { type: 'gap', fromMs: 1_700_000_000_000, toMs: 1_700_000_016_000 }, { price: 2 }]);
  });
});

describe('snapshots and the budget', () => {
  it('take a line while they look, and give it back', async () => {
    const { connection, marketData, budget } = await setUp({ lines: 1 });
    const look = marketData.snapshot('A');
    await connection.clock.settle();
    expect(budget.usage().quotes.used).toBe(1);
    connection.deliver({ type: 'tickSnapshotEnd', reqId: connection.latestId('reqMktData') });
    await look;
    expect(budget.usage().quotes.used).toBe(0);
  });

  it('wait for a line, and are refused when none is free in time', async () => {
    const { connection, marketData } = await setUp({ lines: 1 });
    const ticker = marketData.subscribeTicker('A');
    const late = expect(marketData.snapshot('B', { timeoutMs: 1000 })).rejects.toEqual(exhausted);
    await connection.clock.advance(1000);
    await late;
    expect(connection.sentOf('reqMktData')).toHaveLength(1);
    const look = marketData.snapshot('B', { timeoutMs: 5000 });
    await connection.clock.advance(1000);
    await ticker.close();
    await connection.clock.advance(250);
    expect(connection.sentOf('reqMktData')).toHaveLength(2);
    tickPrices(connection, { 4: [10, 1] });
    connection.deliver({ type: 'tickSnapshotEnd', reqId: connection.latestId('reqMktData') });
    await expect(look).resolves.toMatchObject({ last: 10, complete: true });
  });

  it('stop waiting when their signal aborts', async () => {
    const { connection, marketData } = await setUp({ lines: 1 });
    marketData.subscribeTicker('A');
    const stop = new AbortController();
    const reason = new Error('enough');
    const look = expect(marketData.snapshot('B', { signal: stop.signal })).rejects.toBe(reason);
    await connection.clock.advance(100);
    stop.abort(reason);
    await look;
  });

  it('learn from a refusal of the broker', async () => {
    const { connection, marketData, budget } = await setUp({ lines: 50 });
    const look = expect(marketData.snapshot('A')).rejects.toMatchObject({ brokerCode: 101 });
    await connection.clock.settle();
    connection.deliver(notice(connection.latestId('reqMktData'), 101, 'Max number of tickers has been reached'));
    await look;
    expect(budget.usage().quotes).toMatchObject({ used: 0, limit: 1, refusedByBroker: 1 });
  });
});

/** Counts what the broker holds, from what was sent alone. */
function atBroker(connection: FakeConnection, ended: ReadonlySet<number>): { readonly lines: number; readonly ticks: number } {
  const lines = new Set<number>();
  const ticks = new Set<number>();
  for (const message of connection.sent) {
    if (message.type === 'reqMktData' && !ended.has(message.reqId)) lines.add(message.reqId);
    if (message.type === 'cancelMktData') lines.delete(message.reqId);
    if (message.type === 'reqTickByTickData' && !ended.has(message.reqId)) ticks.add(message.reqId);
    if (message.type === 'cancelTickByTickData') ticks.delete(message.reqId);
  }
  return { lines: lines.size, ticks: ticks.size };
}

type Step = { readonly do: 'ticker' | 'ticks' | 'look' | 'answer' | 'refuse' | 'close' | 'wait' | 'cut'; readonly which: number };

async function walk(steps: readonly Step[]): Promise<void> {
  const { connection, marketData, asked } = await setUp({ lines: 3, tickByTick: 2 });
  const closers: (() => Promise<void>)[] = [];
  const ended = new Set<number>();
  for (const { do: what, which } of steps) {
    const symbol = SYMBOLS[which % SYMBOLS.length] ?? 'A';
    if (what === 'ticker') {
      const ticker = marketData.subscribeTicker(symbol);
      closers.push(() => ticker.close());
    } else if (what === 'ticks') {
      const stream = marketData.tickByTick(symbol, 'Last');
      stream.next().catch(() => undefined);
      closers.push(() => stream.close());
    } else if (what === 'look') {
      marketData.snapshot(symbol).catch(() => undefined);
    } else if (what === 'answer') {
      const open = connection.sentOf('reqMktData').filter(({ snapshot, reqId }) => snapshot === true && !ended.has(reqId));
      const look = open[which % Math.max(1, open.length)];
      if (look !== undefined) {
        ended.add(look.reqId);
        connection.deliver({ type: 'tickSnapshotEnd', reqId: look.reqId });
      }
    } else if (what === 'refuse') {
      const last = connection.sentOf('reqTickByTickData').at(-1);
      if (last !== undefined && !ended.has(last.reqId)) {
        ended.add(last.reqId);
        connection.deliver(notice(last.reqId, 10190, 'Max number of tick-by-tick requests has been reached.'));
      }
    } else if (what === 'close') await closers.splice(which % Math.max(1, closers.length), 1)[0]?.();
    else if (what === 'wait') await connection.clock.advance(which * 1000);
    else {
      connection.cutUpstream();
      connection.mendUpstream();
    }
    await connection.clock.settle();
    const { lines, ticks } = atBroker(connection, ended);
    expect(lines).toBeLessThanOrEqual(3);
    expect(ticks).toBeLessThanOrEqual(2);
    for (const symbolId of SYMBOLS.keys()) {
      const times = asked.filter(({ conId }) => conId === symbolId + 1).map(({ atMs }) => atMs);
      expect(times.every((atMs, index) => index === 0 || atMs - (times[index - 1] ?? 0) >= 15_000)).toBe(true);
    }
  }
}

it('in any order of readers, looks, refusals and outages the broker never holds more than the budget allows, and is never asked for one instrument twice in 15 s', async () => {
  const step: fc.Arbitrary<Step> = fc.record({ do: fc.constantFrom('ticker', 'ticker', 'ticks', 'ticks', 'look', 'look', 'answer', 'refuse', 'close', 'close', 'wait', 'cut'), which: fc.nat({ max: 20 }) });
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), walk), { numRuns: 100 });
}, 30_000);
