import { connect } from 'node:net';
import { createSimulator } from '@ibkit/simulator';
import type { Simulator } from '@ibkit/simulator';
import { createTextCodec, encodeClientHello } from '@ibkit/wire';
import { Bystander } from './bystander.js';
import { withIds } from './mutator.js';
import { patiently } from './patience.js';
import type { Target } from './target.js';

const codec = createTextCodec({ serverVersion: 193 });
const AAPL = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' };
const MSFT = { symbol: 'MSFT', secType: 'STK', exchange: 'SMART', currency: 'USD' };
const ATTACKER_ID = 100;
const BYSTANDER_ID = 99;
/** The account of the bystander; the attackers' is the first. */
const ACCOUNT = 'DU2000002';
/** Rounds that share a client id. */
const ROUNDS_PER_CLIENT_ID = 10;
const IDS = [1, 2, 3, 4];
/** Rounds after which the bystander trades. */
const TRADE_EVERY = 20;

/** The simulator on a real port, attacked over real sockets, while a client that does nothing wrong gets ticks and has orders filled. */
export class SimulatorTarget implements Target {
  readonly #simulator: Simulator;
  readonly #bystander: Bystander;
  readonly #faults: string[] = [];
  #round = 0;
  #orderId = 0;
  #filled = 0;
  #ticks = 0;
  #bytesIn = 0;
  #orders = 0;
  #executions = 0;

  private constructor(simulator: Simulator, bystander: Bystander) {
    this.#simulator = simulator;
    this.#bystander = bystander;
    simulator.control.watchJournal(({ kind, type, message }) => {
      if (kind === 'fault') this.#faults.push(`${type} ${JSON.stringify(message)}`);
    });
  }

  static async start(): Promise<SimulatorTarget> {
    const simulator = await createSimulator({ accounts: ['DU1000001', ACCOUNT], startAtMs: Date.UTC(2026, 2, 2, 15), journalLimit: 1_000, limits: { tickByTick: 50 } });
    const bystander = await Bystander.open(simulator.port, BYSTANDER_ID);
    bystander.send({ type: 'reqTickByTickData', reqId: 1, contract: AAPL, tickType: 'AllLast' });
    return new SimulatorTarget(simulator, bystander);
  }

  async attack(frames: readonly Buffer[]): Promise<void> {
    this.#round += 1;
    await this.#send(frames);
    const price = 100 + (this.#round % 100);
    const tick = this.#bystander.next('a tick', (message) => message.type === 'tickByTick' && message.kind === 'AllLast' && message.price === price);
    this.#simulator.control.setPrice('AAPL', price);
    await tick;
    this.#ticks += 1;
    if (this.#round % TRADE_EVERY === 0) await this.#trade();
    const [wrong] = [...this.#faults, ...this.#bystander.complaints];
    if (wrong !== undefined) throw new Error(`the simulator failed inside: ${wrong}`);
  }

  async inspect(): Promise<void> {
    const { connections, clients, openOrders, completedOrders, executions } = this.#simulator.control.state();
    this.#orders = openOrders.length + completedOrders.length;
    this.#executions = executions.length;
    if (connections !== 1) throw new Error(`${connections} connections are open, and only the well-behaved client should be there`);
    const [client] = clients;
    if (client?.clientId !== BYSTANDER_ID) throw new Error('the well-behaved client is not there any more');
    await this.#trade();
  }

  figures(): Readonly<Record<string, number>> {
    return {
      ticksDelivered: this.#ticks,
      ordersFilled: this.#filled,
      messagesToBystander: this.#bystander.received,
      bytesToAttackers: this.#bytesIn,
      ordersOfAttackers: this.#orders - this.#filled,
      executions: this.#executions,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#bystander.close();
    await this.#simulator.close();
  }

  /** One hostile connection: it is over when the server has answered what is behind the frames, or has hung up. */
  async #send(frames: readonly Uint8Array[]): Promise<void> {
    const socket = connect({ port: this.#simulator.port, host: '127.0.0.1', noDelay: true });
    socket.on('error', () => undefined);
    const closed = new Promise<void>((resolve) => {
      socket.on('close', () => {
        resolve();
      });
    });
    // Order ids must grow per client, and a hostile one may be the highest there is.
    const clientId = ATTACKER_ID + Math.floor(this.#round / ROUNDS_PER_CLIENT_ID);
    const bytes = [
      encodeClientHello({ minVersion: 157, maxVersion: 193 }),
      codec.encodeClient({ type: 'startApi', clientId, optionalCapabilities: '' }),
      ...frames.map((frame) => withIds(frame, IDS)),
    ];
    socket.on('data', (chunk: Buffer) => {
      this.#bytesIn += chunk.length;
    });
    // FIN behind the frames: whoever reads them all sees it, answers and closes.
    socket.end(Buffer.concat(bytes));
    await patiently('the end of a hostile connection', closed);
  }

  async #trade(): Promise<void> {
    this.#orderId += 1;
    const orderId = this.#orderId;
    const filled = this.#bystander.next('a fill', (message) => message.type === 'orderStatus' && message.orderId === orderId && message.status === 'Filled');
    const action = orderId % 2 === 1 ? 'BUY' : 'SELL';
    this.#bystander.send({ type: 'placeOrder', orderId, contract: MSFT, order: { action, totalQuantity: 1, orderType: 'MKT', account: ACCOUNT } });
    await filled;
    this.#filled += 1;
  }
}
