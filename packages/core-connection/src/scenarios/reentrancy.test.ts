import { seededRandom, sleep, systemClock } from '@ibkit/clock';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ConnectionEvents } from '../connection-events.js';
import type { ConnectionManager } from '../connection-manager.js';
import { Loopback } from '../testing/loopback.js';
import type { Behaviour } from '../testing/scripted-gateway.js';
import { QuoteStream } from '../testing/streams.js';

const loopback = new Loopback();

afterEach(() => loopback.close());

const EVENTS: readonly (keyof ConnectionEvents)[] = [
  'connection.established',
  'connection.lost',
  'connection.recovered',
  'connection.degraded',
  'connection.retryScheduled',
  'connection.gaveUp',
  'connection.stateChanged',
  'connection.healthChanged',
  'connection.alarm',
  'notice.received',
  'error.occurred',
];
const BEHAVIOURS: readonly Behaviour[] = ['normal', 'normal', 'normal', 'mute', 'mute-ready', 'hang-up', 'id-in-use'];
const ROUNDS = 60;
const STEPS = 12;
/** A handler that calls back for ever would be a loop of the test's own. */
const CALLS_PER_ROUND = 40;

/** Everything that a handler may do, by chance. What is awaited is counted until it settles. */
class Meddler {
  readonly #connection: ConnectionManager;
  readonly #below: (limit: number) => number;
  #left = CALLS_PER_ROUND;
  unsettled = 0;

  constructor(connection: ConnectionManager, below: (limit: number) => number) {
    this.#connection = connection;
    this.#below = below;
  }

  meddle(): void {
    if (this.#left <= 0) return;
    this.#left -= 1;
    const connection = this.#connection;
    const stop = new AbortController();
    const options = { timeoutMs: 5_000, signal: stop.signal };
    switch (this.#below(10)) {
      case 0:
        this.#follow(() => connection.connect({ ...options, retryCount: this.#below(3) }));
        break;
      case 1:
        this.#follow(() => connection.connect(options));
        stop.abort(new Error('changed my mind'));
        break;
      case 2:
        this.#follow(() => connection.reconnect(options));
        break;
      case 3:
        this.#follow(() => connection.disconnect());
        break;
      case 4:
        this.#follow(() => connection.request({ name: 'time', unkeyed: true, build: () => ({ type: 'reqCurrentTime' }), receive: () => undefined, timeoutMs: 5_000, signal: stop.signal }));
        if (this.#below(2) === 0) stop.abort();
        break;
      case 5: {
        const { subscription } = new QuoteStream(connection);
        if (this.#below(2) === 0) this.#follow(() => subscription.close());
        break;
      }
      case 6:
        connection.getStatus();
        if (this.#below(20) === 0) this.#follow(() => connection.close());
        break;
      case 7:
        this.#follow(() => connection.ensureConnected({ ...options, retryCount: Number.POSITIVE_INFINITY }));
        break;
      default:
        throw new Error('a handler that throws');
    }
  }

  #follow(work: () => Promise<unknown>): void {
    this.unsettled += 1;
    const settled = (): void => {
      this.unsettled -= 1;
    };
    void work().then(settled, settled);
  }
}

/** @returns what is left behind: timers, sockets, promises */
async function play(seed: number): Promise<readonly number[]> {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random.next() * limit);
  const gateway = await loopback.gateway();
  const { connection, clock } = loopback.manager(gateway.port, { random, maxAttempts: 4, reconnect: { maxMs: 4_000 } });
  const meddler = new Meddler(connection, below);
  const meddle = (): void => {
    meddler.meddle();
  };
  for (const event of EVENTS) connection.events.on(event, meddle);
  connection.addConnectHandler(meddle);
  connection.addDisconnectHandler(meddle);
  // A handler that never returns holds nobody up.
  connection.addConnectHandler(() => new Promise(() => undefined));
  connection.onMessage(meddle);
  connection.onSent(meddle);
  for (let step = 0; step < STEPS; step += 1) {
    gateway.behaviour = BEHAVIOURS[below(BEHAVIOURS.length)] ?? 'normal';
    try {
      meddle();
    } catch {
      // The same function as a plain caller has it.
    }
    // Lets sockets do what they are at, in an order of their own.
    for (let turn = below(6); turn > 0; turn -= 1) await sleep(systemClock(), 0);
    await clock.advance(below(3_000));
    if (below(4) === 0) gateway.breakAll();
  }
  await connection.close();
  const left = (): readonly number[] => [clock.pending, gateway.clients, meddler.unsettled];
  await vi.waitUntil(() => left().every((count) => count === 0), { interval: 1, timeout: 20_000 }).catch(() => undefined);
  const behind = left();
  await gateway.close();
  return behind;
}

describe('calls from inside a handler', () => {
  it('a reconnect whose own loss makes a handler close the connection is false at once', async () => {
    const { connection } = await loopback.connected();
    connection.events.on('connection.lost', () => void connection.close());
    expect(await connection.reconnect()).toBe(false);
  });

  it('a connect behind a disconnect is a new wish, and is not answered by the disconnect', async () => {
    const { connection, client } = await loopback.connected();
    let again: Promise<void> | undefined;
    connection.events.on('connection.lost', () => {
      if (again !== undefined) return;
      void connection.disconnect();
      again = connection.connect();
    });
    const lost = connection.events.once('connection.lost');
    client.reset();
    await lost;
    await expect(again).resolves.toBeUndefined();
    expect(connection.state).toBe('connected');
  });

  it('a reconnect as soon as it is ready waits for the session that it makes', async () => {
    const { connection } = loopback.manager((await loopback.gateway()).port);
    const sessions: unknown[] = [];
    let again: Promise<unknown> | undefined;
    connection.events.on('connection.stateChanged', ({ to }) => {
      if (to === 'connected') again ??= connection.reconnect().then(() => sessions.push(connection.session?.epoch));
    });
    await connection.connect();
    await again;
    expect(sessions).toEqual([2]);
  });
});

describe('handlers that connect, disconnect, reconnect, abort and throw at every moment', () => {
  it('leave no timer, no socket and no promise behind, and no second session', async () => {
    const first = systemClock().now() % 1_000_000_000;
    for (let round = 0; round < ROUNDS; round += 1) expect(await play(first + round), `seed ${first + round}`).toEqual([0, 0, 0]);
  }, 30_000);
});
