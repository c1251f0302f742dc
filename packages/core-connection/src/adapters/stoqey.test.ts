import { createRequire } from 'node:module';
import { EventName, IBApi, OrderType } from '@stoqey/ib';
import type { Contract, Order } from '@stoqey/ib';
import { encodeFields, encodeFrame } from '@ibkit/wire';
import type { ServerMessage } from '@ibkit/wire';
import { afterEach, describe, expect, it } from 'vitest';
import type { ConnectionManager } from '../connection-manager.js';
import { Loopback } from '../testing/loopback.js';
import { ScriptedGateway } from '../testing/scripted-gateway.js';
import type { GatewayClient } from '../testing/scripted-gateway.js';
import { CONTROLLER_NAMES } from './api-controller.js';
import { STOQEY_VERSION } from './api-face.js';
import { laneOf } from './outgoing-tokens.js';

const loopback = new Loopback();

afterEach(() => loopback.close());

/** Resolves after the connection has worked off what the gateway sent before. */
async function caughtUp(connection: ConnectionManager, client: GatewayClient): Promise<void> {
  const seen = new Promise<void>((resolve) => {
    const stop = connection.onMessage((message) => {
      if (message.type !== 'errMsg' || message.code !== 2999) return;
      stop();
      // One more turn: the face hears of a frame after the message listeners.
      queueMicrotask(resolve);
    });
  });
  client.send({ type: 'errMsg', id: -1, code: 2999, msg: 'caught up' });
  await seen;
}

/** One message of many kinds, and frames that are wrong. */
const STREAM: readonly ServerMessage[] = [
  { type: 'tickPrice', reqId: 5, tickType: 2, price: 100.25, size: 3, attrMask: 1 },
  { type: 'tickSize', reqId: 5, tickType: 8, size: 12_345 },
  { type: 'tickString', reqId: 5, tickType: 45, value: '1700000000' },
  { type: 'tickGeneric', reqId: 5, tickType: 49, value: 0 },
  { type: 'marketDataType', reqId: 5, marketDataType: 3 },
  { type: 'tickSnapshotEnd', reqId: 5 },
  { type: 'tickByTick', reqId: 6, kind: 'Last', time: 1_700_000_000, price: 10.5, size: 100, mask: 0, exchange: 'ARCA', specialConditions: '' },
  { type: 'tickByTick', reqId: 6, kind: 'BidAsk', time: 1_700_000_000, bidPrice: 10, askPrice: 11, bidSize: 1, askSize: 2, mask: 3 },
  { type: 'tickByTick', reqId: 6, kind: 'MidPoint', time: 1_700_000_000, midPoint: 10.5 },
  { type: 'accountSummary', reqId: 7, account: 'DU1', tag: 'NetLiquidation', value: '1000.00', currency: 'USD' },
  { type: 'accountSummaryEnd', reqId: 7 },
  { type: 'symbolSamples', reqId: 8, contracts: [] },
  { type: 'currentTime', time: 1_700_000_000 },
  { type: 'errMsg', id: 5, code: 200, msg: 'No security definition has been found for the request' },
  { type: 'errMsg', id: -1, code: 2104, msg: 'Market data farm connection is OK:usfarm' },
  { type: 'openOrderEnd' },
  { type: 'positionEnd' },
  { type: 'execDetailsEnd', reqId: 9 },
  { type: 'nextValidId', orderId: 43 },
];

/** Everything that an IBApi tells, in order. */
function recorded(api: IBApi, names: readonly EventName[]): unknown[] {
  const log: unknown[] = [];
  for (const name of names) {
    const listener = (...args: unknown[]): void => void log.push([name, args.map((arg) => (arg instanceof Error ? `Error: ${arg.message}` : arg))]);
    Reflect.apply(Reflect.get(api, 'on'), api, [name, listener]);
  }
  return log;
}

describe('the pinned library', () => {
  it('is the version that the adapter was written against', () => {
    const manifest: unknown = createRequire(import.meta.url)('@stoqey/ib/package.json');
    expect(manifest).toMatchObject({ version: STOQEY_VERSION });
  });

  it('uses its controller by the seven names that the adapter offers, and by no other', () => {
    const api = new IBApi({ host: '127.0.0.1', port: 1, clientId: 1, maxReqPerSec: 1 });
    const used = new Set<string>();
    const encoder = new Proxy({}, { get: () => () => undefined });
    const run = (call: unknown): void => {
      if (typeof call === 'function') Reflect.apply(call, undefined, []);
    };
    const get = (_: object, name: string | symbol): unknown => {
      used.add(String(name));
      return name === 'encoder' ? encoder : run;
    };
    const spy = new Proxy({}, { get });
    expect(CONTROLLER_NAMES.filter((name) => !(name in Object(Reflect.get(api, 'controller'))))).toEqual([]);
    Reflect.set(api, 'controller', spy);
    for (const name of Object.getOwnPropertyNames(IBApi.prototype).filter((own) => own !== 'constructor')) {
      const member: unknown = Reflect.get(api, name);
      if (typeof member === 'function') Reflect.apply(member, api, Array.from({ length: 12 }, () => 1));
    }
    expect([...used].sort()).toEqual([...CONTROLLER_NAMES].sort());
  });
});

describe('api', () => {
  it('tells the same events in the same order as the untouched library', async () => {
    const names = [EventName.result, EventName.error, EventName.info];
    const plainGateway = await loopback.gateway();
    const plain = new IBApi({ host: '127.0.0.1', port: plainGateway.port, clientId: 1, maxReqPerSec: 50 });
    const plainReady = new Promise((resolve) => plain.once(EventName.nextValidId, resolve));
    plain.connect();
    const plainClient = await plainGateway.next();
    await plainReady;
    const plainLog = recorded(plain, names);
    const { connection, client } = await loopback.connected();
    const ours = recorded(connection.api, names);
    plainClient.send(...STREAM);
    client.send(...STREAM);
    const plainEnd = new Promise((resolve) => plain.once(EventName.info, resolve));
    plainClient.send({ type: 'errMsg', id: -1, code: 2999, msg: 'caught up' });
    await Promise.all([plainEnd, caughtUp(connection, client)]);
    while (plainLog.length < ours.length) await new Promise((resolve) => plain.once(EventName.all, resolve));
    expect(ours.length).toBeGreaterThan(STREAM.length);
    expect(ours).toEqual(plainLog);
    const gone = new Promise((resolve) => plain.once(EventName.disconnected, resolve));
    plain.disconnect();
    await gone;
  });

  it('delivers the bid size that the library drops', async () => {
    const { connection, client } = await loopback.connected();
    const log = recorded(connection.api, [EventName.tickPrice, EventName.tickSize]);
    client.send({ type: 'tickPrice', reqId: 5, tickType: 1, price: 100, size: 7, attrMask: 0 });
    await caughtUp(connection, client);
    expect(log).toEqual([
      ['tickPrice', [5, 1, 100, false]],
      ['tickSize', [5, 0, 7]],
    ]);
  });

  it('is one object over reconnects, and tells of each as the library does', async () => {
    const { connection, clock, gateway } = await (async () => {
      const server = await loopback.gateway();
      return { gateway: server, ...loopback.manager(server.port) };
    })();
    const { api } = connection;
    const log: string[] = [];
    for (const name of [EventName.connected, EventName.server, EventName.managedAccounts, EventName.nextValidId, EventName.disconnected]) {
      Reflect.apply(Reflect.get(api, 'on'), api, [name, (...args: unknown[]) => void log.push([name, ...args].join(' '))]);
    }
    api.on(EventName.error, (error, code) => void log.push(`error ${code} ${error.message.slice(0, 12)}`));
    await connection.connect();
    const client = await gateway.next();
    const retry = connection.events.once('connection.retryScheduled');
    const recovered = connection.events.once('connection.recovered');
    client.reset();
    await retry;
    await clock.advance(1_000);
    await recovered;
    await caughtUp(connection, await gateway.next());
    await connection.disconnect();
    expect(connection.api).toBe(api);
    expect(api).toBeInstanceOf(IBApi);
    const up = ['connected', 'server 193 20240102 09:30:00 EST', 'managedAccounts DU1234567,DU7654321', 'nextValidId 42'];
    expect(log).toEqual([...up, 'error 502 The link to ', 'disconnected', ...up, 'disconnected']);
  });

  it('lets a listener of nextValidId call at once', async () => {
    const gateway = await loopback.gateway();
    const { connection } = loopback.manager(gateway.port);
    connection.api.on(EventName.nextValidId, () => {
      connection.api.reqContractDetails(1, { symbol: 'SPY' });
    });
    connection.api.connect();
    const client = await gateway.next();
    expect(await client.next('reqContractDetails')).toMatchObject({ reqId: 1, contract: { symbol: 'SPY' } });
    expect(connection.api.isConnected).toBe(true);
    expect(connection.api.serverVersion).toBe(193);
  });

  it('throws while not connected, and sends nothing of it later', async () => {
    const gateway = await loopback.gateway();
    const { connection } = loopback.manager(gateway.port);
    const { api } = connection;
    const notConnected = expect.objectContaining({ code: 'IBKR_NOT_CONNECTED' }) as Error;
    expect(() => api.reqCurrentTime()).toThrow(notConnected);
    expect(() => api.reqMktData(1, { symbol: 'SPY' }, '', false, false)).toThrow(notConnected);
    expect(() => api.placeOrder(1, {}, { orderType: OrderType.MKT })).toThrow(notConnected);
    await connection.connect();
    const client = await gateway.next();
    api.reqPositions();
    await client.next('reqPositions');
    expect(client.received.map((message) => message.type)).toEqual(['startApi', 'reqCurrentTime', 'reqPositions']);
  });

  it('refuses order calls until a trading layer is attached, and then asks it', async () => {
    const { connection, client } = await loopback.connected();
    const { api } = connection;
    const contract: Contract = { symbol: 'SPY' };
    const order: Order = { orderType: OrderType.MKT, totalQuantity: 1 };
    const refused = expect.objectContaining({ code: 'IBKR_ORDER_GATE_REFUSED' }) as Error;
    expect(() => api.placeOrder(42, contract, order)).toThrow(refused);
    expect(() => api.cancelOrder(42)).toThrow(refused);
    expect(() => api.reqGlobalCancel()).toThrow(refused);
    const calls: string[] = [];
    const detach = connection.attachOrderGate((call) => {
      calls.push(call.method);
      call.transmit();
    });
    expect(() => connection.attachOrderGate(() => undefined)).toThrow(/once at a time/u);
    expect(api.cancelOrder(42)).toBe(api);
    api.reqGlobalCancel();
    await client.next('reqGlobalCancel');
    expect(calls).toEqual(['cancelOrder', 'reqGlobalCancel']);
    detach();
    expect(() => api.cancelOrder(42)).toThrow(refused);
    expect(client.received.map((message) => message.type)).toEqual(['startApi', 'reqCurrentTime', 'cancelOrder', 'reqGlobalCancel']);
  });

  it('does not show the answers to requests of our own', async () => {
    const { connection, client } = await loopback.connected();
    const log = recorded(connection.api, [EventName.result, EventName.error]);
    const asked = connection.request({
      name: 'symbols',
      build: (reqId) => ({ type: 'reqMatchingSymbols', reqId, pattern: 'SPY' }),
      receive: (message, reply) => {
        if (message.type === 'symbolSamples') reply.resolve(message.reqId);
      },
    });
    const { reqId } = await client.next('reqMatchingSymbols');
    client.send({ type: 'symbolSamples', reqId, contracts: [] }, { type: 'errMsg', id: reqId, code: 200, msg: 'late' });
    expect(await asked).toBe(reqId);
    await caughtUp(connection, client);
    expect(log).toEqual([['result', ['info', ['caught up', 2999]]]]);
  });

  it('gives the text of a rejection that is not JSON', async () => {
    const { connection, client } = await loopback.connected();
    const log = recorded(connection.api, [EventName.error]);
    client.sendRaw(encodeFrame(encodeFields(['4', '2', '17', '201', 'Order rejected', '{"broken": '])));
    await caughtUp(connection, client);
    expect(log).toEqual([['error', ['Error: Order rejected', 201, 17, '{"broken": ']]]);
  });

  it('survives listeners that throw and frames that cannot be read', async () => {
    const { connection, client } = await loopback.connected();
    const errors: string[] = [];
    connection.events.on('error.occurred', ({ error }) => errors.push(error.code));
    const log = recorded(connection.api, [EventName.error]);
    connection.api.on(EventName.tickSize, () => {
      throw new Error('a bad listener');
    });
    client.send({ type: 'tickSize', reqId: 5, tickType: 0, size: 1 });
    client.sendRaw(encodeFrame(encodeFields(['2', '6', '5'])));
    client.sendRaw(encodeFrame(encodeFields(['987', '1'])));
    await caughtUp(connection, client);
    expect(errors).toEqual(['IBKR_LISTENER_FAILED', 'IBKR_SESSION_UNDECODABLE_FRAME', 'IBKR_SESSION_UNDECODABLE_FRAME']);
    expect(log).toMatchObject([['error', [expect.stringContaining('Underrun error') as string, 505, -1, undefined]], ['error', [expect.stringContaining('No parser') as string, 505, -1, undefined]], ['error', [expect.stringContaining('unread fields') as string, 505, -1, undefined]]]);
    expect(connection.isConnected()).toBe(true);
  });

  it('refuses values that TWS would misread', async () => {
    const { connection } = await loopback.connected();
    expect(() => connection.api.reqMatchingSymbols(1, 'SPY\0\u0001')).toThrow(/control characters/u);
    expect(() => connection.api.reqAccountSummary(Number.NaN, 'All', 'NetLiquidation')).toThrow(/finite number/u);
  });

  it('maps connect and disconnect to the connection, and refuses another client id', async () => {
    const { connection } = await loopback.connected({ clientId: 5 });
    const { api } = connection;
    const log = recorded(api, [EventName.info, EventName.disconnected]);
    expect(() => api.connect(6)).toThrow(/clientId must be 5/u);
    api.connect(5);
    expect(log).toEqual([['info', ['Cannot connect if already connected.', 501]]]);
    const gone = connection.events.once('connection.stateChanged');
    api.disconnect();
    expect(await gone).toMatchObject({ to: 'disconnected' });
    api.disconnect();
    expect(log.at(-1)).toEqual(['info', ['Cannot disconnect if already disconnected.', 504]]);
  });

  it('reads no environment and no .env file', () => {
    // eslint-disable-next-line no-restricted-properties -- proves that nobody else touches it
    const { env } = process;
    const before = { ...env };
    expect(loopback.manager(4002).connection.api).toBeInstanceOf(IBApi);
    expect(env).toEqual(before);
  });

  it('answers a long list in linear time', async () => {
    const { connection, client } = await loopback.connected();
    let bars = 0;
    connection.api.on(EventName.historicalData, () => {
      bars += 1;
    });
    const rows = 50_000;
    const fields = ['17', '1', '20240101', '20240102', String(rows)];
    for (let row = 0; row < rows; row += 1) fields.push('20240101', '1', '2', '0.5', '1.5', '100', '1.2', '7');
    client.sendRaw(encodeFrame(encodeFields(fields)));
    await caughtUp(connection, client);
    // The untouched library blocks for more than a minute here; the timeout of the test is the bound.
    expect(bars).toBe(rows + 1);
  });
});

describe('laneOf', () => {
  it('puts orders and cancels before everything, and history behind', () => {
    expect([3, 21, 4, 58, 61, 20, 1, 2, 49, 'x'].map(laneOf)).toEqual(['order', 'order', 'cancel', 'cancel', 'account', 'history', 'data', 'data', 'data', 'data']);
  });
});

describe('a failed attempt', () => {
  it('is told as an error event, and nothing else', async () => {
    const gateway = await ScriptedGateway.start({ behaviour: 'id-in-use' });
    const { connection } = loopback.manager(gateway.port);
    const log = recorded(connection.api, [EventName.connected, EventName.info, EventName.error, EventName.disconnected]);
    await expect(connection.connect({ retryCount: 0 })).rejects.toMatchObject({ code: 'IBKR_CONNECT_CLIENT_ID_IN_USE' });
    await gateway.close();
    expect(log).toMatchObject([
      ['info', ['Unable to connect as the client id is already in use.', 326]],
      ['error', [expect.stringContaining('Client id 1 is already in use') as string, 502, -1, undefined]],
    ]);
  });
});
