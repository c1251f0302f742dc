import { ConnectionManager } from '@ibkit/core-connection';
import type { ConnectionOptions } from '@ibkit/core-connection';
import { createSimulator } from '@ibkit/simulator';
import type { Simulator, SimulatorOptions, SimulatorState, WitnessEntry } from '@ibkit/simulator';
import { waitForJournal, waitForState } from '@ibkit/simulator/vitest';
import { memoryJournal } from '../../journal/memory-journal.js';
import type { Journal } from '../../journal/journal.js';
import type { TradingOptions } from '../../options.js';
import type { OrderHandle } from '../../orders/order-handle.js';
import type { OrderStatus } from '../../orders/order-state.js';
import type { OrderRequest } from '../../orders/order-request.js';
import { Trading } from '../../trading/trading.js';

/** A share, named as a caller names it. */
export const SHARE = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' } as const;
/** An order that rests. */
export const REST = { contract: SHARE, action: 'BUY', quantity: 10, orderType: 'LMT', limitPrice: 1 } as const satisfies OrderRequest;

/** How long a test waits for what must come, milliseconds: generous, because it waits for conditions and never for time. */
export const PATIENCE = { timeoutMs: 15_000 } as const;

/** The sweeps of a test need not be far apart. */
const QUICK = { absenceWindowMs: 20, reconcileRetryMs: 20, lingerMs: 10 } as const;

const CLIENT_ID = 1;

/** Trading, its connection and the gateway that it talks to. The simulator is the judge: what it saw is what was sent. */
export class Stage implements AsyncDisposable {
  readonly simulator: Simulator;
  readonly journal: Journal;
  connection: ConnectionManager;
  trading: Trading;
  readonly #options: Partial<TradingOptions>;
  readonly #link: ConnectionOptions;

  private constructor(simulator: Simulator, options: Partial<TradingOptions>, link: ConnectionOptions) {
    this.simulator = simulator;
    this.#link = link;
    this.journal = options.journal ?? memoryJournal();
    this.#options = options;
    this.connection = this.#connect();
    this.trading = this.#trade();
  }

  /** Opens the curtain with an open gate. */
  static async open(options: Partial<TradingOptions> = {}, simulated: SimulatorOptions = {}, link: ConnectionOptions = {}): Promise<Stage> {
    const simulator = await createSimulator({ accounts: ['DU1234567'], ...simulated });
    const stage = new Stage(simulator, options, link);
    await stage.connection.connect();
    await stage.trading.ready();
    return stage;
  }

  /** Ends the program, with or without a word, and starts it again over the same journal. */
  async restart(): Promise<void> {
    await this.trading.close();
    await this.connection.close();
    this.connection = this.#connect();
    this.trading = this.#trade();
    await this.connection.connect();
    await this.trading.ready();
  }

  /** Resolves once the session of now is another one, reconciled. */
  async recovered(epoch = this.connection.session?.epoch ?? 0): Promise<void> {
    while ((this.connection.session?.epoch ?? 0) <= epoch) await this.connection.events.once('connection.stateChanged');
    await this.trading.ready();
  }

  /** Asks the gateway for its time: an answer to everything that it sent before. */
  async answered(): Promise<void> {
    await this.connection.request<undefined>({
      name: 'time',
      unkeyed: true,
      build: () => ({ type: 'reqCurrentTime' }),
      receive: (message, reply) => {
        if (message.type === 'currentTime') reply.resolve(undefined);
      },
    });
  }

  /** The requests of a type that the simulator saw, oldest first. */
  seen(type: string, afterSeq = 0): readonly WitnessEntry[] {
    return this.simulator.control.journal({ kind: 'in', type, afterSeq });
  }

  /** The references of the orders that arrived. */
  refsSeen(): readonly string[] {
    return this.seen('placeOrder').map(({ message }) => /ibk\.[0-9A-Z]{26}/u.exec(JSON.stringify(message))?.[0] ?? '');
  }

  /** Resolves when the simulator has seen something. */
  async saw(type: string, afterSeq = 0): Promise<void> {
    await waitForJournal(this.simulator, { kind: 'in', type, afterSeq }, PATIENCE);
  }

  /** Resolves when the simulator is as wished. */
  async stands(wish: (state: SimulatorState) => boolean): Promise<void> {
    await waitForState(this.simulator, wish, PATIENCE);
  }

  /** Looks through the broker's lists until an order is as wished. */
  async comesTo(handle: OrderHandle, status: OrderStatus): Promise<void> {
    while (handle.state.status !== status) await this.trading.reconcile();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.trading.close();
    await this.connection.close();
    await this.simulator.close();
  }

  #connect(): ConnectionManager {
    const { host, port } = this.simulator;
    // No jitter: a lost session is opened again at once.
    return new ConnectionManager({ host, port, clientId: CLIENT_ID, random: { next: () => 0 }, ...this.#link });
  }

  #trade(): Trading {
    return new Trading({ ...QUICK, ...this.#options, connection: this.connection, journal: this.journal });
  }
}
