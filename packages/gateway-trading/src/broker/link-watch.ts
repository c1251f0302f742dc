import type { ServerMessage } from '@ibkit/wire';
import type { TradingGuards } from '../guards/trading-guards.js';
import { gateRefusal } from '../orders/order-gate.js';
import type { OrderIds } from '../orders/order-ids.js';
import type { OrderRegister } from '../orders/order-register.js';
import type { Reconciler } from '../reconcile/reconciler.js';
import type { BrokerInbox } from './broker-inbox.js';
import type { TradingConnection, TradingSession } from './connection-port.js';

/** The broker's next valid id is below ids that it has already taken from us. */
export interface IdRollback {
  readonly clientId: number;
  readonly nextValidId: number;
  readonly highestUsed: number;
}

/** Who learns of the link, and what is looked after here. */
export interface LinkWatchOptions {
  readonly connection: TradingConnection;
  readonly register: OrderRegister;
  readonly orderIds: OrderIds;
  readonly inbox: BrokerInbox;
  readonly guards: TradingGuards;
  readonly reconciler: Reconciler;
  /** The link to the broker is gone: what still waits for its turn must not leave. */
  readonly onLost: (reason: Error) => void;
  readonly onSessionEnded: (epoch: number) => void;
  readonly onIdRollback: (facts: IdRollback) => void;
  /** Something that the gate looks at may have changed. */
  readonly onLink: () => void;
}

/** System notices about the link between the platform and the broker (TWS API: system message codes). */
const LINK_LOST: ReadonlySet<number> = new Set([1100, 2110]);
const LINK_BACK: ReadonlySet<number> = new Set([1101, 1102]);

/** Follows a connection for trading: which session is the present one, what its messages mean for orders, and when everything must be read anew. */
export class LinkWatch {
  readonly #options: LinkWatchOptions;
  #epoch: number | undefined;

  constructor(options: LinkWatchOptions) {
    this.#options = options;
  }

  /** Follows the connection until the returned function is called. */
  attach(): () => void {
    const { connection } = this.#options;
    const detach = [
      connection.events.on('connection.stateChanged', this.#onLink),
      connection.events.on('connection.recovered', this.#onLink),
      connection.onMessage((message, session) => {
        this.#onMessage(message, session);
      }),
    ];
    const detachAll = (): void => {
      for (const each of detach) each();
    };
    try {
      this.#onLink();
    } catch (error) {
      detachAll();
      throw error;
    }
    return detachAll;
  }

  #onMessage(message: ServerMessage, session: TradingSession): void {
    const { inbox, guards } = this.#options;
    if (message.type === 'nextValidId') this.#onNextValidId(message.orderId, session.clientId);
    if (message.type === 'errMsg' && message.id <= 0) this.#onSystemNotice(message.code);
    inbox.handle(message, session);
    guards.onMessage(message, session);
  }

  #onSystemNotice(code: number): void {
    const lost = LINK_LOST.has(code);
    if (!lost && !LINK_BACK.has(code)) return;
    this.#options.reconciler.disturb(`the broker sent ${code}`);
    if (lost) this.#options.onLost(gateRefusal(['UPSTREAM_DOWN'], 'order'));
    // The connection may learn of the same message after us.
    queueMicrotask(this.#onLink);
  }

  #onNextValidId(nextValidId: number, clientId: number): void {
    const { register, orderIds, onIdRollback } = this.#options;
    const used = register.ledger.all().filter((order) => order.clientId === clientId && order.permIds.length > 0);
    const highestUsed = used.reduce((highest, { orderId }) => Math.max(highest, orderId), 0);
    orderIds.promise(clientId, nextValidId);
    if (nextValidId <= highestUsed) onIdRollback({ clientId, nextValidId, highestUsed });
  }

  readonly #onLink = (): void => {
    const { connection, reconciler, guards, onLink } = this.#options;
    const { session } = connection;
    if (session !== undefined && session.epoch !== this.#epoch) this.#onSession(session);
    if (!reconciler.isReconciled && !reconciler.isSweeping) reconciler.request('connection ready');
    guards.onLink();
    onLink();
  };

  #onSession(session: TradingSession): void {
    const { connection, register, reconciler, onSessionEnded, onLink } = this.#options;
    const { epoch, clientId } = session;
    this.#epoch = epoch;
    reconciler.disturb('a new session began');
    // What the broker calls the next valid id is one that somebody may take.
    const floor = connection.nextOrderIdFloor - 1;
    if (floor > register.ledger.floor(clientId)) register.book({ type: 'idFloor', atMs: connection.clock.now(), clientId, floor });
    const onEnd = (): void => {
      onSessionEnded(epoch);
      // The next session may be there already.
      if (this.#epoch === epoch) reconciler.disturb('the session ended');
      onLink();
    };
    session.closed.then(onEnd, onEnd);
  }
}
