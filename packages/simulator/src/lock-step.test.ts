import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createScaledClock, systemClock } from '@ibkit/clock';
import { describe, expect, it } from 'vitest';
import type { ClientMessage, WireContract, WireOrder } from '@ibkit/wire';
import { createSimulator } from './create-simulator.js';
import type { Simulator } from './create-simulator.js';
import { LOCK_STEP_START_MS } from './simulator-options.js';
import type { SimulatorOptions } from './simulator-options.js';
import { WireClient } from './testing/wire-client.js';

const AAPL: WireContract = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' };
const SPY: WireContract = { ...AAPL, symbol: 'SPY' };
const BUY: WireOrder = { action: 'BUY', totalQuantity: 700, orderType: 'MKT', tif: 'DAY', account: 'DU1234567' };
const SELL: WireOrder = { ...BUY, action: 'SELL' };

/** Moves the simulator's clock; resolves when everything due has been written. */
type Step = (ms: number) => Promise<unknown>;

/** One run: every client says something only when all has arrived that the others caused. */
class Script {
  readonly #clients: readonly WireClient[];
  readonly #step: Step;

  constructor(clients: readonly WireClient[], step: Step) {
    this.#clients = clients;
    this.#step = step;
  }

  async say(who: number, ...messages: readonly ClientMessage[]): Promise<void> {
    const client = this.#clients[who];
    for (const message of messages) {
      client?.send(message);
      await client?.barrier();
    }
  }

  async step(ms: number): Promise<void> {
    await this.#step(ms);
    for (const client of this.#clients) await client.barrier();
  }
}

function callOf(client: WireClient | undefined): WireContract {
  const chain = client?.all('secDefOptParameter')[0];
  const strikes = chain?.strikes ?? [];
  return { ...AAPL, secType: 'OPT', lastTradeDateOrContractMonth: chain?.expirations[3], strike: strikes[Math.floor(strikes.length / 2)], right: 'C' };
}

/** Quotes, ticks, bars, books, options, orders to their fills, money and faults, of three clients. */
async function play(simulator: Simulator, clients: readonly WireClient[], step: Step): Promise<void> {
  const script = new Script(clients, step);
  await script.say(0, { type: 'reqMktData', reqId: 1, contract: AAPL, genericTickList: '100,104,106,165,233,293,294,295,456,595' }, { type: 'reqMktData', reqId: 2, contract: SPY });
  await script.say(1, { type: 'reqTickByTickData', reqId: 1, contract: AAPL, tickType: 'AllLast', numberOfTicks: 20 }, { type: 'reqTickByTickData', reqId: 2, contract: SPY, tickType: 'BidAsk' });
  await script.say(1, { type: 'reqMktDepth', reqId: 3, contract: AAPL, numRows: 5, isSmartDepth: true }, { type: 'reqMktDepth', reqId: 4, contract: { ...SPY, exchange: 'ARCA' }, numRows: 3 });
  await script.say(2, { type: 'reqRealTimeBars', reqId: 1, contract: AAPL, barSize: 5, whatToShow: 'TRADES', useRTH: false });
  await script.step(1_300);
  await script.say(2, { type: 'reqHistoricalData', reqId: 2, contract: SPY, endDateTime: '', barSizeSetting: '5 secs', durationStr: '600 S', useRTH: false, whatToShow: 'TRADES', formatDate: 1, keepUpToDate: true });
  await script.say(0, { type: 'reqSecDefOptParams', reqId: 5, underlyingSymbol: 'AAPL', futFopExchange: '', underlyingSecType: 'STK', underlyingConId: 265598 });
  const call = callOf(clients[0]);
  await script.say(0, { type: 'reqContractDetails', reqId: 6, contract: call }, { type: 'reqMktData', reqId: 7, contract: call });
  await script.say(2, { type: 'reqAccountUpdates', subscribe: true, acctCode: 'DU1234567' }, { type: 'reqPositions' }, { type: 'reqPnL', reqId: 8, account: 'DU1234567' });
  await script.say(0, { type: 'placeOrder', orderId: 1, contract: AAPL, order: BUY });
  await script.step(250);
  await script.say(2, { type: 'reqPnLSingle', reqId: 9, account: 'DU1234567', conId: 265598 });
  await script.say(0, { type: 'placeOrder', orderId: 2, contract: call, order: { ...BUY, totalQuantity: 3 } });
  await script.say(1, { type: 'placeOrder', orderId: 1, contract: SPY, order: { ...BUY, orderType: 'LMT', lmtPrice: 1, transmit: false } });
  await script.say(1, { type: 'placeOrder', orderId: 2, contract: SPY, order: { ...SELL, orderType: 'LMT', lmtPrice: 5_000, parentId: 1, transmit: true } });
  await script.step(7_777);
  simulator.control.setPrice('AAPL', 260);
  simulator.control.moveMarket({ action: 'gap', symbol: 'SPY', percent: -1 });
  simulator.control.inject({ type: 'late-commission', delayMs: 2_000 });
  simulator.control.inject({ type: 'delay', ms: 700, clientId: 1, after: 500, for: 3_000 });
  simulator.control.inject({ type: 'farm-down', after: 4_000, for: 1_000 });
  await script.say(0, { type: 'placeOrder', orderId: 3, contract: AAPL, order: { ...SELL, orderType: 'TRAIL', auxPrice: 0.05, tif: 'GTC' } });
  // Nobody asks client 1 while what it gets is late.
  await step(400);
  await step(12_000);
  await script.step(1);
  await script.say(1, { type: 'cancelOrder', orderId: 1 }, { type: 'reqExecutions', reqId: 20, filter: {} }, { type: 'reqScannerSubscription', reqId: 21, subscription: { instrument: 'STK', locationCode: 'STK.US', scanCode: 'MOST_ACTIVE', numberOfRows: 10 } });
  await script.say(0, { type: 'reqCompletedOrders', apiOnly: false }, { type: 'reqHistoricalTicks', reqId: 22, contract: AAPL, startDateTime: '', endDateTime: '', numberOfTicks: 50, whatToShow: 'TRADES', useRTH: false, ignoreSize: true });
  await script.step(31_000);
}

/** Every byte that each of three clients got. */
async function record(options: SimulatorOptions, stepOf: (simulator: Simulator) => Step = (simulator) => (ms) => simulator.control.step(ms)): Promise<readonly Buffer[]> {
  const simulator = await createSimulator({ lockStep: true, limits: { tickByTick: 10 }, ...options });
  const clients: WireClient[] = [];
  try {
    for (const clientId of [0, 5, 9]) clients.push(await WireClient.ready({ port: simulator.port, clientId, keepBytes: true }));
    await play(simulator, clients, stepOf(simulator));
    expect(clients.flatMap(({ undecodable }) => undecodable)).toEqual([]);
    expect(clients[0]?.all('execDetails').length).toBeGreaterThan(1);
    expect(clients[0]?.all('commissionReport').length).toBeGreaterThan(1);
    expect(clients[1]?.all('tickByTick').length).toBeGreaterThan(50);
    expect(clients[2]?.all('pnlSingle').length).toBeGreaterThan(5);
    return clients.map(({ bytes }) => bytes);
  } finally {
    await simulator.close();
    await Promise.all(clients.map((client) => client.close()));
  }
}

function overHttp(simulator: Simulator): Step {
  return async (ms) => {
    const response = await fetch(`http://127.0.0.1:${simulator.controlPort ?? 0}/clock`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ action: 'step', ms }),
    });
    const answer: unknown = await response.json();
    expect(answer).toMatchObject({ paused: true });
  };
}

describe('lock-step', () => {
  it('writes the same bytes for the same seed and the same requests, whatever the machine’s clock does', async () => {
    const first = await record({ seed: 7 });
    // Another date, and seconds that are a seventh as long: nothing of it may show.
    const otherTime = createScaledClock(systemClock(), { startAtMs: Date.UTC(2031, 5, 1), speed: 7 });
    const second = await record({ seed: 7, clock: otherTime });
    otherTime.close();
    expect(first.map((bytes, index) => bytes.equals(second[index] ?? Buffer.alloc(0)))).toEqual([true, true, true]);
    expect(Math.min(...first.map(({ length }) => length))).toBeGreaterThan(10_000);
    // The version frame is among them, with the time of the connection.
    expect(first[0]?.subarray(4, 24).toString()).toBe('193\u000020260105 14:30:0');
  });

  it('writes other bytes for another seed', async () => {
    const [first] = await record({ seed: 7 });
    const [second] = await record({ seed: 8 });
    expect(first?.equals(second ?? Buffer.alloc(0))).toBe(false);
  });

  it('writes the same bytes when it is stepped over HTTP', async () => {
    const direct = await record({ seed: 3 });
    const overPort = await record({ seed: 3, controlPort: 0 }, overHttp);
    expect(direct.map((bytes, index) => bytes.equals(overPort[index] ?? Buffer.alloc(0)))).toEqual([true, true, true]);
  });

  it('stands still until it is stepped, and starts where it says', async () => {
    const simulator = await createSimulator({ lockStep: true });
    try {
      expect(simulator.control.state().clock).toMatchObject({ nowMs: LOCK_STEP_START_MS, paused: true });
      const stop = simulator.control.inject({ type: 'refuse', after: 1_000, for: 1_000 });
      await simulator.control.step(999);
      expect(simulator.control.state().listening).toBe(true);
      expect(await simulator.control.step(1)).toMatchObject({ nowMs: LOCK_STEP_START_MS + 1_000, paused: true });
      expect(simulator.control.state().listening).toBe(false);
      stop();
      await expect(simulator.control.step(-1)).rejects.toThrow('ms must be a number from 0');
    } finally {
      await simulator.close();
    }
  });

  it('holds a replay at its open, also with a subscription, and plays it by steps', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lock-step-'));
    const file = join(folder, '20131007_spy_tick_trade.csv');
    const trades = 20;
    await writeFile(file, Array.from({ length: trades }, (_, index) => `${34_200_000 + index * 100},1674000,${100 + index},Q,0,0`).join('\n'));
    const simulator = await createSimulator({ lockStep: true, replay: [file] });
    try {
      const client = await WireClient.ready({ port: simulator.port });
      client.send({ type: 'reqTickByTickData', reqId: 1, contract: SPY, tickType: 'AllLast' });
      await client.barrier();
      expect(simulator.control.state().clock).toMatchObject({ nowMs: Date.UTC(2013, 9, 7, 13, 30), paused: true, held: false });
      const sizes = async (): Promise<readonly number[]> => {
        await simulator.control.step(1_000);
        await client.barrier();
        return client.all('tickByTick').flatMap((tick) => (tick.kind === 'AllLast' ? [tick.size] : []));
      };
      const [first, second] = [await sizes(), await sizes()];
      expect(first.length).toBeGreaterThan(8);
      expect(first.length).toBeLessThan(trades);
      expect(second).toEqual(Array.from({ length: trades }, (_, index) => 100 + index));
      await client.close();
    } finally {
      await simulator.close();
      await rm(folder, { recursive: true });
    }
  });
});
