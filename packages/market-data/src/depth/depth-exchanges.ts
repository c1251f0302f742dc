import type { MarketDataConnection } from '../connection-port.js';
import { plainText } from '../broker-text/plain-text.js';

/** An exchange that shows its order book. */
export interface DepthExchange {
  readonly exchange: string;
  /** The security type that it shows the book of: `STK`, `FUT`, ... */
  readonly secType: string;
  /** Where the contracts must be listed; absent for anywhere. */
  readonly listingExchange?: string | undefined;
  /** `Deep2` where the rows name their market makers, `Deep` where they do not. */
  readonly service: string;
  readonly aggGroup?: number | undefined;
}

/** Which exchanges a smart book is made of. */
export interface SmartDepthExchanges {
  /** Those whose books are in it. */
  readonly depth: readonly string[];
  /** Those of which only the best bid and ask are in it. */
  readonly top: readonly string[];
}

/** Asks which exchanges show their order books. TWS API: reqMktDepthExchanges, which is answered without an id. */
export function askDepthExchanges(connection: MarketDataConnection, options: { readonly timeoutMs: number; readonly signal: AbortSignal }): Promise<readonly DepthExchange[]> {
  return connection.request<readonly DepthExchange[]>({
    name: 'exchanges with market depth',
    unkeyed: true,
    build: () => ({ type: 'reqMktDepthExchanges' }),
    receive: (message, reply) => {
      if (message.type !== 'mktDepthExchanges') return;
      reply.resolve(
        message.exchanges.map(({ exchange, secType, listingExch, serviceDataType, aggGroup }) =>
          Object.freeze({ exchange, secType, listingExchange: listingExch === '' ? undefined : listingExch, service: serviceDataType, aggGroup }),
        ),
      );
    },
    ...options,
  });
}

/** TWS API: 2152, `Exchanges - Depth: NASDAQ; BATS; Top: AMEX; BYX; `, before the first rows of a smart book. */
const SMART_EXCHANGES = /Depth:(?<depth>[^:]*?)(?:Top:(?<top>[^:]*))?$/u;

/** Reads the notice about the exchanges of a smart book; `undefined` for another text. */
export function smartExchangesOf(text: string): SmartDepthExchanges | undefined {
  const groups = SMART_EXCHANGES.exec(plainText(text))?.groups;
  if (groups === undefined) return undefined;
  return Object.freeze({ depth: namesIn(groups['depth']), top: namesIn(groups['top']) });
}

function namesIn(list = ''): readonly string[] {
  return Object.freeze(list.split(';').map((name) => name.trim()).filter((name) => name !== ''));
}
