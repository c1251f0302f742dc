import type { Clock } from '@ibkit/clock';
import type { EventBus } from '@ibkit/event-bus';
import type { ConnectionEvents } from '../connection-events.js';
import type { ConnectionLogger } from '../options.js';
import type { EndKind, SessionEnd } from '../session/session-end.js';

/** What a {@link GatewayPort} is made from. */
export interface GatewayPortOptions {
  readonly clock: Clock;
  readonly events: EventBus<ConnectionEvents>;
  readonly logger: ConnectionLogger;
  /** The one of the configuration. */
  readonly port: number;
  /** How long nobody may be at the port that was named before the other one is tried again, milliseconds. */
  readonly lookBackAfterMs: number;
  /** The accounts of the session at the moment. */
  readonly accounts: () => readonly string[];
}

/** Ends of attempts that no gateway took part in. */
const NOBODY_THERE: ReadonlySet<EndKind> = new Set<EndKind>(['refused', 'tcpTimeout', 'network']);

/** Where the gateway is: it may move (1300), and must show the accounts of before when it did. */
export class GatewayPort {
  readonly #options: GatewayPortOptions;
  #port: number;
  /** Accounts that the gateway must show again before it is trusted, since it moved. */
  #toProve: readonly string[] | undefined;
  /** Where the gateway was before it named another port, and since when we ask there; over with the first session that is ready. */
  #moved: { readonly from: number; readonly sinceMs: number } | undefined;

  constructor(options: GatewayPortOptions) {
    this.#options = options;
    this.#port = options.port;
  }

  /** The port of the present and of the next session. */
  get current(): number {
    return this.#port;
  }

  /** The accounts that the next session must have; absent when any will do. */
  get toProve(): readonly string[] | undefined {
    return this.#toProve;
  }

  /** A session is ready there: it is the right one. */
  confirmed(): void {
    this.#toProve = undefined;
    this.#moved = undefined;
  }

  /** A session or attempt has ended: goes where the gateway says that it goes, or back when nobody ever came there. */
  ended({ kind, newPort }: SessionEnd): void {
    if (newPort !== undefined && kind === 'portChanged') this.#follow(newPort, 'the gateway moves its API to another port: follow it in the configuration');
    else this.#lookBack(kind);
  }

  /** Nobody ever came to the port that was named: look at both in turn, for the news may have been wrong, or is no longer true. */
  #lookBack(kind: EndKind): void {
    const { clock, lookBackAfterMs } = this.#options;
    if (this.#moved === undefined || !NOBODY_THERE.has(kind) || clock.monotonic() - this.#moved.sinceMs < lookBackAfterMs) return;
    this.#follow(this.#moved.from, 'nothing listens on the port that the gateway named: look at the other one again');
  }

  #follow(port: number, why: string): void {
    const { events, logger, clock, accounts } = this.#options;
    const from = this.#port;
    this.#port = port;
    this.#moved = { from, sinceMs: clock.monotonic() };
    this.#toProve ??= accounts();
    logger.warn({ from, to: port }, why);
    events.emit('connection.portChanged', { from, to: port, atMs: clock.now() });
  }
}
