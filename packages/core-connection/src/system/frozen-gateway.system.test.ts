import { sleep, systemClock } from '@ibkit/clock';
import { afterEach, describe, expect, it } from 'vitest';
import { ConnectionManager } from '../connection-manager.js';
import { Watchdog } from '../watchdog/watchdog.js';
import { GatewayProcess } from './gateway-process.js';

const clock = systemClock();
const gateways: GatewayProcess[] = [];
const things: { close(): Promise<void> }[] = [];

async function gateway(port?: number): Promise<GatewayProcess> {
  const started = await GatewayProcess.start(port);
  gateways.push(started);
  return started;
}

afterEach(async () => {
  for (const thing of things.splice(0)) await thing.close();
  for (const started of gateways.splice(0)) await started.kill();
});

// TWS API: the first fields of these messages.
const PLACE_ORDER = 3;
const REQ_IDS = 8;

const order = {
  type: 'placeOrder',
  orderId: 77,
  contract: { symbol: 'SPY', secType: 'STK', exchange: 'SMART', currency: 'USD' },
  order: { action: 'BUY', totalQuantity: 1, orderType: 'MKT' },
} as const;

describe('scenario 1, check A3: a gateway process that is frozen', () => {
  it('is noticed at the defaults while we keep writing, gets nothing afterwards, and is found again when it thaws', async () => {
    const frozen = await gateway();
    const connection = new ConnectionManager({ port: frozen.port, clientId: 7 });
    things.push(connection);
    await connection.connect();
    const { session } = connection;
    const lost = connection.events.once('connection.lost');
    let stalls = 0;
    connection.events.on('connection.loopStalled', () => (stalls += 1));
    const startMs = clock.monotonic();
    frozen.freeze();
    let written = 0;
    while (connection.isConnected()) {
      if (session?.trySend({ type: 'reqIds' }, 'data') === true) written += 1;
      await sleep(clock, 200);
    }
    const noticedAfterMs = clock.monotonic() - startMs;
    expect(await lost).toMatchObject({ reason: 'silent', error: { code: 'IBKR_SESSION_SILENT' } });
    // 10 s after the last byte, and the write that sees it; a machine that stalled us is granted as much again before anybody is blamed.
    expect(noticedAfterMs).toBeGreaterThan(5_000);
    expect(noticedAfterMs).toBeLessThan(stalls === 0 ? 11_000 : 21_000);
    expect(written).toBeGreaterThan(10);
    expect(session?.trySend(order, 'order')).toBe(false);
    await expect(session?.send(order, { lane: 'order' })).rejects.toMatchObject({ code: 'IBKR_SESSION_CLOSED', details: { bytesSent: 'none' } });
    const recovered = connection.events.once('connection.recovered');
    frozen.thaw();
    await recovered;
    // What the kernel took while it slept is read now, and there was nothing more.
    const seen = await frozen.seen();
    expect(seen.filter((id) => id === PLACE_ORDER)).toEqual([]);
    expect(seen.filter((id) => id === REQ_IDS).length).toBeLessThanOrEqual(written);
    expect(connection.getStatus()).toMatchObject({ state: 'connected', clientId: 7, reconnectCount: 1 });
  });
});

describe('a gateway process that is killed', () => {
  it('is back as soon as its port is, three times in a row', async () => {
    let running = await gateway();
    const { port } = running;
    const connection = new ConnectionManager({ port });
    things.push(connection);
    await connection.connect();
    for (let round = 1; round <= 3; round += 1) {
      const lost = connection.events.once('connection.lost');
      await running.kill();
      await lost;
      // The port is seen to refuse before it opens again, however long the wait after this drop would be.
      while (connection.getStatus().lastError?.code !== 'IBKR_CONNECT_REFUSED') await connection.events.once('connection.retryScheduled');
      const recovered = connection.events.once('connection.recovered');
      running = await gateway(port);
      await recovered;
      expect(connection.getStatus().reconnectCount).toBe(round);
    }
  });

  it('is started again by its watchdog', async () => {
    let running: GatewayProcess | undefined;
    const { port } = await gateway().then(async (first) => {
      await first.kill();
      return first;
    });
    const start = async (): Promise<void> => {
      running ??= await gateway(port);
    };
    const dog = new Watchdog({
      port,
      // The test may run at any time of the day.
      dailyRestartTime: false,
      healthCheckIntervalMs: 50,
      limits: { downMs: 500 },
      gateway: {
        start,
        stop: async () => running?.kill(),
        restart: async () => {
          await running?.kill();
          running = undefined;
          await start();
        },
      },
    });
    things.push(dog);
    await dog.start();
    await dog.connection.ensureConnected();
    const recovered = dog.connection.events.once('connection.recovered');
    await running?.kill();
    await recovered;
    expect(dog.status).toMatchObject({ reconnects: 1 });
    expect(dog.status.gatewayRestarts).toBeGreaterThanOrEqual(1);
  });
});
