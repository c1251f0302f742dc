import { createTestClock } from '@ibkit/clock/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { MarketData } from '../market-data.js';
import type { MarketDataOptions } from '../market-data-parts.js';
import { AAPL, brokerKnowing, notice, stockDetails, tickPrice, tickPrices } from '../testing/fake-broker.js';
import { FakeConnection } from '../testing/fake-connection.js';
import { watchMarketData } from './watch-market-data.js';

/** A Wednesday, 11:00 in New York. */
const NOW_MS = Date.UTC(2026, 4, 20, 15);
const HOURS = '20260520:0400-20260520:2000;20260521:0400-20260521:2000;20260522:CLOSED';
const OPEN = { timeZoneId: 'US/Eastern', tradingHours: HOURS, liquidHours: HOURS };
const LAST = 4;
const MINUTE_MS = 60_000;

/** What the broker says to a snapshot; `undefined`: nothing at all. */
type Look = readonly (readonly [tickType: number, price: number])[] | number | undefined;

interface Parts {
  readonly connection: FakeConnection;
  readonly marketData: MarketData;
  readonly events: string[];
  readonly look: { says: Look };
  readonly lines: () => number;
  readonly looks: () => number;
}

let open: Parts[] = [];

async function setUp(options: Partial<MarketDataOptions> & { readonly nowMs?: number; readonly symbols?: readonly string[] } = {}): Promise<Parts> {
  const { nowMs = NOW_MS, symbols = [], ...more } = options;
  const look: { says: Look } = { says: undefined };
  const known = brokerKnowing({ ...AAPL, ...OPEN }, ...symbols.map((symbol, index) => ({ ...stockDetails(900_000 + index, symbol), ...OPEN })));
  const connection = new FakeConnection({
    clock: createTestClock({ nowMs }),
    broker: (message, self) => {
      known(message, self);
      if (message.type !== 'reqMktData' || message.snapshot !== true || look.says === undefined) return;
      if (typeof look.says === 'number') {
        self.deliver(notice(message.reqId, look.says, 'no'));
        return;
      }
      for (const [tickType, price] of look.says) self.deliver(tickPrice(message.reqId, tickType, price, 1));
      self.deliver({ type: 'tickSnapshotEnd', reqId: message.reqId });
    },
  });
  const marketData = new MarketData({ connection, ...more });
  const events: string[] = [];
  marketData.events.on('stream.stale', ({ name, cause, silentMs }) => events.push(`stale ${name}: ${cause} after ${Math.round(silentMs / 1000)} s`));
  marketData.events.on('stream.recovered', ({ name, by }) => events.push(`recovered ${name}: ${by}`));
  marketData.events.on('stream.alarm', ({ code, key }) => events.push(`alarm ${code} ${key}`));
  marketData.events.on('stream.alarmOver', ({ code }) => events.push(`over ${code}`));
  for (const symbol of ['AAPL', ...symbols]) await marketData.resolve(symbol);
  const requests = (snapshot: boolean) => (): number => connection.sentOf('reqMktData').filter((message) => (message.snapshot === true) === snapshot).length;
  const parts = { connection, marketData, events, look, lines: requests(false), looks: requests(true) };
  open.push(parts);
  return parts;
}

/** A tick of the line, however many snapshots were taken since. */
function tick(connection: FakeConnection, price: number): void {
  const line = connection.sentOf('reqMktData').filter(({ snapshot }) => snapshot !== true).at(-1);
  tickPrices(connection, { [LAST]: [price, 1] }, line?.reqId);
}

afterEach(async () => {
  const parts = open;
  open = [];
  for (const { connection, marketData } of parts) {
    await marketData.close();
    assertNothingLeft(connection);
  }
});

function assertNothingLeft(connection: FakeConnection): void {
  expect([connection.clock.pending, connection.openCount, connection.listenerCount]).toEqual([0, 0, 0]);
}

describe('a line that is dead while the market moves', () => {
  it('is doubted, looked into, asked for once more, and then an alarm; data ends it all, with the hole marked', async () => {
    const { connection, marketData, events, look, lines, looks } = await setUp();
    look.says = [[LAST, 11]];
    const ticker = marketData.subscribeTicker('AAPL');
    const gaps: number[] = [];
    ticker.on('gap', ({ fromMs, toMs }) => gaps.push(toMs - fromMs));
    tick(connection, 10);
    await connection.clock.advance(MINUTE_MS);
    expect(ticker.current).toMatchObject({ last: 10, stale: true, staleReason: 'nothing arrived for 60 s although the market is open' });
    expect([lines(), looks()]).toEqual([1, 1]);
    // It may only be late.
    await connection.clock.advance(1999);
    expect(lines()).toBe(1);
    await connection.clock.advance(1);
    expect(lines()).toBe(2);
    await connection.clock.advance(16_999);
    expect(events).toEqual(['stale quotes of AAPL: unknown after 60 s']);
    await connection.clock.advance(1);
    expect(events.slice(1)).toEqual(['alarm IBKR_STREAM_SILENT unknown:quotes of AAPL:1']);
    expect(marketData.streams).toEqual([expect.objectContaining({ kind: 'quotes', symbol: 'AAPL', status: 'stale', cause: 'unknown', alarmed: true, silentMs: 79_000 })]);
    tick(connection, 12);
    expect(events.slice(2)).toEqual(['over IBKR_STREAM_SILENT', 'recovered quotes of AAPL: data']);
    expect(ticker.current).toMatchObject({ last: 12, stale: false, gaps: 1 });
    expect(gaps).toEqual([79_000]);
    expect(marketData.streams).toEqual([expect.objectContaining({ status: 'fresh', alarmed: false, cause: undefined })]);
  });

  it('is asked for again less and less often for as long as it is silent', async () => {
    const { connection, marketData, events, look, lines } = await setUp();
    look.says = [[LAST, 11]];
    marketData.subscribeTicker('AAPL');
    tick(connection, 10);
    await connection.clock.advance(2 * 3_600_000);
    expect(events.filter((event) => event.startsWith('alarm'))).toHaveLength(1);
    expect(lines()).toBeGreaterThan(8);
    expect(lines()).toBeLessThan(16);
  });

  it('recovers without an alarm when the second line speaks', async () => {
    const { connection, marketData, events, look } = await setUp();
    look.says = [[LAST, 11]];
    marketData.subscribeTicker('AAPL');
    tick(connection, 10);
    await connection.clock.advance(62_000);
    tick(connection, 11);
    await connection.clock.advance(30_000);
    expect(events).toEqual(['stale quotes of AAPL: unknown after 60 s', 'recovered quotes of AAPL: data']);
  });

  it('is no alarm when it was only late', async () => {
    const { connection, marketData, events, look, lines } = await setUp();
    look.says = [[LAST, 11]];
    marketData.subscribeTicker('AAPL');
    tick(connection, 10);
    await connection.clock.advance(61_000);
    tick(connection, 11);
    await connection.clock.advance(20_000);
    expect([lines(), events.at(-1)]).toEqual([1, 'recovered quotes of AAPL: data']);
  });

  it('is asked for again when nobody answers the look either', async () => {
    const { connection, marketData, events, lines } = await setUp();
    marketData.subscribeTicker('AAPL');
    tick(connection, 10);
    await connection.clock.advance(MINUTE_MS + 12_000);
    expect(lines()).toBe(2);
    await connection.clock.advance(17_000);
    expect(events.at(-1)).toBe('alarm IBKR_STREAM_SILENT unknown:quotes of AAPL:1');
  });
});

describe('a quiet market', () => {
  it('is no alarm: a look that shows nothing new ends the doubt, and the patience grows', async () => {
    const { connection, marketData, events, look, lines, looks } = await setUp();
    look.says = [[LAST, 10]];
    const ticker = marketData.subscribeTicker('AAPL');
    tick(connection, 10);
    await connection.clock.advance(MINUTE_MS);
    expect(events).toEqual(['stale quotes of AAPL: unknown after 60 s', 'recovered quotes of AAPL: quietMarket']);
    expect(ticker.current).toMatchObject({ last: 10, stale: false, gaps: 0 });
    await connection.clock.advance(2 * MINUTE_MS - 1);
    expect(looks()).toBe(1);
    await connection.clock.advance(1);
    expect(looks()).toBe(2);
    // A night of it: no more than one look per half an hour.
    await connection.clock.advance(4 * 3_600_000);
    expect(looks()).toBeLessThan(15);
    expect(lines()).toBe(1);
    expect(events.filter((event) => event.startsWith('alarm'))).toEqual([]);
  });

  it('learns the rhythm of a stream that speaks seldom', async () => {
    const { connection, marketData, looks } = await setUp();
    marketData.subscribeTicker('AAPL');
    for (let beat = 0; beat < 10; beat += 1) {
      tick(connection, 10 + beat);
      await connection.clock.advance(40_000);
    }
    expect(marketData.streams[0]?.patienceMs).toBe(160_000);
    await connection.clock.advance(119_000);
    expect(looks()).toBe(0);
    await connection.clock.advance(1000);
    expect(looks()).toBe(1);
  });

  it('is not doubted while the contract does not trade, and is from the open on', async () => {
    const { connection, marketData, events, looks } = await setUp({ nowMs: Date.UTC(2026, 4, 20, 23, 59) });
    marketData.subscribeTicker('AAPL');
    tick(connection, 10);
    await connection.clock.advance(7 * 3_600_000);
    expect([looks(), events]).toEqual([0, []]);
    expect(marketData.streams[0]?.status).toBe('closed');
    // 04:00 in New York.
    await connection.clock.advance(3_600_000 + 3 * MINUTE_MS);
    expect(looks()).toBe(1);
  });

  it('ends an alarm when the market closes', async () => {
    const { connection, marketData, events } = await setUp({ nowMs: Date.UTC(2026, 4, 20, 23, 50) });
    marketData.subscribeTicker('AAPL');
    tick(connection, 10);
    await connection.clock.advance(20 * MINUTE_MS);
    expect(events.slice(1)).toEqual(['alarm IBKR_STREAM_SILENT unknown:quotes of AAPL:1', 'over IBKR_STREAM_SILENT', 'recovered quotes of AAPL: marketClosed']);
  });

  it('judges hours by the time of the server', async () => {
    const { connection, marketData, looks } = await setUp();
    Object.assign(connection, { serverNow: () => connection.clock.now() + 10 * 3_600_000 });
    marketData.subscribeTicker('AAPL');
    tick(connection, 10);
    await connection.clock.advance(10 * MINUTE_MS);
    expect(looks()).toBe(0);
  });

  it('is what a contract without any quotes has', async () => {
    const { connection, marketData, events, look } = await setUp();
    look.says = [];
    marketData.subscribeTicker('AAPL');
    await connection.clock.advance(MINUTE_MS);
    expect(events.at(-1)).toBe('recovered quotes of AAPL: quietMarket');
  });
});

describe('causes', () => {
  it('names a competing session at once, in one alarm for all streams, until data flows', async () => {
    const { connection, marketData, events, look } = await setUp({ symbols: ['B', 'C'] });
    look.says = 10197;
    for (const symbol of ['AAPL', 'B', 'C']) marketData.subscribeTicker(symbol);
    const ids = connection.sentOf('reqMktData').map(({ reqId }) => reqId);
    for (const id of ids) connection.deliver(notice(id, 10197));
    expect(events.filter((event) => event.startsWith('alarm'))).toEqual(['alarm IBKR_STREAM_COMPETING_SESSION competingSession']);
    await connection.clock.advance(10 * MINUTE_MS);
    expect(events.filter((event) => event.startsWith('alarm'))).toHaveLength(1);
    const lines = connection.sentOf('reqMktData').filter(({ snapshot }) => snapshot !== true).slice(-3);
    for (const { reqId } of lines.slice(0, 2)) tickPrices(connection, { [LAST]: [1, 1] }, reqId);
    expect(events).not.toContain('over IBKR_STREAM_COMPETING_SESSION');
    tickPrices(connection, { [LAST]: [1, 1] }, lines[2]?.reqId);
    expect(events.at(-2)).toBe('over IBKR_STREAM_COMPETING_SESSION');
  });

  it('names a farm that is down when nobody answers, soon, and goes on with the farm', async () => {
    const { connection, marketData, events, lines } = await setUp();
    marketData.subscribeTicker('AAPL');
    tick(connection, 10);
    connection.farms = { usfarm: { status: 'down' }, ushmds: { status: 'down' } };
    connection.tell('connection.degraded');
    await connection.clock.advance(15_000 + 12_000);
    expect(events).toEqual(['stale quotes of AAPL: unknown after 15 s', 'alarm IBKR_STREAM_FARM_DOWN farmDown']);
    expect(marketData.streams[0]).toMatchObject({ cause: 'farmDown', reason: 'the data farm usfarm is down' });
    expect(lines()).toBe(1);
    connection.farms = { usfarm: { status: 'up' } };
    connection.tell('connection.recovered');
    tick(connection, 11);
    expect(events.slice(2)).toEqual(['over IBKR_STREAM_FARM_DOWN', 'recovered quotes of AAPL: data']);
  });

  it('blames no farm that serves other contracts', async () => {
    const { connection, marketData, events, look } = await setUp();
    look.says = [[LAST, 10]];
    marketData.subscribeTicker('AAPL');
    tick(connection, 10);
    connection.farms = { eufarm: { status: 'down' } };
    connection.tell('connection.degraded');
    await connection.clock.advance(15_000);
    expect(events.at(-1)).toBe('recovered quotes of AAPL: quietMarket');
  });

  it('is stale with the link, and an alarm only when that lasts', async () => {
    const { connection, marketData, events, looks } = await setUp();
    marketData.subscribeTicker('AAPL');
    tick(connection, 10);
    connection.cutUpstream();
    await connection.clock.advance(59_000);
    expect(events).toEqual(['stale quotes of AAPL: linkDown after 0 s']);
    await connection.clock.advance(1000);
    expect(events.slice(1)).toEqual(['alarm IBKR_STREAM_LINK_DOWN linkDown']);
    // What trickles in proves nothing.
    tick(connection, 11);
    expect(events).toHaveLength(2);
    connection.mendUpstream();
    tick(connection, 12);
    expect(events.slice(2)).toEqual(['over IBKR_STREAM_LINK_DOWN', 'recovered quotes of AAPL: data']);
    expect(looks()).toBe(0);
  });

  it('looks after streams that stay silent when the link is back', async () => {
    const { connection, marketData, events } = await setUp();
    marketData.subscribeTicker('AAPL');
    tick(connection, 10);
    connection.drop();
    await connection.clock.advance(5000);
    connection.restore();
    await connection.clock.advance(17_000 + 12_000 + 17_000);
    expect(events).toEqual(['stale quotes of AAPL: linkDown after 0 s', 'alarm IBKR_STREAM_SILENT unknown:quotes of AAPL:1']);
  });

  it('says that trading is halted, when the line or the look says so', async () => {
    const { connection, marketData, events } = await setUp();
    marketData.subscribeTicker('AAPL');
    tick(connection, 10);
    connection.deliver({ type: 'tickGeneric', reqId: connection.latestId('reqMktData'), tickType: 49, value: 1 });
    await connection.clock.advance(MINUTE_MS);
    expect(events).toEqual(['stale quotes of AAPL: halted after 60 s', 'alarm IBKR_STREAM_HALTED halted:quotes of AAPL:1']);
  });

  it('says that the data is not subscribed to, when the look says so', async () => {
    const { connection, marketData, events, look } = await setUp();
    look.says = 354;
    marketData.subscribeTicker('AAPL');
    tick(connection, 10);
    await connection.clock.advance(MINUTE_MS);
    expect(events.at(-1)).toBe('alarm IBKR_STREAM_NO_PERMISSION noPermission:quotes of AAPL:1');
  });
});

describe('tick-by-tick', () => {
  const trade = (connection: FakeConnection, atMs: number) =>
    ({ type: 'tickByTick', reqId: connection.latestId('reqTickByTickData'), kind: 'Last', time: Math.floor(atMs / 1000), price: 1, size: 1, mask: 0, exchange: '', specialConditions: '' }) as const;

  it('is asked for again when trades happened that it did not tell, and marks the hole from its last trade on', async () => {
    const { connection, marketData, events } = await setUp();
    const stream = marketData.tickByTick('AAPL', 'Last', {});
    connection.deliver(trade(connection, NOW_MS));
    await connection.clock.advance(119_000);
    const known = connection.sent.length;
    await connection.clock.advance(1000);
    const [look] = connection.sent.slice(known);
    expect(look).toMatchObject({ type: 'reqMktData', snapshot: true });
    const reqId = connection.latestId('reqMktData');
    tickPrices(connection, { [LAST]: [2, 1] }, reqId);
    connection.deliver({ type: 'tickString', reqId, tickType: 45, value: String(Math.floor(NOW_MS / 1000) + 100) });
    connection.deliver({ type: 'tickSnapshotEnd', reqId });
    await connection.clock.advance(2000);
    expect(connection.sentOf('reqTickByTickData')).toHaveLength(2);
    connection.deliver(trade(connection, NOW_MS + 122_000));
    expect(events).toEqual(['stale tick by tick Last of AAPL: unknown after 120 s', 'recovered tick by tick Last of AAPL: data']);
    expect([(await stream.next()).value, (await stream.next()).value, (await stream.next()).value]).toMatchObject([
      { type: 'trade' },
      { type: 'gap', fromMs: NOW_MS, toMs: NOW_MS + 122_000, reason: 'nothing arrived for 122 s although the market is open' },
      { type: 'trade' },
    ]);
  });

  it.each([[1, 'quietMarket'], [2, undefined]])('is quiet only when the last trade is the one it told: %d', async (price, by) => {
    const { connection, marketData, events } = await setUp();
    marketData.tickByTick('AAPL', 'Last', {});
    connection.deliver(trade(connection, NOW_MS));
    await connection.clock.advance(120_000);
    const reqId = connection.latestId('reqMktData');
    tickPrices(connection, { [LAST]: [price, 1] }, reqId);
    connection.deliver({ type: 'tickString', reqId, tickType: 45, value: String(Math.floor(NOW_MS / 1000)) });
    connection.deliver({ type: 'tickSnapshotEnd', reqId });
    await connection.clock.settle();
    expect(events.slice(1)).toEqual(by === undefined ? [] : [`recovered tick by tick Last of AAPL: ${by}`]);
    await connection.clock.advance(2000);
    expect(connection.sentOf('reqTickByTickData')).toHaveLength(by === undefined ? 2 : 1);
  });
});

describe('bars that are kept up to date', () => {
  it('are asked for anew as the second look, once more when nobody answers, and then are an alarm', async () => {
    const { connection, marketData, events } = await setUp();
    const stream = marketData.keepUpToDate('AAPL', { barSize: '1 min' });
    await connection.clock.settle();
    const row = { date: String(NOW_MS / 1000), open: 1, high: 1, low: 1, close: 1, volume: 1, wap: 1, count: 1 };
    connection.deliver({ type: 'historicalData', reqId: connection.latestId('reqHistoricalData'), start: '', end: '', bars: [row] });
    await connection.clock.advance(120_000);
    expect(connection.sentOf('reqHistoricalData')).toHaveLength(2);
    await connection.clock.advance(60_000);
    expect(connection.sentOf('reqHistoricalData')).toHaveLength(3);
    await connection.clock.advance(17_000);
    expect(events).toEqual(['stale 1 min bars of AAPL: unknown after 120 s', 'alarm IBKR_STREAM_SILENT unknown:1 min bars of AAPL:1']);
    connection.deliver({ type: 'historicalData', reqId: connection.latestId('reqHistoricalData'), start: '', end: '', bars: [row, { ...row, date: String(NOW_MS / 1000 + 60) }] });
    expect(events.slice(2)).toEqual(['over IBKR_STREAM_SILENT', 'recovered 1 min bars of AAPL: data']);
    await stream.close();
  });
});

describe('many streams', () => {
  it('that fall silent together become few looks and few alarms', async () => {
    const symbols = Array.from({ length: 40 }, (_, index) => `S${index}`);
    const { connection, marketData, events, looks, lines } = await setUp({ symbols });
    for (const symbol of symbols) marketData.subscribeTicker(symbol);
    for (const { reqId } of connection.sentOf('reqMktData')) tickPrices(connection, { [LAST]: [1, 1] }, reqId);
    await connection.clock.advance(MINUTE_MS + 12_000);
    expect(looks()).toBe(3);
    expect(lines()).toBe(80);
    await connection.clock.advance(17_000);
    const alarms = events.filter((event) => event.startsWith('alarm'));
    expect(alarms).toHaveLength(6);
    expect(alarms.at(-1)).toBe('alarm IBKR_STREAM_SILENT unknown:many');
    const latest = connection.sentOf('reqMktData').filter(({ snapshot }) => snapshot !== true).slice(-40);
    for (const { reqId } of latest) tickPrices(connection, { [LAST]: [1, 1] }, reqId);
    expect(events.filter((event) => event.startsWith('over'))).toHaveLength(6);
    expect(marketData.streams.every(({ status }) => status === 'fresh')).toBe(true);
  });
});

it('hands its alarms to a desk, and takes them back', async () => {
  const { connection, marketData } = await setUp();
  const told: string[] = [];
  const stop = watchMarketData({
    marketData,
    name: 'paper',
    alarms: {
      raise: ({ key, severity, title, message }) => {
        told.push(`${severity} ${key}: ${title}`);
        expect(message).toContain('AAPL');
        return true;
      },
      resolve: (key, message) => {
        told.push(`over ${key}: ${message ?? ''}`);
        return true;
      },
    },
  });
  marketData.subscribeTicker('AAPL');
  connection.deliver(notice(connection.latestId('reqMktData'), 10197));
  tick(connection, 1);
  stop();
  connection.deliver(notice(connection.latestId('reqMktData'), 10197));
  expect(told).toEqual(['critical paper:competingSession: paper: another session of this user has the market data', 'over paper:competingSession: quotes of AAPL speak again.']);
});
