import type { Brokerage, Execution, OrderView, Position } from '../brokerage/brokerage.js';
import type { Market } from '../market/market.js';
import { HOLD_FAMILIES } from '../server/client-session.js';
import type { ClientSession, HoldFamily } from '../server/client-session.js';
import type { SimulatorFault, SimulatorFaultType } from '../server/server-faults.js';
import type { SimulatorServer } from '../server/simulator-server.js';
import type { WitnessEntry, WitnessFilter, WitnessJournal } from '../server/witness-journal.js';

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
  readonly faults: readonly SimulatorFault[];
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
  /** Moves a stock to a price at once: a trade at it and a quote around it. @throws UsageError for an unknown symbol or a price that is not above 0. */
  setPrice(symbol: string, price: number): void;
  /** Cuts connections, every one or one client's, by FIN or RST; returns how many. Working orders live on. */
  dropClients(kind: 'fin' | 'rst', clientId?: number): number;
  /** Sends an error or notice to every client that is ready, such as 1100 or 2103; returns to how many. */
  notice(code: number, text?: string, id?: number): number;
  /** Stops reading and writing on the connections of this moment while their sockets stay open; the returned function resumes. The same as the fault `half-open`. */
  mute(clientId?: number): () => void;
  /** Begins a fault; the returned function ends it. */
  inject(fault: SimulatorFault): () => void;
  /** Ends every fault, or those of one type. */
  clearFaults(type?: SimulatorFaultType): void;
  /** Refuses new connections; the accepted ones and all state live on. */
  stopListening(): void;
  /** Opens the same port again. @throws ConnectionError when another program has taken it meanwhile. */
  listen(): Promise<void>;
}

/** What the control drives. */
export interface ControlTargets {
  readonly server: SimulatorServer;
  readonly market: Market;
  readonly brokerage: Brokerage;
  readonly journal: WitnessJournal;
}

/** TWS API: the usual texts of connection-wide notices. */
const NOTICE_TEXTS: Readonly<Record<number, string>> = {
  1100: 'Connectivity between IB and TWS has been lost.',
  1101: 'Connectivity between IB and TWS has been restored- data lost.',
  1102: 'Connectivity between IB and TWS has been restored- data maintained.',
  2103: 'Market data farm connection is broken:usfarm',
  2104: 'Market data farm connection is OK:usfarm',
  2105: 'HMDS data farm connection is broken:ushmds',
  2106: 'HMDS data farm connection is OK:ushmds',
  2107: 'HMDS data farm connection is inactive but should be available upon demand.ushmds',
  2108: 'Market data farm connection is inactive but should be available upon demand.usfarm',
  2110: 'Connectivity between TWS and server is broken. It will be restored automatically.',
  2119: 'Market data farm is connecting:usfarm',
  2157: 'Sec-def data farm connection is broken:secdefnj',
  2158: 'Sec-def data farm connection is OK:secdefnj',
};

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
export function createControl({ server, market, brokerage, journal }: ControlTargets): SimulatorControl {
  return {
    state: () => ({
      host: server.host,
      port: server.port,
      listening: server.listening,
      clock: { nowMs: market.clock.now(), speed: market.clock.speed, paused: market.clock.paused, held: market.held },
      connections: server.connectionCount,
      clients: [...server.sessions.values()].map(clientState),
      faults: server.faults.active,
      openOrders: brokerage.openOrders(),
      completedOrders: brokerage.completedOrders(),
      executions: brokerage.executions().map(({ execution }) => execution),
      positions: brokerage.positions(),
    }),
    journal: (filter) => journal.read(filter),
    setPrice: (symbol, price) => {
      market.setPrice(symbol, price);
    },
    dropClients: (kind, clientId) => server.drop(kind, clientId),
    notice: (code, text = NOTICE_TEXTS[code] ?? `Notice ${code}`, id = -1) => server.broadcast(id, code, text),
    mute: (clientId) => server.inject({ type: 'half-open', clientId }),
    inject: (fault) => server.inject(fault),
    clearFaults: (type) => {
      server.faults.clear(type);
    },
    stopListening: () => {
      server.stopListening();
    },
    listen: () => server.listen(),
  };
}
