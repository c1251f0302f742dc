import { TimeZone } from '@ibkit/clock';
import type { Instrument } from '../market/instrument.js';
import type { PricedOption } from '../market/priced-option.js';
import type { PriceHistory } from '../market/price-history.js';
import { mixed } from '../market/price-source.js';
import { ChainFit } from './chain-fit.js';
import { FittedPricing } from './fitted-pricing.js';
import type { OptionUniverse, UniverseContract } from './option-universe.js';
import type { ReplayData } from './replay-data.js';
import { SpotPath } from './spot-path.js';
import { UniverseOption } from './universe-option.js';

const CLOSE_OF_DAY_MS = 16 * 3_600_000;

/** What the options of universes are made from. */
export interface UniverseSourceOptions {
  readonly data: ReplayData;
  readonly seed: number;
  readonly now: () => number;
  /** Yearly, for expiries of which no price says any. */
  readonly volatilityOf: (symbol: string) => number;
  readonly underlyingHistory: (conId: number) => PriceHistory;
}

interface Chain {
  readonly contracts: ReadonlyMap<string, UniverseContract>;
  readonly path: SpotPath;
  readonly fit: ChainFit;
}

function keyOf(expiry: string, strike: number, right: string): string {
  return `${expiry} ${strike} ${right}`;
}

/** Makes the options that universe files list. */
export class UniverseSource {
  readonly #options: UniverseSourceOptions;
  readonly #zone = new TimeZone('America/New_York');
  readonly #expiries = new Map<string, number>();
  readonly #chains = new Map<string, Chain>();

  constructor(options: UniverseSourceOptions) {
    this.#options = options;
    for (const universe of options.data.universes ?? []) this.#addChain(universe);
  }

  /** The option of an instrument; undefined when no universe has it. */
  optionOf(instrument: Instrument): PricedOption | undefined {
    const { symbol, expiry = '', strike = 0, right = '', underConId = 0 } = instrument;
    const chain = this.#chains.get(symbol);
    const contract = chain?.contracts.get(keyOf(expiry, strike, right));
    if (chain === undefined || contract === undefined) return undefined;
    const { path, fit } = chain;
    const seed = mixed(this.#options.seed, instrument.conId);
    const pricing = new FittedPricing({ instrument, expiresAtMs: this.#expiresAtMs(expiry), fit: () => fit.of(contract), openMs: path.openMs, closeMs: path.closeMs, seed });
    const { now, underlyingHistory } = this.#options;
    return new UniverseOption({ instrument, contract, pricing, path, seed, now, underlyingHistory: () => underlyingHistory(underConId) });
  }

  #addChain(universe: OptionUniverse): void {
    const { data, volatilityOf } = this.#options;
    const path = SpotPath.of(data, universe.symbol, universe.date);
    // There are rows for every universe: those of its own line if no others.
    if (path === undefined) return;
    const fit = new ChainFit({ universe, path, expiresAtMs: (expiry) => this.#expiresAtMs(expiry), volatility: volatilityOf(universe.symbol) });
    const contracts = new Map(universe.contracts.map((contract) => [keyOf(contract.expiry, contract.strike, contract.right), contract]));
    this.#chains.set(universe.symbol, { contracts, path, fit });
  }

  #expiresAtMs(expiry: string): number {
    const known = this.#expiries.get(expiry) ?? this.#zone.instantOf(`${expiry.slice(0, 4)}-${expiry.slice(4, 6)}-${expiry.slice(6, 8)}`, CLOSE_OF_DAY_MS);
    this.#expiries.set(expiry, known);
    return known;
  }
}
