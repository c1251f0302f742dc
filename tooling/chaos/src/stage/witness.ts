import type { Execution, OrderView, Position, Simulator, WitnessEntry } from '@ibkit/simulator';
import type { ClientMessageOf } from '@ibkit/wire';

/** An order message that the server read, in whatever it resulted. */
export interface Arrival {
  readonly orderRef: string;
  readonly orderId: number;
  /** The how-manieth session of the client it came through, counted by the server from 1. */
  readonly session: number;
  readonly order: ClientMessageOf<'placeOrder'>['order'];
  readonly symbol: string;
  /** A fault swallowed it: the book never saw it. */
  lost: boolean;
}

/** Everything that the server says about the client's orders at one moment: what there is to be judged by. */
export interface Truth {
  readonly arrivals: readonly Arrival[];
  readonly open: readonly OrderView[];
  readonly completed: readonly OrderView[];
  /** The newest revision of each. */
  readonly executions: readonly Execution[];
  readonly positions: readonly Position[];
  /** Order ids to the last code that refused or ended them. */
  readonly refusals: ReadonlyMap<number, number>;
  /** Changes of orders that the server turned into second orders, by order id. */
  readonly twins: ReadonlySet<number>;
}

function isPlaced(message: WitnessEntry['message']): message is ClientMessageOf<'placeOrder'> {
  return message !== undefined && 'type' in message && message.type === 'placeOrder';
}

function field(message: WitnessEntry['message'], name: string): unknown {
  return message === undefined ? undefined : Reflect.get(message, name);
}

/** `0001f4e8.655f1a2b.01.02` is the second telling of `0001f4e8.655f1a2b.01`. */
function baseOf(execId: string): string {
  return execId.slice(0, execId.lastIndexOf('.'));
}

/** Reads along what the simulator notes about one client, over all the lives of the simulator. */
export class Witness {
  readonly #clientId: number;
  readonly #arrivals: Arrival[] = [];
  readonly #refusals = new Map<number, number>();
  readonly #twins = new Set<number>();
  #sessions = 0;
  #simulator: Simulator | undefined;
  #unwatch = (): void => undefined;

  constructor(clientId: number) {
    this.#clientId = clientId;
  }

  /** How many sessions of the client have begun. */
  get sessions(): number {
    return this.#sessions;
  }

  /** How many order messages have arrived. */
  get arrived(): number {
    return this.#arrivals.length;
  }

  /** Watches this simulator from now on, and no other. */
  follow(simulator: Simulator): void {
    this.#unwatch();
    this.#simulator = simulator;
    this.#unwatch = simulator.control.watchJournal((entry) => {
      this.#note(entry);
    });
  }

  /** What the server says now. */
  truth(): Truth {
    const simulator = this.#simulator;
    if (simulator === undefined) throw new Error('the witness follows no simulator');
    const { openOrders, completedOrders, executions, positions } = simulator.control.state();
    const newest = new Map<string, Execution>();
    for (const execution of executions) {
      const known = newest.get(baseOf(execution.execId));
      if (known === undefined || known.execId < execution.execId) newest.set(baseOf(execution.execId), execution);
    }
    return {
      arrivals: [...this.#arrivals],
      open: openOrders,
      completed: completedOrders,
      executions: [...newest.values()],
      positions,
      refusals: this.#refusals,
      twins: this.#twins,
    };
  }

  #note(entry: WitnessEntry): void {
    if (entry.clientId !== this.#clientId) return;
    const { kind, type, message } = entry;
    if (kind === 'client' && type === 'ready') this.#sessions += 1;
    if (kind === 'in' && type === 'placeOrder' && isPlaced(message)) {
      const { orderId, order, contract } = message;
      this.#arrivals.push({ orderRef: order.orderRef ?? '', orderId, session: this.#sessions, order, symbol: contract.symbol ?? '', lost: false });
    }
    if (kind === 'fault' && type === 'lostOrder') {
      const last = this.#arrivals.at(-1);
      if (last !== undefined) last.lost = true;
    }
    if (kind === 'fault' && type === 'secondPermId') this.#twins.add(Number(field(message, 'orderId')));
    if (kind === 'out' && type === 'errMsg') this.#refusals.set(Number(field(message, 'id')), Number(field(message, 'code')));
    if (kind === 'order' && type.startsWith('verdict ')) this.#refusals.set(Number(field(message, 'orderId')), Number(type.slice('verdict '.length)));
  }
}
