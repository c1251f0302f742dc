import type { TradingConnection } from '../../broker/connection-port.js';
import type { PriceBand } from './price-grid.js';

/** How long an order may wait for a price rule, milliseconds. The broker checks prices, too: waiting longer would cost more than it saves. */
export const RULE_TIMEOUT_MS = 2_000;
/** For how long a rule that could not be read is not asked for again, milliseconds. */
const RETRY_MS = 60_000;

interface Known {
  readonly bands: Promise<readonly PriceBand[] | undefined>;
  readonly askedMs: number;
  failed: boolean;
}

/**
 * The broker's price rules by number, each asked for once per object (TWS API: reqMarketRule). A rule that cannot be read is not known, which
 * holds up nothing: the broker refuses a price off its grid by itself (110), while an order that waits for a rule may be the stop of a position.
 */
export class MarketRules {
  readonly #connection: TradingConnection;
  readonly #known = new Map<number, Known>();

  constructor(connection: TradingConnection) {
    this.#connection = connection;
  }

  /** The bands of a rule; `undefined` when they cannot be read now. */
  bands(id: number): Promise<readonly PriceBand[] | undefined> {
    const { clock } = this.#connection;
    const known = this.#known.get(id);
    if (known !== undefined && !(known.failed && clock.monotonic() - known.askedMs >= RETRY_MS)) return known.bands;
    const asked: Known = { bands: this.#ask(id, () => (asked.failed = true)), askedMs: clock.monotonic(), failed: false };
    this.#known.set(id, asked);
    return asked.bands;
  }

  async #ask(id: number, onFailed: () => void): Promise<readonly PriceBand[] | undefined> {
    try {
      return await this.#connection.request<readonly PriceBand[]>({
        name: `price rule ${id}`,
        unkeyed: true,
        lane: 'order',
        timeoutMs: RULE_TIMEOUT_MS,
        build: () => ({ type: 'reqMarketRule', marketRuleId: id }),
        receive: (message, reply) => {
          if (message.type === 'marketRule' && message.marketRuleId === id) reply.resolve(message.priceIncrements);
        },
      });
    } catch {
      onFailed();
      return undefined;
    }
  }
}
