import fc from 'fast-check';
import { isIbkrError } from '@ibkit/error-codes';
import { afterEach, describe, expect, it } from 'vitest';
import type { RequestSpec } from '../connection-port.js';
import { failure } from '../testing/loopback.js';
import { Simulated } from '../testing/simulated.js';

const world = new Simulated();

afterEach(() => world.close());

const lookUp = (pattern = 'S'): RequestSpec<unknown> => ({
  name: 'look-up',
  lane: 'history',
  build: (reqId) => ({ type: 'reqMatchingSymbols', reqId, pattern }),
  receive: (message, reply) => {
    if (message.type === 'symbolSamples') reply.resolve(message);
  },
});

/** The most that lies in any window of a second. */
function mostPerSecond(timesMs: readonly number[]): number {
  return Math.max(...timesMs.map((fromMs) => timesMs.filter((atMs) => atMs >= fromMs && atMs < fromMs + 1_000).length));
}

describe('scenario 14, check A4: an order behind a long queue', () => {
  it('a cancel behind 200 look-ups leaves at once, and no second ever holds more than 50 messages', async () => {
    const { connection, client, clock } = await world.connected({ heartbeat: false });
    const sentAtMs: number[] = [];
    const order: string[] = [];
    connection.onSent((message) => {
      sentAtMs.push(clock.monotonic());
      order.push(message.type);
    });
    const lookUps = Array.from({ length: 200 }, () => connection.request(lookUp()).catch((error: unknown) => error));
    await clock.settle();
    const queuedBefore = connection.getStatus().queuedMessages;
    await connection.session?.send({ type: 'cancelOrder', orderId: 5 }, { lane: 'cancel' });
    expect(queuedBefore).toBeGreaterThan(150);
    expect(sentAtMs.at(-1)).toBe(0);
    await client.next('cancelOrder');
    for (let step = 0; step < 60; step += 1) await clock.advance(100);
    expect(sentAtMs).toHaveLength(201);
    expect(order.indexOf('cancelOrder')).toBeLessThan(50);
    expect(mostPerSecond(sentAtMs)).toBeLessThanOrEqual(50);
    await connection.disconnect();
    expect(await Promise.all(lookUps)).toHaveLength(200);
  });

  it('an order behind 9,900 queued requests leaves in the same tick', async () => {
    const { connection, client, clock } = await world.connected({ heartbeat: false });
    const waiting = Array.from({ length: 9_900 }, () => connection.request(lookUp()).catch((error: unknown) => error));
    await clock.settle();
    expect(connection.getStatus().queuedMessages).toBeGreaterThan(9_800);
    const sent = connection.session?.trySend(
      { type: 'placeOrder', orderId: 7, contract: { symbol: 'SPY', secType: 'STK', exchange: 'SMART', currency: 'USD' }, order: { action: 'BUY', totalQuantity: 1, orderType: 'MKT' } },
      'order',
    );
    expect(sent).toBe(true);
    await client.next('placeOrder');
    expect(client.received.filter((message) => message.type === 'reqMatchingSymbols').length).toBeLessThanOrEqual(45);
    await connection.disconnect();
    await Promise.all(waiting);
  });
});

describe('scenario 15: history that is refused, or never answered', () => {
  it('a pacing violation fails the request that it names, with its code, and the next one works', async () => {
    const { connection, client } = await world.connected({ heartbeat: false });
    const first = failure(connection.request(lookUp('A')));
    const second = connection.request(lookUp('B'));
    const firstId = (await client.next('reqMatchingSymbols')).reqId;
    const secondId = (await client.next('reqMatchingSymbols')).reqId;
    client.send(
      { type: 'errMsg', id: firstId, code: 162, msg: 'Historical Market Data Service error message:Historical data request pacing violation' },
      { type: 'symbolSamples', reqId: secondId, contracts: [] },
    );
    expect(await first).toMatchObject({ brokerCode: 162, retryable: true });
    expect(await second).toMatchObject({ reqId: secondId });
  });

  it('a request that is never answered ends at its deadline, and is cancelled at the gateway', async () => {
    const { connection, client, clock } = await world.connected({ heartbeat: false });
    const asked = failure(connection.request({ ...lookUp(), timeoutMs: 60_000, cancel: (reqId) => ({ type: 'cancelHistoricalData', reqId }) }));
    const { reqId } = await client.next('reqMatchingSymbols');
    await clock.advance(60_000);
    expect(await asked).toMatchObject({ code: 'IBKR_REQUEST_TIMEOUT', details: { timeoutMs: 60_000 } });
    expect(await client.next('cancelHistoricalData')).toMatchObject({ reqId });
    expect(connection.getStatus().pendingRequests).toBe(0);
  });
});

describe('check A5: requests under any weather', () => {
  it('settle, each of them, at its deadline at the latest', async () => {
    const { connection, clock } = await world.connected({ heartbeat: false, rate: { perSecond: 5 } });
    const plan = fc.record({
      deadlines: fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 30 }),
      drops: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(plan, async ({ deadlines, drops }) => {
        const startMs = clock.monotonic();
        const late: string[] = [];
        const settled = deadlines.map(async (timeoutMs) => {
          const error: unknown = await connection.request({ ...lookUp(), timeoutMs }).catch((reason: unknown) => reason);
          if (clock.monotonic() - startMs > timeoutMs) late.push(`${timeoutMs}`);
          return isIbkrError(error) ? error.code : 'no error of ours';
        });
        await clock.advance(1_000);
        const back = drops ? await connection.reconnect() : true;
        await clock.advance(20_000);
        const codes = new Set(await Promise.all(settled));
        expect([...codes].filter((code) => code !== 'IBKR_REQUEST_TIMEOUT' && code !== 'IBKR_SESSION_CLOSED')).toEqual([]);
        expect([back, late]).toEqual([true, []]);
        expect(connection.getStatus()).toMatchObject({ pendingRequests: 0, queuedMessages: 0 });
      }),
      { numRuns: 20 },
    );
  });
});
