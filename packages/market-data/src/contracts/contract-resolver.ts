import { setMaxListeners } from 'node:events';
import { abortReason } from '@ibkit/clock';
import { MarketDataError, isIbkrError } from '@ibkit/error-codes';
import { ContractCache } from './contract-cache.js';
import { ambiguousContract, unknownContract } from './contract-error.js';
import type { ContractSuggestion } from './contract-error.js';
import type { MarketDataConnection } from '../connection-port.js';
import { describeQuery, normalizeQuery, queryKey } from './contract-query.js';
import type { ContractQuery, NormalizedQuery } from './contract-query.js';
import { isResolved, lineKey, resolvedFrom } from './resolved-contract.js';
import type { ContractDetailsRow, ResolvedContract } from './resolved-contract.js';
import { SymbolSearch } from './symbol-search.js';

/** What a {@link ContractResolver} is made of. */
export interface ContractResolverOptions {
  readonly connection: MarketDataConnection;
  /** How long an answer is reused, in milliseconds. */
  readonly ttlMs: number;
  /** How many answers are kept. */
  readonly capacity: number;
  /** How long the broker may take for one look-up, in milliseconds. */
  readonly timeoutMs: number;
}

/** TWS API: no security definition, or more than one where one is needed. */
const NOT_FOUND = 200;

/** Suggestions are a courtesy: they may not make a failed look-up take much longer. */
const SUGGESTION_TIMEOUT_MS = 3000;

/** Finds the one contract that a question means, and remembers it. */
export class ContractResolver {
  readonly #connection: MarketDataConnection;
  readonly #timeoutMs: number;
  readonly #cache: ContractCache;
  readonly #search: SymbolSearch;
  readonly #running = new Map<string, Promise<ResolvedContract>>();
  readonly #stop = new AbortController();

  constructor(options: ContractResolverOptions) {
    // Every look-up listens to it; that is no leak to be warned of.
    setMaxListeners(0, this.#stop.signal);
    this.#connection = options.connection;
    this.#timeoutMs = options.timeoutMs;
    this.#cache = new ContractCache({ clock: options.connection.clock, ttlMs: options.ttlMs, capacity: options.capacity });
    this.#search = new SymbolSearch({ connection: options.connection, timeoutMs: SUGGESTION_TIMEOUT_MS });
  }

  /** The contract for a question, if that needs no look-up. */
  peek(query: string | ContractQuery | ResolvedContract): ResolvedContract | undefined {
    if (typeof query !== 'string' && isResolved(query)) return query;
    return this.#cache.get(queryKey(normalizeQuery(query)));
  }

  /**
   * The contract for a question; identical questions that are asked at the same time share one request.
   * @throws UsageError, ContractError, TimeoutError, ConnectionError, or the signal's reason.
   */
  async resolve(query: string | ContractQuery | ResolvedContract, signal?: AbortSignal): Promise<ResolvedContract> {
    signal?.throwIfAborted();
    const known = this.peek(query);
    if (known !== undefined) return known;
    const normalized = normalizeQuery(query);
    const key = queryKey(normalized);
    let running = this.#running.get(key);
    if (running === undefined) {
      running = this.#lookUp(normalized, key).finally(() => {
        this.#running.delete(key);
      });
      this.#running.set(key, running);
    }
    // One caller that gives up must not take the answer from the others.
    return signal === undefined ? running : unlessAborted(running, signal);
  }

  /** Ends running look-ups and forgets all answers. */
  close(): void {
    this.#stop.abort(closedError());
    this.#cache.clear();
  }

  async #lookUp(query: NormalizedQuery, key: string): Promise<ResolvedContract> {
    if (this.#stop.signal.aborted) throw abortReason(this.#stop.signal);
    const rows = distinct(await this.#rows(query), query);
    const [first, ...others] = rows;
    if (first === undefined) throw unknownContract(describeQuery(query), { suggestions: await this.#suggestions(query) });
    if (others.length > 0) throw ambiguousContract(describeQuery(query), rows);
    this.#cache.set(key, first);
    return first;
  }

  async #rows(query: NormalizedQuery): Promise<readonly ContractDetailsRow[]> {
    const rows: ContractDetailsRow[] = [];
    try {
      return await this.#connection.request<readonly ContractDetailsRow[]>({
        name: `contract details for ${describeQuery(query)}`,
        build: (reqId) => ({
          type: 'reqContractDetails',
          reqId,
          contract: query.contract,
          includeExpired: query.includeExpired,
          secIdType: query.secIdType,
          secId: query.secId,
        }),
        receive: (message, reply) => {
          if (message.type === 'contractDetails' || message.type === 'bondContractDetails') rows.push(message.details);
          else if (message.type === 'contractDetailsEnd') reply.resolve(rows);
        },
        timeoutMs: this.#timeoutMs,
        signal: this.#stop.signal,
      });
    } catch (error) {
      // TWS API: "none" comes as error 200 and without the end message.
      if (!isIbkrError(error) || error.brokerCode !== NOT_FOUND) throw error;
      throw unknownContract(describeQuery(query), { suggestions: await this.#suggestions(query), cause: error });
    }
  }

  async #suggestions(query: NormalizedQuery): Promise<readonly ContractSuggestion[]> {
    const { symbol, secType } = query.contract;
    if (symbol === undefined || (secType !== undefined && secType !== 'STK')) return [];
    try {
      return await this.#search.find(symbol, this.#stop.signal);
    } catch {
      // The answer is "unknown contract" with or without suggestions; how the courtesy failed would only hide it.
      return [];
    }
  }
}

/** One row per contract and route: TWS answers once per exchange when the question names none. */
function distinct(rows: readonly ContractDetailsRow[], query: NormalizedQuery): readonly ResolvedContract[] {
  const found = new Map<string, ResolvedContract>();
  for (const row of rows) {
    const contract = resolvedFrom(row, query.contract.exchange);
    // Without a named exchange every row of one contract means the same contract; the first is routed to SMART where that exists.
    const key = query.contract.exchange === undefined ? String(contract.conId) : lineKey(contract);
    if (!found.has(key)) found.set(key, contract);
  }
  return [...found.values()];
}

function closedError(): MarketDataError {
  return new MarketDataError({ code: 'IBKR_MARKET_DATA_CLOSED', message: 'The market data object was closed' });
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(abortReason(signal));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', onAbort);
    });
  });
}
