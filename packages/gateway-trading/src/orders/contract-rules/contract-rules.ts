import { withDeadline } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { ContractError, TimeoutError } from '@ibkit/error-codes';
import type { TradableContract } from '../contract.js';
import { isMultipleOf } from '../decimal.js';
import { stageRequest } from '../order-request.js';
import type { LooseOrderRequest, StagedRequest } from '../order-request.js';
import { fail } from '../terms/invalid-field.js';
import type { MarketRules } from './market-rules.js';
import { neighbours, stepAt } from './price-grid.js';
import type { PriceBand } from './price-grid.js';

/** What a look-up adds to a contract. `ResolvedContract` of `@ibkit/market-data` satisfies it. */
export type ContractFacts = Pick<TradableContract, 'conId' | 'minTick' | 'minSize' | 'sizeIncrement' | 'validExchanges' | 'marketRuleIds' | 'lastTradeDate'>;

/** Finds the one contract that a description means. `MarketData` of `@ibkit/market-data` satisfies it. */
export interface ContractSource {
  resolve(contract: TradableContract, options: { readonly signal?: AbortSignal | undefined }): Promise<ContractFacts>;
}

/** What {@link ContractRules} are made from. */
export interface ContractRulesOptions {
  readonly clock: Clock;
  readonly rules: MarketRules;
  readonly source: ContractSource | undefined;
}

/** How long a look-up may hold an order up, milliseconds. */
const LOOK_UP_TIMEOUT_MS = 3_000;

const PRICES = ['limitPrice', 'stopPrice', 'triggerPrice'] as const;

/**
 * Holds orders against what the broker knows about their contract: which one it is, its price steps, its sizes, its last day. A contract that
 * was resolved brings this along; any other one is resolved first where there is somebody to ask.
 */
export class ContractRules {
  readonly #options: ContractRulesOptions;

  constructor(options: ContractRulesOptions) {
    this.#options = options;
  }

  /**
   * The request with what is known about its contract; `undefined`, at once, when there is nothing to ask.
   * @param nowMs the time at the broker
   * @throws (in the promise) {@link UsageError} `IBKR_ORDER_INVALID`, the errors of the look-up, the signal's reason.
   */
  check(request: LooseOrderRequest, staged: StagedRequest, { nowMs, signal }: { readonly nowMs: number; readonly signal?: AbortSignal | undefined }): Promise<StagedRequest> | undefined {
    const { contract } = request;
    // The rules of a combination are not those of any contract.
    if (contract.secType === 'BAG') return undefined;
    const { source } = this.#options;
    const resolving = isKnown(contract) || source === undefined ? undefined : source.resolve(contract, { signal });
    if (resolving !== undefined) return this.#resolved(request, { resolving, nowMs, signal });
    return hasPrice(staged) && ruleIdOf(contract) !== undefined ? this.#onGrid(staged, contract, signal) : undefined;
  }

  async #resolved(request: LooseOrderRequest, { resolving, nowMs, signal }: { readonly resolving: Promise<ContractFacts>; readonly nowMs: number; readonly signal?: AbortSignal | undefined }): Promise<StagedRequest> {
    const facts = await this.#factsOf(resolving, signal);
    if (facts === undefined) return stageRequest(request, nowMs);
    const { conId, minTick, minSize, sizeIncrement, validExchanges, marketRuleIds, lastTradeDate } = facts;
    const { contract } = request;
    const date = contract.lastTradeDate ?? contract.lastTradeDateOrContractMonth;
    const whole = {
      ...contract,
      conId, validExchanges, marketRuleIds,
      minTick: contract.minTick ?? minTick,
      minSize: contract.minSize ?? minSize,
      sizeIncrement: contract.sizeIncrement ?? sizeIncrement,
      ...(date === undefined ? { lastTradeDate } : {}),
    }; // prettier-ignore
    const checked = stageRequest({ ...request, contract: whole }, nowMs);
    return hasPrice(checked) && ruleIdOf(whole) !== undefined ? this.#onGrid(checked, whole, signal) : checked;
  }

  /** What the look-up found. One that is slow or fails holds nothing up: the broker reads the same description; that it fits nothing, or several, does. */
  async #factsOf(resolving: Promise<ContractFacts>, signal: AbortSignal | undefined): Promise<ContractFacts | undefined> {
    try {
      return await withDeadline(this.#options.clock, LOOK_UP_TIMEOUT_MS, resolving, { signal, timeoutError: () => new TimeoutError({ message: 'The contract was not found in time' }) });
    } catch (error) {
      if (signal?.aborted === true || error instanceof ContractError) throw error;
      return undefined;
    }
  }

  async #onGrid(staged: StagedRequest, contract: TradableContract, signal: AbortSignal | undefined): Promise<StagedRequest> {
    const id = ruleIdOf(contract);
    const bands = id === undefined ? undefined : await this.#options.rules.bands(id);
    signal?.throwIfAborted();
    if (bands !== undefined) checkPrices(staged, bands, contract.exchange);
    return staged;
  }
}

function isKnown({ conId, minTick }: TradableContract): boolean {
  return conId !== undefined && conId > 0 && minTick !== undefined;
}

function hasPrice(staged: StagedRequest): boolean {
  return PRICES.some((field) => staged[field] !== undefined);
}

/** The rule of the exchange that the order goes to (TWS API: contract details, one rule per valid exchange). */
function ruleIdOf({ exchange, validExchanges = [], marketRuleIds = [] }: TradableContract): number | undefined {
  const place = validExchanges.indexOf(exchange);
  return marketRuleIds[place === -1 && new Set(marketRuleIds).size === 1 ? 0 : place];
}

function checkPrices(staged: StagedRequest, bands: readonly PriceBand[], exchange: string): void {
  for (const field of PRICES) {
    const price = staged[field];
    const step = price === undefined ? undefined : stepAt(bands, price);
    if (price === undefined || step === undefined || isMultipleOf(price, step)) continue;
    const { below, above } = neighbours(price, step);
    fail(field, `must be a multiple of ${step}, the price step at ${exchange} there: ${below} or ${above}`, Number(price));
  }
}
