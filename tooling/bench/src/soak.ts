import process from 'node:process';
import { createScaledClock, systemClock } from '@ibkit/clock';
import { ConnectionManager } from '@ibkit/core-connection';
import { EventName } from '@stoqey/ib';
import { BlastServer } from './blast-server.js';
import { blobOf } from './workloads.js';

/** Ten steps of a million ticks and a hundred reconnects each. */
const STEPS = 10;
const ROUNDS_PER_STEP = 20;
const RECONNECTS_PER_STEP = 100;
/** What is loaded, compiled and cached once. */
const WARM_UP_STEPS = 2;
/** Waits between attempts pass this much faster. */
const SPEED = 200;
const LIMIT_MIB = 2;
const MIB = 1024 * 1024;

/** How much a series of values grows from its first to its last, by the line that fits it best. */
export function growth(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let [covariance, variance] = [0, 0];
  values.forEach((value, index) => {
    covariance += (index - middle) * (value - mean);
    variance += (index - middle) ** 2;
  });
  return variance === 0 ? 0 : (covariance / variance) * (values.length - 1);
}

/** What a soak runs on: a server of prepared bytes and a connection with streams and listeners. */
export class Soak implements AsyncDisposable {
  readonly #server: BlastServer;
  readonly #clock = createScaledClock(systemClock(), { speed: SPEED });
  readonly #connection: ConnectionManager;
  #markers: (() => void)[] = [];
  ticks = 0;
  reconnects = 0;

  private constructor(server: BlastServer) {
    this.#server = server;
    this.#connection = new ConnectionManager({
      port: server.port,
      clock: this.#clock,
      heartbeat: { intervalMs: 500_000, timeoutMs: 1_000_000 },
      timeouts: { tcpMs: 1_000_000, handshakeMs: 1_000_000, readyMs: 1_000_000, frameMs: 1_000_000 },
      reconnect: { initialMs: 100, maxMs: 200 },
      rate: { perSecond: 1_000 },
    });
  }

  static async start(): Promise<Soak> {
    const soak = new Soak(await BlastServer.start('tick'));
    await soak.#connection.connect();
    const count = (): void => {
      soak.ticks += 1;
    };
    soak.#connection.api.on(EventName.tickPrice, count);
    soak.#connection.onMessage((message) => {
      if (message.type === 'positionEnd') soak.#markers.shift()?.();
    });
    for (let stream = 0; stream < 3; stream += 1) {
      soak.#connection.subscribe({
        name: 'quotes',
        build: (reqId) => ({ type: 'reqMktData', reqId, contract: { symbol: 'AAPL', secType: 'STK' } }),
        cancel: (reqId) => ({ type: 'cancelMktData', reqId }),
        receive: () => undefined,
      });
    }
    return soak;
  }

  /** Reads so many rounds of the workload. */
  async read(rounds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#markers.push(resolve);
      void this.#connection.session?.send({ type: 'reqMarketDataType', marketDataType: rounds });
    });
  }

  /** Loses the session and waits for the next, so many times. */
  async lose(times: number): Promise<void> {
    for (let time = 0; time < times; time += 1) {
      const back = new Promise<void>((resolve) => {
        const stop = this.#connection.events.on('connection.recovered', ({ scope }) => {
          if (scope !== 'session') return;
          stop();
          resolve();
        });
      });
      this.#server.drop();
      await back;
      this.reconnects += 1;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close();
    this.#clock.close();
    await this.#server.close();
  }
}

/** The heap after a collection. */
export function heapMib(): number {
  if (typeof globalThis.gc !== 'function') throw new Error('run it with node --expose-gc, as npm run soak does');
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed / MIB;
}

/** Runs the whole soak and prints the heap after each step. Resolves with whether it stayed level. */
export async function runSoak(): Promise<boolean> {
  await using soak = await Soak.start();
  const heaps: number[] = [];
  process.stdout.write('| messages | reconnects | heap after a collection |\n| ---: | ---: | ---: |\n');
  for (let step = 1; step <= WARM_UP_STEPS + STEPS; step += 1) {
    await soak.read(ROUNDS_PER_STEP);
    await soak.lose(RECONNECTS_PER_STEP);
    const heap = heapMib();
    if (step > WARM_UP_STEPS) heaps.push(heap);
    const messages = step * ROUNDS_PER_STEP * blobOf('tick').messages;
    process.stdout.write(`| ${messages.toLocaleString('en')} | ${soak.reconnects} | ${heap.toFixed(2)} MiB${step > WARM_UP_STEPS ? '' : ' (warming up)'} |\n`);
  }
  const grown = growth(heaps);
  process.stdout.write(`\nthe heap grew by ${grown.toFixed(2)} MiB over the last ${STEPS} steps; at most ${LIMIT_MIB} MiB are promised\n`);
  return grown <= LIMIT_MIB;
}
