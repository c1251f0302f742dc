import { abortReason } from '@ibkit/clock';
import type { ConnectionFact, MarketDataConnection } from '../connection-port.js';

/** Whether data can arrive: `session` down is between us and the gateway, `upstream` down between the gateway and the broker. */
export type LinkStatus = 'up' | 'sessionDown' | 'upstreamDown';

/** Something about the link changed that quotes depend on. */
export type LinkChange =
  | { readonly type: 'down'; readonly status: 'sessionDown' | 'upstreamDown'; readonly reason: string }
  | { readonly type: 'up'; readonly after: 'sessionDown' | 'upstreamDown' }
  /** The gateway forgot every stream; the connection asks for all of them again. */
  | { readonly type: 'streamsLost'; readonly reason: string }
  /** Some contracts may get no data; nobody says which. */
  | { readonly type: 'farmDown'; readonly reason: string }
  /** A message arrived that cannot be read; nobody knows for which stream. `messageType`: what it would have been, where that can be told. */
  | { readonly type: 'frameLost'; readonly messageType: string | undefined; readonly reason: string };

const FACTS: readonly ConnectionFact[] = ['connection.stateChanged', 'connection.lost', 'connection.degraded', 'connection.recovered'];

const REASON = {
  sessionDown: 'the connection was lost',
  upstreamDown: 'the gateway has no link to the broker',
} as const;

/** Farms of historical data and of security definitions are named like this; quotes do not depend on them. */
const OTHER_FARM = /hmds|secdef/u;

/** Turns the facts of a connection into the one question that a stream has: can data arrive? */
export class LinkWatch {
  readonly #connection: MarketDataConnection;
  readonly #listeners = new Set<(change: LinkChange) => void>();
  readonly #off: readonly (() => void)[];
  #status: LinkStatus;
  #farmsDown: ReadonlySet<string>;

  constructor(connection: MarketDataConnection) {
    this.#connection = connection;
    this.#status = statusOf(connection);
    this.#farmsDown = farmsDown(connection);
    this.#off = [
      ...FACTS.map((fact) =>
        connection.events.on(fact, (event) => {
          this.#look();
          if (event.dataKept === false) this.#tell({ type: 'streamsLost', reason: 'the gateway lost its streams (1101)' });
        }),
      ),
      connection.events.on('connection.frameUndecodable', ({ messageId, messageType }) => {
        // A kind of message that nobody knows carries nothing that a stream has asked for.
        if (messageId === undefined || messageType !== undefined) this.#tell({ type: 'frameLost', messageType, reason: 'a message could not be read' });
      }),
    ];
  }

  get status(): LinkStatus {
    return this.#status;
  }

  /** Why data cannot arrive; `undefined` while it can. */
  get reason(): string | undefined {
    return this.#status === 'up' ? undefined : REASON[this.#status];
  }

  /** Calls `listener` with every change from now on. */
  on(listener: (change: LinkChange) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Resolves while there is a session, at once or as soon as there is one. @throws the signal's reason. */
  session(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(abortReason(signal));
        return;
      }
      if (this.#status !== 'sessionDown') {
        resolve();
        return;
      }
      const onAbort = (): void => {
        off();
        reject(abortReason(signal));
      };
      const off = this.on(() => {
        if (this.#status === 'sessionDown') return;
        off();
        signal.removeEventListener('abort', onAbort);
        resolve();
      });
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Stops listening to the connection. */
  close(): void {
    for (const off of this.#off) off();
    this.#listeners.clear();
  }

  #look(): void {
    const before = this.#status;
    this.#status = statusOf(this.#connection);
    const farmsBefore = this.#farmsDown;
    this.#farmsDown = farmsDown(this.#connection);
    if (this.#status !== before) {
      if (this.#status !== 'up') this.#tell({ type: 'down', status: this.#status, reason: REASON[this.#status] });
      else if (before !== 'up') this.#tell({ type: 'up', after: before });
    }
    for (const farm of this.#farmsDown) {
      if (!farmsBefore.has(farm)) this.#tell({ type: 'farmDown', reason: `the market data farm ${farm} is down` });
    }
  }

  #tell(change: LinkChange): void {
    for (const listener of [...this.#listeners]) listener(change);
  }
}

function statusOf(connection: MarketDataConnection): LinkStatus {
  if (connection.state !== 'connected') return 'sessionDown';
  return connection.health.layers.upstream.status === 'down' ? 'upstreamDown' : 'up';
}

function farmsDown(connection: MarketDataConnection): ReadonlySet<string> {
  const down = Object.entries(connection.health.layers.farms).filter(([name, layer]) => layer.status === 'down' && !OTHER_FARM.test(name));
  return new Set(down.map(([name]) => name));
}
