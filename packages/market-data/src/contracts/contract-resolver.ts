import { setMaxListeners } from 'node:events';
import { abortReason } from '@ibkit/clock';
import { MarketDataError, isIbkrError } from '@ibkit/error-codes';
import { ContractCache } from './contract-cache.js';
import { ambiguousContract, expiredContract, unknownContract } from './contract-error.js';
import type { ContractSuggestion } from './contract-error.js';
import { endedIn, isExpired } from './contract-expiry.js';
import type { ContractStore } from './contract-store.js';
import { futuresYear, shortForm } from './futures-code.js';
import type { FuturesCodeParts } from './futures-code.js';
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
  /** Keeps answers between runs. */
  readonly store?: ContractStore | undefined;
  /** Told what is wrong with the store. */
  readonly onProblem?: ((error: MarketDataError) => void) | undefined;
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
    const { connection, ttlMs, capacity, store, onProblem } = options;
    this.#cache = new ContractCache({ clock: connection.clock, marketNow: () => this.#marketNow(), ttlMs, capacity, store, onProblem });
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
    const loading = this.#cache.loading();
    if (loading !== undefined) {
      await loading;
      signal?.throwIfAborted();
      const kept = this.peek(query);
      if (kept !== undefined) return kept;
    }
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

  /** Ends running look-ups and forgets all answers. Resolves once what is to be kept for the next run is. */
  async close(): Promise<void> {
    this.#stop.abort(closedError());
    await this.#cache.close();
  }

  #marketNow(): number {
    return this.#connection.serverNow?.() ?? this.#connection.clock.now();
  }

  async #lookUp(query: NormalizedQuery, key: string): Promise<ResolvedContract> {
    if (this.#stop.signal.aborted) throw abortReason(this.#stop.signal);
    const rows = await this.#found(query);
    const [first, ...others] = rows;
    if (first === undefined) throw unknownContract(describeQuery(query), { suggestions: await this.#suggestions(query) });
    if (others.length > 0) throw ambiguousContract(describeQuery(query), rows);
    if (!query.includeExpired && isExpired(first, this.#marketNow())) throw expiredContract(first.localSymbol, first.lastTradeDate ?? '');
    this.#cache.set(key, first, query.includeExpired);
    return first;
  }

  /** What fits, or fits the other way in which a future can be named. */
  async #found(query: NormalizedQuery): Promise<readonly ResolvedContract[]> {
    try {
      return distinct(await this.#rows(query), query);
    } catch (error) {
      const { future } = query;
      if (future === undefined || !isIbkrError(error) || error.code !== 'IBKR_CONTRACT_NOT_FOUND') throw error;
      const other = otherName(query, future, this.#marketNow());
      return distinct(await this.#rows(other), other);
    }
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
      const ended = query.includeExpired ? undefined : endedIn(query.contract, this.#marketNow());
      if (ended !== undefined) throw expiredContract(describeQuery(query), ended, error);
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

/** Exchanges have their own local symbols, and the broker its own names of products (`EUR` for 6E): a future is found by one of both. */
function otherName(query: NormalizedQuery, future: FuturesCodeParts, nowMs: number): NormalizedQuery {
  const year = futuresYear(future, nowMs);
  const lastTradeDate = `${year}${String(future.month).padStart(2, '0')}`;
  const byName = query.contract.localSymbol === undefined ? { localSymbol: shortForm({ ...future, year }) } : { symbol: future.root };
  return normalizeQuery({ ...byName, secType: 'FUT', lastTradeDate, includeExpired: query.includeExpired });
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
