import type { BrokerOperations, DaemonOperations } from '@ibkit/api-contract';
import type { LocalOperations } from '@ibkit/operations';
import type { Caller } from '../tokens/caller.js';
import type { Quotas } from '../tokens/quotas.js';
import { accountLimited } from './account-limited.js';
import { serviceOperations } from './service-operations.js';
import type { ServiceParts } from './service-operations.js';

/** What the operations of a caller are made from. */
export interface OperationsForParts extends ServiceParts {
  readonly broker: BrokerOperations & Pick<LocalOperations, 'limitedTo'>;
  readonly quotas: Pick<Quotas, 'lookUp' | 'touchLine'>;
}

/** What a question about a quote or a book names besides the instrument. */
const OTHER: ReadonlySet<string> = new Set(['symbol', 'mode', 'rows']);

/** One name for one line of market data: the symbol with whatever else says which instrument. */
export function lineName(symbol: string, fields: Readonly<Record<string, unknown>> = {}): string {
  const parts = Object.entries(fields).filter(([, value]) => value !== undefined).sort(([a], [b]) => (a < b ? -1 : 1));
  return [symbol.trim().toUpperCase(), ...parts.map(([name, value]) => `${name}=${String(value).toUpperCase()}`)].join('|');
}

/** Market data for a caller, counted: look-ups that run at once, and the lines that quotes and books keep open. */
function counted(broker: BrokerOperations, quotas: OperationsForParts['quotas'], caller: Caller): BrokerOperations {
  const lookUp = async <T>(run: () => Promise<T>): Promise<T> => {
    const end = quotas.lookUp(caller);
    try {
      return await run();
    } finally {
      end();
    }
  };
  const line = (input: { readonly symbol: string }): void => {
    quotas.touchLine(caller, lineName(input.symbol, Object.fromEntries(Object.entries(input).filter(([name]) => !OTHER.has(name)))));
  };
  return {
    ...broker,
    quote: (input, options) => lookUp(() => {
      line(input);
      return broker.quote(input, options);
    }),
    depth: (input, options) => lookUp(() => {
      line(input);
      return broker.depth(input, options);
    }),
    contract: (input, options) => lookUp(() => broker.contract(input, options)),
    chain: (input, options) => lookUp(() => broker.chain(input, options)),
    history: (input, options) => lookUp(() => broker.history(input, options)),
    historyPlan: (input, options) => lookUp(() => broker.historyPlan(input, options)),
    news: (input, options) => lookUp(() => broker.news(input, options)),
    article: (input, options) => lookUp(() => broker.article(input, options)),
    scan: (input, options) => lookUp(() => broker.scan(input, options)),
    histogram: (input, options) => lookUp(() => broker.histogram(input, options)),
  };
}

/** Every operation as one caller may use it; `undefined` is a caller without a token, who reaches routes without a scope only. */
export function operationsFor(parts: OperationsForParts, caller: Caller | undefined, origin: string | undefined): DaemonOperations {
  const service = serviceOperations(parts, caller, origin);
  if (caller === undefined) return { ...parts.broker, ...service };
  if (caller.accounts === undefined) return { ...counted(parts.broker, parts.quotas, caller), ...service };
  return accountLimited({ ...counted(parts.broker.limitedTo(caller.accounts), parts.quotas, caller), ...service }, caller, parts.broker);
}
