import process from 'node:process';
import { createScaledClock, sleep, systemClock } from '@ibkit/clock';
import type { Random } from '@ibkit/clock';
import { ConnectionManager } from '@ibkit/core-connection';
import type { Subscription } from '@ibkit/core-connection';
import { createSimulator } from '@ibkit/simulator';
import type { Simulator, WitnessEntry } from '@ibkit/simulator';
import { CountingClock } from './counting-clock.js';
import type { PlannedFault } from './fault-plan.js';

/** Streams that must be there again after every fault. */
export const STREAMS = 100;
/** The connection's time passes so much faster: ten seconds of silence are a tenth of one. */
const SPEED = 100;
/** The market's time passes so much faster: lines are sampled often. */
const MARKET_SPEED = 40;
/** Real time within which everything must be right again. Far more than it takes: only a wedged connection reaches it. */
const PATIENCE_MS = 30_000;
const LOOK_EVERY_MS = 4;
/** Timers that a quiet, healthy connection has: heartbeat, limiter and the like, but none per stream or per round. */
const QUIET_TIMERS = 8;

/** TWS API: no market data while another session of the user has it. The line lives on when that one is over. */
const COMPETING_SESSION = 10_197;

interface Stream {
  readonly symbol: string;
  readonly subscription: Subscription;
  messages: number;
  mark: number;
}

/** A simulator, a connection with a hundred streams, and a witness of what the server holds for them. */
export class FaultWorld implements AsyncDisposable {
  readonly #server: Simulator;
  readonly #scaled = createScaledClock(systemClock(), { speed: SPEED });
  readonly #clock = new CountingClock(this.#scaled);
  readonly #connection: ConnectionManager;
  readonly #streams: Stream[] = [];
  /** What each line of the server is for, as the journal tells. */
  readonly #lines = new Map<number, string>();
  readonly #stopWatching: () => void;
  #unsettled = 0;

  private constructor(server: Simulator, random: Random) {
    this.#server = server;
    this.#stopWatching = server.control.watchJournal((entry) => {
      this.#witness(entry);
    });
    this.#connection = new ConnectionManager({
      port: server.port,
      clock: this.#clock,
      random,
      reconnect: { maxMs: 20_000 },
    });
  }

  static async start(random: Random): Promise<FaultWorld> {
    const symbols = Array.from({ length: STREAMS }, (_, index) => `F${String(index).padStart(3, '0')}`);
    const server = await createSimulator({
      speed: MARKET_SPEED,
      journalLimit: 2_000,
      instruments: symbols.map((symbol) => ({ symbol, secType: 'STK', price: 100, volatility: 1 })),
    });
    const world = new FaultWorld(server, random);
    await world.#connection.connect();
    for (const symbol of symbols) world.#subscribe(symbol);
    return world;
  }

  get port(): number {
    return this.#server.port;
  }

  get reconnects(): number {
    return this.#connection.getStatus().reconnectCount;
  }

  /** Lets one fault happen, ends it, and waits until everything is as before. @throws Error that says what is not. */
  async round(planned: PlannedFault): Promise<void> {
    const { control } = this.#server;
    this.#askForSomething();
    for (const fault of planned.faults) control.inject(fault);
    if (planned.cut !== undefined) control.dropClients(planned.cut);
    await sleep(systemClock(), planned.holdMs);
    control.clearFaults();
    control.approve();
    await this.#settle();
  }

  /** Waits until every stream ticks, and the server has each of them once. @throws Error that says what is missing. */
  async #settle(): Promise<void> {
    const deadline = systemClock().monotonic() + PATIENCE_MS;
    let marked: number | undefined;
    for (;;) {
      const epoch = this.#connection.session?.epoch;
      if (epoch !== undefined && epoch !== marked) {
        // What arrived until here may be from before the fault.
        marked = epoch;
        for (const stream of this.#streams) stream.mark = stream.messages;
      }
      const missing = this.#missing();
      if (missing === undefined) return;
      if (systemClock().monotonic() > deadline) throw new Error(`after ${PATIENCE_MS} ms ${missing}`);
      await sleep(systemClock(), LOOK_EVERY_MS);
    }
  }

  #missing(): string | undefined {
    const { layers } = this.#connection.health;
    if (!this.#connection.isConnected()) return `the state is ${this.#connection.state}`;
    if (layers.upstream.status === 'down') {
      this.#server.control.notice(1102);
      return 'the upstream layer is down';
    }
    const ended = this.#streams.find(({ subscription }) => subscription.status === 'ended');
    if (ended !== undefined) return `the stream of ${ended.symbol} has ended`;
    const silent = this.#streams.filter(({ messages, mark, subscription }) => messages <= mark || subscription.status !== 'active');
    if (silent.length > 0) return `${silent.length} streams are silent, such as ${silent[0]?.symbol} (${silent[0]?.subscription.status})`;
    const { clients, connections } = this.#server.control.state();
    const held = clients[0]?.subscriptions.marketData ?? [];
    const symbols = new Set(held.map((reqId) => this.#lines.get(reqId)));
    if (held.length !== STREAMS || symbols.size !== STREAMS) return `the server holds ${held.length} lines for ${symbols.size} contracts`;
    if (clients.length !== 1 || connections !== 1) return `the server has ${clients.length} clients on ${connections} connections`;
    if (this.#unsettled > 0) return `${this.#unsettled} requests are not settled`;
    if (this.#clock.pending > QUIET_TIMERS) return `${this.#clock.pending} timers are pending`;
    const sockets = process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
    return sockets > 2 ? `${sockets} sockets are open` : undefined;
  }

  /** Requests that the fault may hit: each must settle, one way or the other. */
  #askForSomething(): void {
    for (const symbol of ['F000', 'F001', 'NOBODY']) {
      this.#unsettled += 1;
      const settled = (): void => {
        this.#unsettled -= 1;
      };
      this.#connection
        .request<undefined>({
          name: `details of ${symbol}`,
          timeoutMs: 20_000,
          build: (reqId) => ({ type: 'reqContractDetails', reqId, contract: { symbol, secType: 'STK', exchange: 'SMART', currency: 'USD' } }),
          receive: (message, reply) => {
            if (message.type === 'contractDetailsEnd') reply.resolve(undefined);
          },
        })
        .then(settled, settled);
    }
  }

  #subscribe(symbol: string): void {
    const subscription = this.#connection.subscribe({
      name: `quotes of ${symbol}`,
      build: (reqId) => ({ type: 'reqMktData', reqId, contract: { symbol, secType: 'STK', exchange: 'SMART', currency: 'USD' }, genericTickList: '', snapshot: false, regulatorySnapshot: false }),
      cancel: (reqId) => ({ type: 'cancelMktData', reqId }),
      onNotice: ({ code }) => (code === COMPETING_SESSION ? 'ignore' : 'end'),
      receive: () => {
        stream.messages += 1;
      },
    });
    const stream: Stream = { symbol, subscription, messages: 0, mark: 0 };
    this.#streams.push(stream);
  }

  #witness({ kind, type, message }: WitnessEntry): void {
    if (kind === 'client' && type === 'started') this.#lines.clear();
    if (kind !== 'in' || type !== 'reqMktData' || message === undefined || !('contract' in message) || !('reqId' in message)) return;
    const contract: unknown = message.contract;
    if (typeof message.reqId !== 'number' || typeof contract !== 'object' || contract === null) return;
    this.#lines.set(message.reqId, String(Reflect.get(contract, 'symbol')));
  }

  /** Closes everything. @throws Error when a timer or a socket is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close();
    const { pending } = this.#clock;
    this.#stopWatching();
    await this.#server.close();
    this.#scaled.close();
    if (pending > 0) throw new Error(`${pending} timers were left behind`);
  }
}
