import type { ServerMessage } from '@ibkit/wire';
import type { ConnectionManager } from '../connection-manager.js';
import type { Gap, Subscription } from '../connection-port.js';

/** A stream of quotes that tests can wait for. */
export class QuoteStream {
  readonly gaps: Gap[] = [];
  readonly ends: (Error | undefined)[] = [];
  readonly requestIds: number[] = [];
  readonly subscription: Subscription;
  messages = 0;
  readonly #waiting: ((message: ServerMessage) => void)[] = [];

  constructor(connection: ConnectionManager, symbol = 'SPY') {
    this.subscription = connection.subscribe({
      name: `quotes of ${symbol}`,
      build: (reqId) => {
        this.requestIds.push(reqId);
        return {
          type: 'reqMktData',
          reqId,
          contract: { symbol, secType: 'STK', exchange: 'SMART', currency: 'USD' },
          genericTickList: '',
          snapshot: false,
          regulatorySnapshot: false,
        };
      },
      cancel: (reqId) => ({ type: 'cancelMktData', reqId }),
      receive: (message) => {
        this.messages += 1;
        for (const resolve of this.#waiting.splice(0)) resolve(message);
      },
      onGap: (gap) => this.gaps.push(gap),
      onEnd: (error) => this.ends.push(error),
    });
  }

  /** The next message of the stream. */
  next(): Promise<ServerMessage> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

/** One tick of a stream, as a gateway sends it. */
export function tick(reqId: number, price = 100): ServerMessage {
  return { type: 'tickPrice', reqId, tickType: 4, price, size: 1, attrMask: 0 };
}
