import type { ClientMessage } from '@ibkit/wire';
import type { MarketDataConnection, MarketDataUpstream } from '../connection-port.js';
import { codeOfMode, widest } from './market-data-mode.js';
import type { MarketDataMode } from './market-data-mode.js';

/** What the broker does on a fresh session, unasked. */
const UNASKED: MarketDataMode = 'live';

/**
 * The one market data type of a connection, kept at the widest mode that anybody on it wants.
 *
 * TWS has one switch per connection (reqMarketDataType), not one per line, and gives live data wherever it may, whatever the
 * switch says: so wider is harmless for those who want less, and each quote says what it is.
 */
export class ModeSwitch {
  readonly #connection: MarketDataConnection;
  readonly #wanted = new Map<symbol, MarketDataMode>();
  #upstream: MarketDataUpstream | undefined;
  #mode: MarketDataMode = UNASKED;

  constructor(connection: MarketDataConnection) {
    this.#connection = connection;
  }

  /** Has the switch at `mode` or wider until the returned function is called. Call it before sending what depends on it. */
  want(mode: MarketDataMode): () => void {
    const key = Symbol(mode);
    this.#wanted.set(key, mode);
    this.#apply();
    return () => {
      if (this.#wanted.delete(key)) this.#apply();
    };
  }

  /** Says it again, for when the broker behaves as if it had not heard. */
  repeat(): void {
    this.#send();
  }

  /** Puts the switch back and stops restoring it. */
  async close(): Promise<void> {
    this.#wanted.clear();
    const upstream = this.#upstream;
    this.#upstream = undefined;
    await upstream?.close();
  }

  #apply(): void {
    const mode = widest(this.#wanted.values());
    if (mode === this.#mode) return;
    this.#mode = mode;
    if (this.#upstream !== undefined) {
      this.#send();
      return;
    }
    // A subscription only so that it is restored, before all others, on every later session.
    this.#upstream = this.#connection.subscribe({
      name: 'market data type',
      build: () => this.#request(),
      cancel: () => ({ type: 'reqMarketDataType', marketDataType: codeOfMode(UNASKED) }),
      receive: () => undefined,
      restoreFirst: true,
    });
  }

  #request(): ClientMessage {
    return { type: 'reqMarketDataType', marketDataType: codeOfMode(this.#mode) };
  }

  #send(): void {
    // A send that fails is made up for: the session is over, and the next one begins with the switch.
    this.#connection.session?.send(this.#request()).catch(() => undefined);
  }
}
