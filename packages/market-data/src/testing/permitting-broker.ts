import type { ServerMessage } from '@ibkit/wire';
import { AAPL, MSFT, brokerKnowing, notice, tickPrice } from './fake-broker.js';
import type { Broker, FakeConnection } from './fake-connection.js';

/** TWS API: the kinds of data. */
const LIVE = 1;
const FROZEN = 2;
const DELAYED = 3;
const DELAYED_FROZEN = 4;

/** The prices of every contract, and what a live line shows when its exchange is closed: the last price alone. */
export const PRICES = { bid: 10, ask: 10.2, last: 10.1, delayedBid: 8, delayedAsk: 8.2, delayedLast: 8.1 } as const;

/**
 * The permissions of TWS in memory: one market data type for the session, which counts for the requests behind it; who has live data gets it
 * whatever was asked for.
 */
export class PermittingBroker {
  permission: 'live' | 'delayed' | 'none' = 'live';
  closed = false;
  /** What delayed data is announced with. */
  announces: readonly ('notice' | 'type')[] = ['notice', 'type'];
  #type = LIVE;

  readonly handle: Broker = (message, connection) => {
    brokerKnowing(AAPL, MSFT)(message, connection);
    if (message.type === 'reqMarketDataType') this.#type = message.marketDataType;
    if (message.type === 'reqMktData') this.#serve(connection, message.reqId, message.snapshot === true);
  };

  /** What a session begins with. */
  newSession(): void {
    this.#type = LIVE;
  }

  #serve(connection: FakeConnection, reqId: number, snapshot: boolean): void {
    for (const message of this.#answer(reqId)) connection.deliver(message);
    if (snapshot) connection.deliver({ type: 'tickSnapshotEnd', reqId });
  }

  #answer(reqId: number): readonly ServerMessage[] {
    if (this.permission === 'none') return [notice(reqId, 354, 'Requested market data is not subscribed.')];
    if (this.permission === 'live') return this.#live(reqId, this.closed && this.#type === FROZEN ? FROZEN : LIVE);
    if (this.#type < DELAYED) return [notice(reqId, 10_089, 'Requested market data requires additional subscription for API.')];
    const kind = this.closed && this.#type === DELAYED_FROZEN ? DELAYED_FROZEN : DELAYED;
    const hasSides = !this.closed || kind === DELAYED_FROZEN;
    return [
      ...(this.announces.includes('notice') ? [notice(reqId, 10_167, 'Requested market data is not subscribed. Displaying delayed market data.')] : []),
      ...(this.announces.includes('type') ? [{ type: 'marketDataType', reqId, marketDataType: kind } as const] : []),
      ...(hasSides ? [tickPrice(reqId, 66, PRICES.delayedBid, 100), tickPrice(reqId, 67, PRICES.delayedAsk, 100)] : []),
      tickPrice(reqId, 68, PRICES.delayedLast, 5),
    ];
  }

  #live(reqId: number, kind: number): readonly ServerMessage[] {
    const hasSides = !this.closed || kind === FROZEN;
    return [
      { type: 'marketDataType', reqId, marketDataType: kind },
      ...(hasSides ? [tickPrice(reqId, 1, PRICES.bid, 100), tickPrice(reqId, 2, PRICES.ask, 100)] : []),
      tickPrice(reqId, 4, PRICES.last, 5),
    ];
  }
}
