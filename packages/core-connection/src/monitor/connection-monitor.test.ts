import type { Clock } from '@ibkit/clock';
import { createTestClock } from '@ibkit/clock/testing';
import type { ClientMessage } from '@ibkit/wire';
import { OrderType } from '@stoqey/ib';
import { afterEach, describe, expect, it } from 'vitest';
import { Loopback } from '../testing/loopback.js';
import { parsePrometheus } from '../testing/prometheus-parser.js';
import { ConnectionMonitor } from './connection-monitor.js';
import { LatencyHistogram } from './latency-histogram.js';
import { LoadSampler } from './load-sampler.js';
import { OrderLatency } from './order-latency.js';
import { renderPrometheus } from './prometheus-text.js';

const loopback = new Loopback();

afterEach(() => loopback.close());

const order = (orderId: number): ClientMessage => ({
  type: 'placeOrder',
  orderId,
  contract: { symbol: 'SPY', secType: 'STK', exchange: 'SMART', currency: 'USD' },
  order: { action: 'BUY', totalQuantity: 1, orderType: 'MKT' },
});

describe('a connection monitor', () => {
  it('counts what is sent, and measures rate, age, uptime and pacing headroom', async () => {
    const { connection, clock } = await loopback.connected({ rate: { perSecond: 10, reservePerSecond: 2 }, heartbeat: { intervalMs: 50_000, timeoutMs: 60_000 } });
    const monitor = new ConnectionMonitor({ connection, name: 'data' });
    for (let count = 0; count < 5; count += 1) connection.session?.trySend({ type: 'reqIds' }, 'data');
    const busy = monitor.snapshot();
    expect(busy).toMatchObject({ name: 'data', clientId: 1, connected: true, state: 'connected', availability: 1, reconnects: 0, queuedMessages: 0 });
    // One slot went to the first question for the time.
    expect(busy.pacing).toEqual({ bulkHeadroom: 4, urgentHeadroom: 6, perSecond: 10 });
    expect(busy.sent).toMatchObject({ data: 5, heartbeat: 1 });
    await clock.advance(2_000);
    const calm = monitor.snapshot();
    expect(calm).toMatchObject({ sentPerSecond: 2.5, uptimeMs: 2_000, inboundAgeMs: 2_000, eventLoopLag: { lastMs: 0, meanMs: 0, maxMs: 0 } });
    expect(calm.pacing.bulkHeadroom).toBe(10);
    await monitor.close();
  });

  it('measures from the bytes of an order to the first word about it', async () => {
    const { connection, client, clock } = await loopback.connected();
    const monitor = new ConnectionMonitor({ connection });
    connection.session?.trySend(order(7), 'order');
    await client.next('placeOrder');
    await clock.advance(30);
    const read = new Promise((resolve) => connection.onMessage(resolve));
    client.send({ type: 'errMsg', id: 7, code: 399, msg: 'Order Message: held until the open' });
    await read;
    expect(monitor.snapshot().orderLatency).toMatchObject({ count: 1, lastMs: 30, maxMs: 30, sumMs: 30 });
    await connection.session?.send(order(8));
    await clock.advance(5);
    const second = new Promise((resolve) => connection.onMessage(resolve));
    client.send({ type: 'errMsg', id: 8, code: 201, msg: 'Order rejected' });
    await second;
    expect(monitor.snapshot().orderLatency).toMatchObject({ count: 2, sumMs: 35 });
    await monitor.close();
  });

  it('measures orders of api, too', async () => {
    const { connection, client, clock } = await loopback.connected({ rate: { perSecond: 1, reservePerSecond: 1 } });
    const monitor = new ConnectionMonitor({ connection });
    connection.attachOrderGate((call) => {
      call.transmit();
    });
    const place = (orderId: number): unknown => connection.api.placeOrder(orderId, { symbol: 'SPY', exchange: 'SMART' }, { orderType: OrderType.MKT, totalQuantity: 1 });
    place(7);
    expect((await client.next('placeOrder')).orderId).toBe(7);
    await clock.advance(20);
    const first = new Promise((resolve) => connection.onMessage(resolve));
    client.send({ type: 'errMsg', id: 7, code: 399, msg: 'Order Message: held until the open' });
    await first;
    expect(monitor.snapshot().orderLatency).toMatchObject({ count: 1, lastMs: 20 });
    // This one waits for its turn: measured from when it leaves.
    place(8);
    await clock.advance(2_000);
    await client.next('placeOrder');
    const second = new Promise((resolve) => connection.onMessage(resolve));
    client.send({ type: 'errMsg', id: 8, code: 201, msg: 'Order rejected' });
    await second;
    const { count, maxMs } = monitor.snapshot().orderLatency;
    expect(count).toBe(2);
    expect(maxMs).toBeLessThan(1_500);
    await monitor.close();
  });

  it('counts losses, reconnects and the time without a session', async () => {
    const { connection, client, clock } = await loopback.connected();
    const monitor = new ConnectionMonitor({ connection });
    const retry = connection.events.once('connection.retryScheduled');
    client.reset();
    await retry;
    expect(monitor.snapshot()).toMatchObject({ connected: false, inboundAgeMs: undefined, sessionsLost: 1, layers: { tcp: 'down', upstream: 'unknown' } });
    const recovered = connection.events.once('connection.recovered');
    await clock.advance(1_000);
    await recovered;
    await clock.advance(3_000);
    expect(monitor.snapshot()).toMatchObject({ reconnects: 1, sessionsLost: 1, availability: 0.75 });
    await monitor.close();
  });

  it('writes what Prometheus can read, for several connections, without account ids', async () => {
    const { connection } = await loopback.connected({ clientId: 4 });
    const monitor = new ConnectionMonitor({ connection, name: 'a "quoted"\\\nname' });
    const other = new ConnectionMonitor({ connection: loopback.manager(4002).connection, name: 'idle' });
    const text = renderPrometheus([monitor.snapshot(), other.snapshot()]);
    expect(text).not.toMatch(/DU\d/u);
    const families = parsePrometheus(text);
    const valueOf = (name: string, labels: Record<string, string>): number | undefined =>
      [...families.values()].flatMap((family) => family.samples).find((sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value))?.value;
    expect(valueOf('ibkit_connection_state', { connection: 'a "quoted"\\\nname', client_id: '4', state: 'connected' })).toBe(1);
    expect(valueOf('ibkit_connection_layer_status', { connection: 'idle', layer: 'tcp' })).toBeNaN();
    expect(valueOf('ibkit_connection_order_latency_seconds_bucket', { connection: 'idle', le: '+Inf' })).toBe(0);
    expect(valueOf('ibkit_connection_inbound_age_seconds', { connection: 'idle' })).toBeUndefined();
    expect(valueOf('ibkit_connection_messages_sent_total', { client_id: '4', lane: 'heartbeat' })).toBe(1);
    expect(families.get('ibkit_connection_reconnects_total')?.type).toBe('counter');
    expect(() => parsePrometheus(monitor.toPrometheus())).not.toThrow();
    await monitor.close();
    await other.close();
  });

  it('leaves no timer and no listener behind', async () => {
    const { connection, clock } = loopback.manager(4002);
    const monitor = new ConnectionMonitor({ connection });
    await monitor.close();
    await monitor.close();
    expect(clock.pending).toBe(0);
  });

  it('refuses wrong options by name', () => {
    const { connection } = loopback.manager(4002);
    expect(() => new ConnectionMonitor({ connection, name: '' })).toThrow(/name must not be empty/u);
    expect(() => new ConnectionMonitor({ connection, sampleIntervalMs: Number.NaN })).toThrow(/sampleIntervalMs/u);
    expect(() => new ConnectionMonitor({ connection, samples: 1 })).toThrow(/samples must be a whole number from 2, got 1/u);
  });
});

describe('a load sampler', () => {
  it('tells how late the event loop served its timers', () => {
    let [nowMs, sent] = [0, 0];
    const timers: (() => void)[] = [];
    const clock: Clock = {
      now: () => nowMs,
      monotonic: () => nowMs,
      setTimer: (_, fire) => {
        timers.push(fire);
        return createTestClock().setTimer(0, () => undefined);
      },
    };
    const sampler = new LoadSampler({ clock, intervalMs: 1_000, samples: 3, sent: () => sent });
    for (const lateMs of [0, 40, 500, 20, 10]) {
      nowMs += 1_000 + lateMs;
      sent += 10;
      timers.pop()?.();
    }
    expect(sampler.lag.lastMs).toBe(10);
    expect(sampler.lag.maxMs).toBe(500);
    expect(sampler.sentPerSecond).toBeCloseTo(20_000 / 2_030, 5);
    sampler.close();
  });
});

describe('a latency histogram', () => {
  it('counts up to each bound, and everything under the last', () => {
    const histogram = new LatencyHistogram();
    for (const ms of [0.5, 1, 30, 99_999]) histogram.observe(ms);
    const { buckets } = histogram.snapshot();
    expect(buckets[0]).toEqual({ leMs: 1, count: 2 });
    expect(buckets.find((bucket) => bucket.leMs === 50)).toEqual({ leMs: 50, count: 3 });
    expect(buckets.at(-1)).toEqual({ leMs: Number.POSITIVE_INFINITY, count: 4 });
  });
});

describe('order latency', () => {
  it('forgets the oldest orders that are never answered, and all at the end of a session', () => {
    const latency = new OrderLatency();
    for (let id = 1; id <= 1_001; id += 1) latency.sent(id, id);
    latency.received({ type: 'errMsg', id: 1, code: 201, msg: '' }, 5_000);
    expect(latency.snapshot().count).toBe(0);
    latency.received({ type: 'errMsg', id: 1_001, code: 201, msg: '' }, 1_011);
    expect(latency.snapshot()).toMatchObject({ count: 1, lastMs: 10 });
    latency.sessionEnded();
    latency.received({ type: 'errMsg', id: 1_000, code: 201, msg: '' }, 5_000);
    expect(latency.snapshot().count).toBe(1);
  });
});
