import type { Brokerage, Execution, OrderView, Position } from '../brokerage/brokerage.js';
import type { FaultState, InjectedFault } from '../faults/fault-board.js';
import { noticeText } from '../faults/notice-texts.js';
import type { Market, Quote } from '../market/market.js';
import type { ClientConnection } from '../server/client-connection.js';
import { HOLD_FAMILIES } from '../server/client-session.js';
import type { ClientSession, HoldFamily } from '../server/client-session.js';
import type { SimulatorFault, SimulatorFaultType } from '../faults/catalogue.js';
import { shownExecution, shownOrder } from '../server/order-owner.js';
import type { SimulatorServer } from '../server/simulator-server.js';
import type { WitnessEntry, WitnessFilter, WitnessJournal } from '../server/witness-journal.js';
import { CLOCK_COMMAND, moveClock, moveMarket } from './commands.js';
import type { ClockCommand, MarketCommand } from './commands.js';
import { goLongWay } from './long-way.js';
import { cancelManualOrder, placeManualOrder } from './manual-orders.js';
import type { ManualOrder } from './manual-orders.js';
import type { ScenarioState } from './scenario-runner.js';

/** A client that is connected. */
export interface ClientState {
  readonly clientId: number;
  readonly serverVersion: number;
  readonly connectedAtMs: number;
  /** Messages that came from it. */
  readonly received: number;
  /** Messages that went to it, by type, ticks included. */
  readonly sent: Readonly<Record<string, number>>;
  /** Bytes that it has not read yet. */
  readonly pendingBytes: number;
  /** The request ids that it holds, by kind of subscription. Streams without a request id are listed under id 0. */
  readonly subscriptions: Readonly<Partial<Record<HoldFamily, readonly number[]>>>;
}

/** The simulator at one instant. */
export interface SimulatorState {
  readonly host: string;
  readonly port: number;
  readonly listening: boolean;
  readonly clock: {
    readonly nowMs: number;
    readonly speed: number;
    readonly paused: boolean;
    /** Whether a replay waits at its open for the first subscription. */
    readonly held: boolean;
  };
  /** Open sockets, those before START_API included. */
  readonly connections: number;
  readonly clients: readonly ClientState[];
  readonly faults: readonly FaultState[];
  /** Undefined when no scenario was given. */
  readonly scenario: ScenarioState | undefined;
  readonly openOrders: readonly OrderView[];
  readonly completedOrders: readonly OrderView[];
  readonly executions: readonly Execution[];
  readonly positions: readonly Position[];
}

/** The simulator's side door: an independent witness, and the means to make it misbehave. In-process. */
export interface SimulatorControl {
  /** Everything at this instant. */
  state(): SimulatorState;
  /** What the simulator saw and did, oldest first; a copy. */
  journal(filter?: WitnessFilter): readonly WitnessEntry[];
  /**
   * Calls for every entry of the journal from now on; the returned function ends that. It is called in the middle of what it tells of: look at `state()` in a later microtask.
   * It must not throw.
   */
  watchJournal(listener: (entry: WitnessEntry) => void): () => void;
  /** Sequence number of the journal's newest entry, 0 before the first. */
  readonly lastSeq: number;
  /** Moves a stock, or something else with a price of its own (`EUR.USD`), to a price at once: a trade at it and a quote around it. @throws UsageError for an unknown symbol or a price that is not above 0. */
  setPrice(symbol: string, price: number): void;
  /** Cuts connections, every one or one client's, by FIN or RST; returns how many. Working orders live on. */
  dropClients(kind: 'fin' | 'rst', clientId?: number): number;
  /** Sends an error or notice to every client that is ready, such as 1100 or 2103; returns to how many. */
  notice(code: number, text?: string, id?: number): number;
  /** Stops reading and writing on the connections of this moment while their sockets stay open; the returned function resumes. The same as the fault `half-open`. */
  mute(clientId?: number): () => void;
  /** Sets a price, makes it jump, halts a stock, or ends the halt. @throws UsageError for an unknown symbol and for what is out of range. */
  moveMarket(command: MarketCommand): void;
  /** What the market shows for a symbol that {@link SimulatorControl.moveMarket} can move, and whether it is halted; undefined for another one. */
  quote(symbol: string): (Quote & { readonly symbol: string; readonly halted: boolean }) | undefined;
  /** Pauses, resumes, steps, advances or speeds up the simulator's clock. @throws UsageError for what is out of range. */
  moveClock(command: ClockCommand): void;
  /**
   * Moves the paused clock forward by market milliseconds (a week at most): whatever is due on the way happens, in order. Resolves when all that it caused to be sent is with the
   * operating system, and clients can read on the way (`moveClock` writes all of it at once); a client that has sent a request behind it gets the answer behind all of that.
   * @throws UsageError for what is out of range.
   */
  step(ms: number): Promise<SimulatorState['clock']>;
  /** The same without pausing: a running clock runs on. @throws UsageError for what is out of range. */
  advance(ms: number): Promise<SimulatorState['clock']>;
  /** Begins a fault now, or waits for its moment (`after`); the returned function ends it, or gives up waiting. @throws UsageError that names field, value and rule. */
  inject(fault: SimulatorFault): InjectedFault;
  /** Ends every fault, or those of one type; returns how many. */
  clearFaults(type?: SimulatorFaultType): number;
  /** Ends one fault by its id, those of a type, or all; returns how many. */
  endFaults(which: { readonly id?: string | undefined; readonly type?: string | undefined }): number;
  /**
   * Corrects the price of a fill, as exchanges do: the same execution comes again with a higher last part of its id, with its commission, and the books follow.
   * @throws UsageError for an id that is not the newest of an execution in an instrument, and for a price that is not above 0.
   */
  correctExecution(execId: string, price: number): void;
  /**
   * Places an order that no API client made, as somebody does in TWS itself: order id 0, client id 0, no reference; its permanent id names it.
   * @throws UsageError for what is out of range, and with the broker's words for an order that it refuses.
   */
  placeManualOrder(order: ManualOrder): OrderView;
  /** Cancels such an order. @throws UsageError when none works under this permanent id. */
  cancelManualOrder(permId: string): void;
  /** A human approves the login: ends `weekly-login`; returns how many logins waited. */
  approve(): number;
  /** Refuses new connections; the accepted ones and all state live on. */
  stopListening(): void;
  /** Resolves when the port is what faults and control want it to be by now: open, closed, or swallowing connections. */
  portSettled(): Promise<void>;
  /** Opens the same port again. @throws ConnectionError when another program has taken it meanwhile. */
  listen(): Promise<void>;
}

/** What the control drives. */
export interface ControlTargets {
  readonly server: SimulatorServer;
  readonly market: Market;
  readonly brokerage: Brokerage;
  readonly journal: WitnessJournal;
  readonly scenario: () => ScenarioState | undefined;
}

function clientState(session: ClientSession): ClientState {
  const { clientId, serverVersion, connectedAtMs, received, connection } = session;
  return {
    clientId,
    serverVersion,
    connectedAtMs,
    received,
    sent: Object.fromEntries(session.sent),
    pendingBytes: connection.pendingBytes,
    subscriptions: Object.fromEntries(HOLD_FAMILIES.map((family) => [family, session.held(family)])),
  };
}

/** Makes the {@link SimulatorControl} of one simulator. */
export function createControl({ server, market, brokerage, journal, scenario }: ControlTargets): SimulatorControl {
  const clockState = (): SimulatorState['clock'] => ({ nowMs: market.clock.now(), speed: market.clock.speed, paused: market.clock.paused, held: market.held });
  const move = (command: ClockCommand): void => {
    moveClock(market, command);
    journal.append('fault', 'clock', { message: { ...command } });
  };
  const note = (type: string, message: Readonly<Record<string, unknown>> = {}): void => {
    journal.append('control', type, { message });
  };
  /** The same in pieces, so that nobody is cut who reads. */
  const moveFar = async (command: Extract<ClockCommand, { readonly ms: number }>): Promise<SimulatorState['clock']> => {
    CLOCK_COMMAND.check(command, '');
    const laggards = new Set<ClientConnection>();
    await goLongWay({
      ms: command.ms,
      move: (ms) => {
        moveClock(market, { ...command, ms });
      },
      pause: () => server.caughtUp(laggards),
      isOver: () => server.isClosed,
    });
    journal.append('fault', 'clock', { message: { ...command } });
    await server.written();
    return clockState();
  };
  return {
    state: () => ({
      host: server.host,
      port: server.port,
      listening: server.listening,
      clock: clockState(),
      connections: server.connectionCount,
      clients: [...server.sessions.values()].map(clientState),
      faults: server.faults.faults,
      scenario: scenario(),
      openOrders: brokerage.openOrders().map(shownOrder),
      completedOrders: brokerage.completedOrders().map(shownOrder),
      executions: brokerage.executions().map(({ execution }) => shownExecution(execution)),
      positions: brokerage.positions(),
    }),
    journal: (filter) => journal.read(filter),
    watchJournal: (listener) => journal.watch(listener),
    get lastSeq() {
      return journal.lastSeq;
    },
    setPrice: (symbol, price) => {
      market.setPrice(symbol, price);
      note('setPrice', { symbol, price });
    },
    dropClients: (kind, clientId) => {
      note('dropClients', { kind, clientId });
      return server.drop(kind, clientId);
    },
    notice: (code, text = noticeText(code), id = -1) => {
      note('notice', { code, text, id });
      return server.broadcast(id, code, text);
    },
    mute: (clientId) => server.inject({ type: 'half-open', clientId }),
    inject: (fault) => server.inject(fault),
    moveMarket: (command) => {
      moveMarket(market, command);
      journal.append('fault', 'market', { message: { ...command } });
    },
    quote: (symbol) => {
      const conId = market.movable(symbol);
      return conId === undefined ? undefined : { ...market.quote(conId), symbol: symbol.toUpperCase(), halted: market.halted(conId) };
    },
    moveClock: move,
    step: (ms) => moveFar({ action: 'step', ms }),
    advance: (ms) => moveFar({ action: 'advance', ms }),
    clearFaults: (type) => server.faults.clear({ type }),
    endFaults: (which) => server.faults.clear(which),
    correctExecution: (execId, price) => {
      note('correctExecution', { execId, price });
      brokerage.correctExecution(execId, price);
    },
    placeManualOrder: (order) => {
      note('placeManualOrder', { ...order });
      return placeManualOrder(brokerage, order);
    },
    cancelManualOrder: (permId) => {
      note('cancelManualOrder', { permId });
      cancelManualOrder(brokerage, permId);
    },
    approve: () => server.faults.clear({ type: 'weekly-login' }),
    portSettled: () => server.portSettled(),
    stopListening: () => {
      note('stopListening');
      server.stopListening();
    },
    listen: () => {
      note('listen');
      return server.listen();
    },
  };
}
