import type { ServerMessage } from '@ibkit/wire';
import type { TradingConnection } from '../broker/connection-port.js';

/** What changed about the link. */
export type LinkChange =
  /** Nothing true arrives any more; what happened since `fromMs` (epoch milliseconds) is not seen. */
  | { readonly type: 'down'; readonly reason: string; readonly fromMs: number }
  /** Data can arrive again. `restored`: the connection has asked for its streams again by itself. */
  | { readonly type: 'up'; readonly restored: boolean }
  /** The gateway told its list of accounts again. */
  | { readonly type: 'accounts' };

const SESSION_DOWN = 'the connection was lost';
const UPSTREAM_DOWN = 'the gateway has no link to the broker';

/**
 * Whether what the gateway says about accounts can be true right now. An outage begins with the last message before it, not when it
 * is noticed.
 */
export class LinkState {
  readonly #connection: TradingConnection;
  readonly #listeners = new Set<(change: LinkChange) => void>();
  readonly #off: readonly (() => void)[];
  #epoch: number | undefined;
  #reason: string | undefined;
  #lastMessageAtMs: number;

  constructor(connection: TradingConnection) {
    this.#connection = connection;
    this.#lastMessageAtMs = connection.clock.now();
    this.#epoch = connection.session?.epoch;
    this.#reason = reasonOf(connection);
    this.#off = [
      connection.events.on('connection.stateChanged', () => {
        this.#look(true);
      }),
      connection.events.on('connection.degraded', () => {
        this.#look(false);
      }),
      connection.events.on('connection.recovered', ({ dataKept }) => {
        this.#look(dataKept === false);
      }),
      connection.onMessage((message) => {
        this.#onMessage(message);
      }),
    ];
  }

  /** Why nothing true can arrive; `undefined` while it can. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** When the last message arrived, epoch milliseconds. */
  get lastMessageAtMs(): number {
    return this.#lastMessageAtMs;
  }

  /** Calls `listener` with every change from now on. */
  on(listener: (change: LinkChange) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  close(): void {
    for (const off of this.#off) off();
    this.#listeners.clear();
  }

  #onMessage(message: ServerMessage): void {
    this.#lastMessageAtMs = this.#connection.clock.now();
    if (message.type === 'managedAccounts') this.#tell({ type: 'accounts' });
  }

  #look(restored: boolean): void {
    const before = this.#reason;
    const epoch = this.#connection.session?.epoch;
    this.#reason = reasonOf(this.#connection);
    // A session that was lost and made again between two looks is an outage, too.
    const isOtherSession = epoch !== undefined && this.#epoch !== undefined && epoch !== this.#epoch;
    if (epoch !== undefined) this.#epoch = epoch;
    if (before === undefined && (this.#reason !== undefined || isOtherSession)) {
      this.#tell({ type: 'down', reason: this.#reason ?? SESSION_DOWN, fromMs: this.#lastMessageAtMs });
    }
    if (this.#reason === undefined && (before !== undefined || isOtherSession)) this.#tell({ type: 'up', restored: restored || before === SESSION_DOWN });
  }

  #tell(change: LinkChange): void {
    for (const listener of [...this.#listeners]) listener(change);
  }
}

function reasonOf({ session, health }: TradingConnection): string | undefined {
  if (session === undefined) return SESSION_DOWN;
  return health.layers.upstream.status === 'down' ? UPSTREAM_DOWN : undefined;
}
