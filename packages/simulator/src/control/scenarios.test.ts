import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { TestClock } from '@ibkit/clock/testing';
import { waitForJournal } from '@ibkit/simulator/vitest';
import { describe, expect, it } from 'vitest';
import type { ClientMessage, WireContract, WireOrder } from '@ibkit/wire';
import { WireClient } from '../testing/wire-client.js';
import { withSimulator } from '../testing/with-simulator.js';
import type { SimulatorTest } from '../testing/with-simulator.js';
import { loadScenario } from './scenario.js';

const FOLDER = fileURLToPath(new URL('../../scenarios/', import.meta.url));
const AAPL: WireContract = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' };
const RESTING: WireOrder = { action: 'BUY', totalQuantity: 10, orderType: 'LMT', lmtPrice: 1, tif: 'GTC' };
const MARKET: WireOrder = { action: 'BUY', totalQuantity: 10, orderType: 'MKT' };

function running(name: string, body: (test: SimulatorTest) => Promise<void>): () => Promise<void> {
  return () => withSimulator({ scenario: `${FOLDER}${name}.json` }, body);
}

function codes(client: WireClient, code: number): number {
  return client.all('errMsg').filter((message) => message.code === code).length;
}

async function pass(clock: TestClock, client: WireClient, ms: number): Promise<void> {
  await client.barrier();
  await clock.advance(ms);
  await client.barrier();
}

async function refused(port: number): Promise<unknown> {
  try {
    await (await WireClient.open(port)).close();
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
  return undefined;
}

describe('the scenarios', () => {
  it.each(readdirSync(FOLDER))('%s is valid and is named as its file', async (file) => {
    expect(`${(await loadScenario(`${FOLDER}${file}`)).name}.json`).toBe(file);
  });

  it('01 the gateway hangs: open socket, silence', running('01-mute-after-handshake', async ({ simulator, clock, connect }) => {
    const client = await connect({ clientId: 1 });
    await pass(clock, client, 1_000 - 1);
    await clock.advance(1);
    client.send({ type: 'reqCurrentTime' });
    simulator.control.notice(1100);
    const other = await connect({ clientId: 2 });
    await other.barrier();
    expect(codes(client, 1100)).toBe(0);
    expect(simulator.control.state()).toMatchObject({ connections: 2, scenario: { name: '01-mute-after-handshake', done: 2, waiting: 0 } });
  }));

  it('02 packets that vanish, no reply, then no nextValidId, then well', running('02-port-open-no-reply', async ({ simulator, clock, connect }) => {
    await waitForJournal(simulator, { type: 'holeOpen' });
    expect(simulator.control.state().listening).toBe(false);
    await clock.advance(10_000);
    await simulator.control.listen();
    const silent = await WireClient.open(simulator.port);
    await clock.advance(10_000);
    const waiting = await WireClient.greet({ port: simulator.port });
    waiting.send({ type: 'startApi', clientId: 1 });
    await waitForJournal(simulator, { kind: 'client', type: 'started' });
    expect([silent.bytesIn, waiting.messages.length]).toEqual([0, 0]);
    await clock.advance(10_000);
    await waiting.first('nextValidId');
    await connect({ clientId: 2 });
    await Promise.all([silent.close(), waiting.close()]);
  }));

  it('03 four orders are lost with the connection, and their ids with them', running('03-reset-with-four-orders', async ({ simulator, connect }) => {
    const client = await connect();
    for (const orderId of [1, 2, 3, 4]) client.send({ type: 'placeOrder', orderId, contract: AAPL, order: RESTING });
    expect(await client.closed).toBe(true);
    const again = await connect();
    expect(again.all('nextValidId')).toMatchObject([{ orderId: 1 }]);
    expect(simulator.control.state()).toMatchObject({ openOrders: [], completedOrders: [] });
    expect(simulator.control.journal({ kind: 'in', type: 'placeOrder' })).toHaveLength(4);
  }));

  it('04 the port refuses for five seconds, and nothing has arrived meanwhile', running('04-down-for-a-while', async ({ simulator, clock, connect }) => {
    const client = await connect();
    await clock.advance(1_000);
    await client.closed;
    expect(await refused(simulator.port)).toBe('ECONNREFUSED');
    await clock.advance(5_000);
    await simulator.control.listen();
    await connect();
    expect(simulator.control.journal({ kind: 'in' }).map(({ type }) => type)).toEqual(['startApi', 'startApi']);
  }));

  it('05 the client id is in use for twenty seconds after a drop', running('05-client-id-in-use-after-drop', async ({ simulator, clock, connect }) => {
    const client = await connect({ clientId: 5 });
    await clock.advance(1_000);
    expect(await client.closed).toBe(true);
    const early = await WireClient.greet({ port: simulator.port });
    early.send({ type: 'startApi', clientId: 5 });
    await early.error(326);
    await early.closed;
    await clock.advance(20_000);
    await connect({ clientId: 5 });
  }));

  it('06 a server reset: a storm of 1100, then 1102, then 1101 without the lines', running('06-server-reset', async ({ simulator, clock, connect }) => {
    const client = await connect();
    await client.error(2110);
    client.send({ type: 'reqMktData', reqId: 1, contract: AAPL });
    await pass(clock, client, 2_000);
    expect(codes(client, 1100)).toBe(833);
    await pass(clock, client, 3_000);
    await client.error(1102);
    await pass(clock, client, 5_000);
    expect(codes(client, 1100)).toBe(834);
    await pass(clock, client, 2_000);
    await client.error(1101);
    expect(simulator.control.state().clients[0]?.subscriptions.marketData).toEqual([]);
    const second = await connect({ clientId: 2 });
    await second.error(2110);
  }));

  it('07 farms go and come, the bar streams stay dead', running('07-farm-flap', async ({ clock, connect }) => {
    const client = await connect();
    client.send({ type: 'reqRealTimeBars', reqId: 1, contract: AAPL, barSize: 5, whatToShow: 'TRADES', useRTH: false });
    await pass(clock, client, 1_000);
    expect([codes(client, 2103), codes(client, 2105)]).toEqual([1, 1]);
    const [data, history] = [codes(client, 2104), codes(client, 2106)];
    await pass(clock, client, 3_000);
    expect([codes(client, 2104), codes(client, 2106)]).toEqual([data + 1, history + 1]);
    await pass(clock, client, 2_000);
    await client.error(10_182, 1);
    const bars = client.all('realTimeBar').length;
    await pass(clock, client, 30_000);
    expect(client.all('realTimeBar')).toHaveLength(bars);
  }));

  it('08 10197, silence, and farms that are fine', running('08-competing-session', async ({ simulator, clock, connect }) => {
    const client = await connect();
    client.send({ type: 'reqMktData', reqId: 1, contract: AAPL });
    await pass(clock, client, 1_000);
    await client.error(10_197, 1);
    const seen = client.all('tickPrice').length;
    simulator.control.setPrice('AAPL', 400);
    await pass(clock, client, 20_000);
    expect(client.all('tickPrice')).toHaveLength(seen);
    expect(codes(client, 2103)).toBe(0);
    await pass(clock, client, 10_000);
    simulator.control.setPrice('AAPL', 410);
    await pass(clock, client, 1_000);
    expect(client.all('tickPrice').length).toBeGreaterThan(seen);
  }));

  it('09 fills of an outage: late, before their acknowledgement, without status, cost later, price corrected', running('09-fills-in-outage', async ({ clock, connect }) => {
    const client = await connect();
    client.send({ type: 'placeOrder', orderId: 1, contract: AAPL, order: RESTING });
    await pass(clock, client, 1_000);
    await client.error(1100);
    await pass(clock, client, 4_999);
    expect(client.all('execDetails')).toEqual([]);
    await pass(clock, client, 1);
    await client.error(1102);
    await pass(clock, client, 1_000);
    expect(client.all('execDetails')).toHaveLength(1);
    expect(client.all('commissionReport')).toEqual([]);
    await pass(clock, client, 10_000);
    expect(client.all('commissionReport')).toHaveLength(1);
    await pass(clock, client, 30_000);
    const [first, corrected] = client.all('execDetails').map(({ execution }) => execution);
    expect(first?.execId).toMatch(/\.01$/);
    expect(corrected).toMatchObject({ execId: first?.execId.replace(/\.01$/, '.02'), price: 1.05 });
    expect(client.all('orderStatus')).toEqual([]);
  }));

  it('10 a change during an outage is taken in silence, as a second order, beside orders of nobody', running('10-modify-during-outage', async ({ simulator, clock, connect }) => {
    const client = await connect({ clientId: 0 });
    client.send({ type: 'placeOrder', orderId: 1, contract: AAPL, order: RESTING });
    await client.error(1100);
    client.send({ type: 'placeOrder', orderId: 1, contract: AAPL, order: { ...RESTING, lmtPrice: 2 } });
    await pass(clock, client, 4_000);
    const open = simulator.control.state().openOrders;
    expect(open.map(({ orderId, lmtPrice }) => [orderId, lmtPrice])).toEqual([[0, 1], [0, 2], [1, 1], [1, 2]]);
    expect(new Set(open.map(({ permId }) => permId)).size).toBe(4);
    expect(client.all('openOrder').every(({ order }) => order.lmtPrice === 1)).toBe(true);
    await pass(clock, client, 1_000);
    await client.error(1102);
    const known = client.all('openOrder').length;
    client.send({ type: 'reqOpenOrders' });
    await client.first('openOrderEnd');
    const told = client.all('openOrder').slice(known);
    expect(told.map(({ orderId, order }) => [orderId, order.permId])).toEqual(open.map(({ orderId, permId }) => [orderId, permId]));
    expect(told.filter(({ orderId }) => orderId === 0).map(({ order }) => order.orderRef ?? '')).toEqual(['', '']);
    // What they do from now on is told again.
    simulator.control.setPrice('AAPL', 1.5);
    await pass(clock, client, 1_000);
    expect(client.all('execDetails')).toMatchObject([{ orderId: 1, execution: { permId: open[3]?.permId } }]);
  }));

  it('11 orders that are never, silently, or late answered', running('11-order-never-answered', async ({ simulator, clock, connect }) => {
    const client = await connect();
    client.send({ type: 'placeOrder', orderId: 1, contract: AAPL, order: RESTING });
    client.send({ type: 'cancelOrder', orderId: 1 });
    await client.error(10_147, 1);
    client.send({ type: 'placeOrder', orderId: 2, contract: AAPL, order: RESTING });
    client.send({ type: 'placeOrder', orderId: 3, contract: AAPL, order: RESTING });
    client.send({ type: 'cancelOrder', orderId: 3 });
    while (simulator.control.journal({ kind: 'in', type: 'cancelOrder' }).length < 2) await (await WireClient.open(simulator.port)).close();
    await clock.advance(59_999);
    expect(client.all('openOrder')).toEqual([]);
    expect(simulator.control.state().openOrders).toMatchObject([{ orderId: 2 }]);
    await clock.advance(2);
    await client.error(202, 3);
    expect(client.all('openOrder').map(({ orderId }) => orderId)).not.toContain(2);
  }));

  it('12 advisories are not failures, one is a rejection', running('12-advisories', async ({ clock, connect }) => {
    const client = await connect();
    client.send({ type: 'reqMarketDataType', marketDataType: 3 });
    client.send({ type: 'reqMktData', reqId: 41, contract: AAPL });
    await client.first('tickPrice', ({ reqId, tickType }) => reqId === 41 && tickType >= 66);
    for (const code of [10_167, 10_090, 10_091, 2176]) await client.error(code, 41);
    client.send({ type: 'placeOrder', orderId: 1, contract: AAPL, order: RESTING });
    await client.error(399, 1);
    await client.error(10_349, 1);
    await client.first('openOrder', ({ orderId }) => orderId === 1);
    client.send({ type: 'placeOrder', orderId: 2, contract: AAPL, order: RESTING });
    await client.error(399, 2);
    client.send({ type: 'cancelOrder', orderId: 1 });
    await pass(clock, client, 1_000);
    await client.error(202, 1);
    expect(client.all('openOrder').some(({ orderId }) => orderId === 2)).toBe(false);
  }));

  it('12 a book that begins anew says so by itself', () =>
    withSimulator({}, async ({ simulator, clock, connect }) => {
      const client = await connect();
      client.send({ type: 'reqMktDepth', reqId: 42, contract: AAPL, numRows: 5, isSmartDepth: true });
      await client.first('marketDepthL2', ({ reqId }) => reqId === 42);
      simulator.control.moveMarket({ action: 'gap', symbol: 'AAPL', percent: 10 });
      await pass(clock, client, 1_000);
      expect(await client.error(317, 42)).toMatchObject({ id: 42 });
    }));

  it('13 a rejection under an id that a request has, too', running('13-order-id-equals-request-id', async ({ simulator, clock, connect }) => {
    const client = await connect();
    client.send({ type: 'reqMktData', reqId: 1, contract: AAPL });
    client.send({ type: 'placeOrder', orderId: 1, contract: AAPL, order: MARKET });
    await client.error(201, 1);
    const seen = client.all('tickPrice').length;
    simulator.control.setPrice('AAPL', 400);
    await pass(clock, client, 1_000);
    expect(client.all('tickPrice').length).toBeGreaterThan(seen);
    expect(simulator.control.state()).toMatchObject({ openOrders: [], executions: [] });
  }));

  it('14 the server counts messages per second', running('14-many-lookups-then-cancel', async ({ simulator, connect }) => {
    const client = await connect();
    for (let reqId = 1; reqId <= 60; reqId += 1) client.send({ type: 'reqContractDetails', reqId, contract: AAPL });
    await client.error(100);
    expect(await client.closed).toBe(false);
    expect(client.all('contractDetailsEnd').length).toBeLessThanOrEqual(50);
    expect(simulator.control.journal({ type: 'rejectedByPacing' })).toHaveLength(3);
  }));

  it('15 the rules of the historical service, and a query that is lost', running('15-historical-limits', async ({ simulator, clock, connect }) => {
    const client = await connect();
    const symbols = ['AAPL', 'SPY', 'MSFT', 'QQQ'];
    const ask = (reqId: number, more: Partial<Extract<ClientMessage, { type: 'reqHistoricalData' }>> = {}): void => {
      const contract = { ...AAPL, symbol: symbols[reqId % symbols.length] ?? '' };
      client.send({ type: 'reqHistoricalData', reqId, contract, endDateTime: '', barSizeSetting: '5 secs', durationStr: `${30 + reqId} S`, useRTH: false, whatToShow: 'TRADES', formatDate: 1, keepUpToDate: false, ...more });
    };
    const codesOf = (reqId: number): readonly number[] => client.all('errMsg').filter(({ id }) => id === reqId).map(({ code }) => code);
    for (let reqId = 1; reqId <= 57; reqId += 1) {
      ask(reqId);
      await pass(clock, client, 1_000);
    }
    expect(client.all('historicalData')).toHaveLength(57);
    // The same again is refused and does not count; both sides count twice: that makes 60 with one more.
    ask(57);
    await client.error(162, 57);
    ask(58, { whatToShow: 'BID_ASK' });
    await pass(clock, client, 1_000);
    ask(59);
    await pass(clock, client, 1_000);
    expect([...codesOf(58), ...codesOf(59)]).toEqual([]);
    ask(60);
    expect(await client.error(162, 60)).toMatchObject({ msg: 'Historical Market Data Service error message:Historical data request pacing violation' });
    ask(62);
    await client.barrier();
    expect(client.messages.some((message) => ('reqId' in message && message.reqId === 62) || (message.type === 'errMsg' && message.id === 62))).toBe(false);
    expect(simulator.control.journal({ type: 'lostRequest' })).toMatchObject([{ message: { reqId: 62 } }]);
    await clock.advance(600_000);
    ask(63);
    await client.first('historicalData', ({ reqId }) => reqId === 63);
  }));

  it('15 not more than 50 are open at a time', running('15-historical-limits', async ({ clock, connect }) => {
    const client = await connect();
    const hold = (reqId: number): void => {
      client.send({ type: 'reqHistoricalData', reqId, contract: AAPL, endDateTime: '', barSizeSetting: '1 min', durationStr: `${60 * reqId} S`, useRTH: false, whatToShow: 'TRADES', formatDate: 1, keepUpToDate: true });
    };
    for (let reqId = 1; reqId <= 49; reqId += 1) hold(reqId);
    await pass(clock, client, 1_000);
    for (const reqId of [50, 51]) hold(reqId);
    await client.error(322, 51);
    expect(client.all('historicalData')).toHaveLength(50);
  }));

  it('16 a bad frame per connection, then a newer server', running('16-bad-frames', async ({ simulator }) => {
    const enter = (clientId: number): Promise<WireClient> => WireClient.ready({ port: simulator.port, clientId });
    const first = await enter(1);
    first.send({ type: 'reqManagedAccts' });
    await first.barrier();
    expect(first.undecodable[0]).toContain('unknown');
    await first.close();
    const second = await enter(2);
    second.send({ type: 'reqCurrentTime' });
    expect(await second.closed).toBe(false);
    const third = await enter(3);
    await third.closed;
    expect(third.framingError).toContain('16777216');
    const fourth = await enter(4);
    await fourth.closed;
    expect(fourth.framingError).toContain('4294967292');
    while (simulator.control.state().faults.length === 0) await (await WireClient.open(simulator.port)).close();
    const fifth = await WireClient.greet({ port: simulator.port });
    expect(fifth.serverVersion).toBe(226);
    await fifth.close();
  }));

  it.each([
    ['17-dates-spring', '20260308 06:59:00 UTC', Date.UTC(2026, 2, 8, 7), '01:59', '03:00'],
    ['17-dates-autumn', '20261101 05:59:00 UTC', Date.UTC(2026, 10, 1, 6), '01:59', '01:00'],
  ] as const)('%s crosses the change of clocks with times in order, in every shape', (name, connectedAt, changeMs, before, after) =>
    running(name, async ({ clock, connect }) => {
      const client = await connect();
      expect(client.connectionTime).toBe(connectedAt);
      let orderId = 0;
      const trade = async (): Promise<string> => {
        orderId += 1;
        client.send({ type: 'placeOrder', orderId, contract: AAPL, order: MARKET });
        await pass(clock, client, 1_000);
        return client.all('execDetails').at(-1)?.execution.time ?? '';
      };
      let reqId = 100;
      const bars = async (formatDate: number, barSizeSetting = '1 min', durationStr = '180 S'): Promise<readonly string[]> => {
        reqId += 1;
        const id = reqId;
        client.send({ type: 'reqHistoricalData', reqId: id, contract: AAPL, endDateTime: '', barSizeSetting, durationStr, useRTH: false, whatToShow: 'TRADES', formatDate, keepUpToDate: false });
        return (await client.first('historicalData', (message) => message.reqId === id)).bars.map(({ date }) => date);
      };
      const utc = /^2026\d{4}-0[5-7]:\d\d:\d\d$/;
      const early = await trade();
      await pass(clock, client, 28_000);
      await pass(clock, client, 1_000);
      const late = await trade();
      expect([early, late].filter((time) => utc.test(time)).sort()).toEqual([early, late]);
      client.send({ type: 'reqCurrentTime' });
      await client.barrier();
      expect(client.all('currentTime').at(-1)?.time).toBeGreaterThanOrEqual(changeMs / 1_000 + 30);

      // Both sides of the change are in the bars: of the same minute before and after it, with a zone, as instants, as days.
      const zoned = await bars(1);
      expect(zoned.map((date) => date.slice(9, 14))).toEqual(expect.arrayContaining([before, after]));
      expect(zoned.every((date) => /^2026\d{4} \d\d:\d\d:\d\d (America\/New_York|US\/Eastern)$/.test(date))).toBe(true);
      const seconds = (await bars(2)).map(Number);
      expect(seconds).toEqual(expect.arrayContaining([changeMs / 1_000 - 60, changeMs / 1_000]));
      expect([...seconds].sort((a, b) => a - b)).toEqual(seconds);
      for (const formatDate of [1, 2]) expect((await bars(formatDate, '1 day', '3 D')).every((date) => /^2026\d{4}$/.test(date))).toBe(true);
      expect((await bars(3))[0]).toMatch(/^\d{4} \d\d:\d\d:\d\d \S+$/);

      await pass(clock, client, 10_000);
      expect(await trade()).toMatch(/^2026\d{4} 0[1-3]:\d\d:\d\d America\/New_York$/);
      client.send({ type: 'reqCompletedOrders', apiOnly: false });
      await client.first('completedOrderEnd');
      expect(client.all('completedOrder').at(-1)?.orderState.completedTime).toMatch(/ America\/New_York$/);
      await pass(clock, client, 9_000);
      expect(await trade()).toMatch(/^2026\d{4} {2}0[1-3]:\d\d:\d\d$/);
      expect((await bars(1))[0]).toMatch(/^2026\d{4} {2}0[1-3]:\d\d:\d\d$/);
      await pass(clock, client, 9_000);
      expect((await bars(1))[0]).toMatch(utc);
      await pass(clock, client, 10_000);
      expect((await bars(1))[0]).toMatch(/ (America\/New_York|US\/Eastern)$/);
      expect(await trade()).toMatch(utc);
    })(),
  );

  it('18 two accounts, each with its own books, one end of download for both, and a list that changes', running('18-two-accounts', async ({ clock, connect }) => {
    const client = await connect();
    expect(client.all('managedAccounts')).toMatchObject([{ accountsList: 'DU1000001,DU1000002' }]);
    client.send({ type: 'placeOrder', orderId: 1, contract: AAPL, order: MARKET });
    await client.error(435, 1);
    client.send({ type: 'placeOrder', orderId: 2, contract: AAPL, order: { ...MARKET, account: 'DU1000002' } });
    await pass(clock, client, 1_000);
    client.send({ type: 'reqPositions' });
    await client.first('positionEnd');
    expect(client.all('position')).toMatchObject([{ account: 'DU1000002', position: 10 }]);
    for (const acctCode of ['DU1000001', 'DU1000002']) {
      client.send({ type: 'reqAccountUpdates', subscribe: true, acctCode });
      await client.first('accountValue', ({ accountName }) => accountName === acctCode);
    }
    await client.barrier();
    expect(client.all('accountDownloadEnd').map(({ accountName }) => accountName)).toEqual(['DU1000001', 'DU1000001']);
    await pass(clock, client, 59_000);
    client.send({ type: 'reqManagedAccts' });
    await client.barrier();
    await pass(clock, client, 60_000);
    expect(client.all('managedAccounts').map(({ accountsList }) => accountsList)).toEqual(['DU1000001,DU1000002', 'DU1000001', 'DU1000001', 'DU1000001,DU1000002']);
  }));

  it('19 the nightly restart at 23:45, then a login that waits for a human', running('19-nightly-restart', async ({ simulator, clock, connect }) => {
    const client = await connect();
    client.send({ type: 'placeOrder', orderId: 1, contract: AAPL, order: RESTING });
    await client.first('openOrder');
    // The test clock starts at 09:30 New York.
    await clock.advance((14 * 60 + 15) * 60_000 - 1);
    await client.barrier();
    await clock.advance(1);
    expect(await client.closed).toBe(false);
    expect(await refused(simulator.port)).toBe('ECONNREFUSED');
    await clock.advance(90_000);
    await simulator.control.listen();
    const again = await connect();
    again.send({ type: 'reqOpenOrders' });
    await again.first('openOrder', ({ orderId }) => orderId === 1);
    await clock.advance(5_000);
    expect(await again.closed).toBe(false);
    expect(await refused(simulator.port)).toBe('ECONNREFUSED');
    expect(simulator.control.approve()).toBe(1);
    await simulator.control.listen();
    await connect();
  }));

  it('20 who does not read is cut, with bounded memory, and nobody else notices', running('20-slow-consumer', async ({ simulator, clock, connect }) => {
    const [slow, quick] = [await connect({ clientId: 2 }), await connect({ clientId: 3 })];
    for (const client of [slow, quick]) {
      for (const [index, symbol] of ['AAPL', 'SPY', 'MSFT', 'QQQ', 'NVDA', 'TSLA', 'AMZN', 'META'].entries()) client.send({ type: 'reqMktData', reqId: index + 1, contract: { ...AAPL, symbol }, genericTickList: '233' });
      await client.barrier();
    }
    slow.pause();
    let most = 0;
    let ticks = 0;
    while (simulator.control.state().clients.some(({ clientId }) => clientId === 2)) {
      await clock.advance(60_000);
      await quick.barrier();
      for (const { clientId, pendingBytes, sent } of simulator.control.state().clients) {
        if (clientId === 2) most = Math.max(most, pendingBytes);
        else ticks = (sent['tickPrice'] ?? 0) + (sent['tickSize'] ?? 0);
      }
    }
    // The kernel's own buffers swallow some of it first.
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(1_048_576);
    expect(simulator.control.journal({ kind: 'client', type: 'closed' })).toMatchObject([{ clientId: 2, message: { reason: 'the client left more than 1048576 bytes unread' } }]);
    expect(quick.all('tickPrice').length + quick.all('tickSize').length).toBe(ticks);
  }));

  it('20 a connection that is reset again and again leaves nothing behind', running('20-slow-consumer', async ({ simulator, clock }) => {
    const timers = clock.pending;
    for (let round = 1; round <= 50; round += 1) {
      const client = await WireClient.ready({ port: simulator.port, clientId: 1 });
      client.send({ type: 'reqMktData', reqId: 1, contract: AAPL });
      await client.barrier();
      await clock.advance(100);
      expect(await client.closed).toBe(true);
    }
    expect(simulator.control.state()).toMatchObject({ connections: 0, clients: [] });
    expect(clock.pending).toBeLessThanOrEqual(timers + 1);
  }));
});
