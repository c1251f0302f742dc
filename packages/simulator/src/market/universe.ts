import { isOption } from './instrument.js';
import type { ContractQuery, Instrument, InstrumentUniverse, OptionChain, SecurityType, SymbolMatch } from './instrument.js';
import { classChains, classContracts } from './option-classes.js';
import type { OptionClass } from './option-classes.js';
import { OPTION_EXCHANGES, OPTION_MULTIPLIER, expirationsAfter, gridOf, listedContracts, optionContracts, strikesAround } from './option-listings.js';
import type { OptionGrid, OptionTerms } from './option-listings.js';
import type { StockListing } from './stock-listings.js';

/** Exchanges that a stock may be routed to, `SMART` first. */
const STOCK_EXCHANGES = [
  'SMART', 'AMEX', 'NYSE', 'NASDAQ', 'ISLAND', 'ARCA', 'BATS', 'BYX', 'DRCTEDGE', 'EDGEA', 'BEX', 'PSX', 'CHX', 'IEX', 'MEMX', 'LTSE', 'PEARL', 'NSX',
] as const; // prettier-ignore

const MOST_MATCHES = 16;

/** What to list. */
export interface UniverseOptions {
  /** The stocks and funds; their reference prices centre the strikes. */
  readonly listings: readonly StockListing[];
  /** When the market starts, epoch milliseconds: the option expiries follow it. */
  readonly startAtMs: number;
  /** The options on an underlying, by its symbol, where they are known one by one. @defaultValue none: expiries and strikes are invented */
  readonly chains?: ReadonlyMap<string, readonly OptionTerms[]> | undefined;
  /** The options on indexes and futures, class by class. @defaultValue none */
  readonly classes?: readonly OptionClass[] | undefined;
  /** Everything else that is listed, ready made. @defaultValue none */
  readonly others?: readonly Instrument[] | undefined;
}

/** What a query asks of an option or a stock, cleaned of the many ways to say "nothing". */
interface Wanted {
  readonly symbol: string;
  readonly secType: string;
  readonly expiry: string;
  readonly strike: number;
  readonly right: string;
  readonly multiplier: number;
  readonly exchange: string;
  readonly primaryExch: string;
  readonly currency: string;
  readonly localSymbol: string;
  readonly tradingClass: string;
}

function clean(text: string | undefined): string {
  return (text ?? '').trim().toUpperCase();
}

function cleanRight(text: string | undefined): string {
  const right = clean(text);
  if (right === 'CALL') return 'C';
  if (right === 'PUT') return 'P';
  return right === '0' || right === '?' ? '' : right;
}

/** One space for the padding of OCC symbols, which people often shorten. */
function cleanLocalSymbol(text: string | undefined): string {
  return clean(text).replaceAll(/\s+/g, ' ');
}

/** TWS: `ISLAND` and `NASDAQ` name the same exchange. */
function sameExchange(a: string, b: string): boolean {
  const canonical = (name: string): string => (name === 'ISLAND' ? 'NASDAQ' : name);
  return canonical(a) === canonical(b);
}

function wantedOf(query: ContractQuery): Wanted {
  return {
    symbol: clean(query.symbol),
    secType: clean(query.secType),
    expiry: clean(query.lastTradeDateOrContractMonth).slice(0, 8).trim(),
    strike: query.strike ?? 0,
    right: cleanRight(query.right),
    multiplier: Number(query.multiplier ?? 0) || 0,
    exchange: clean(query.exchange),
    primaryExch: clean(query.primaryExch),
    currency: clean(query.currency),
    localSymbol: cleanLocalSymbol(query.localSymbol),
    tradingClass: clean(query.tradingClass),
  };
}

function tradesAt(instrument: Instrument, exchange: string): boolean {
  return exchange === '' || instrument.validExchanges.includes(exchange);
}

/** A date means the day, a month the contract month: that of an oil future is the one after its last day. */
function expires({ expiry = '', contractMonth }: Instrument, wanted: string): boolean {
  return wanted.length === 6 && contractMonth !== undefined ? contractMonth === wanted : expiry.startsWith(wanted);
}

function fits(instrument: Instrument, wanted: Wanted): boolean {
  if (wanted.secType !== '' && wanted.secType !== instrument.secType) return false;
  if (wanted.symbol !== '' && wanted.symbol !== instrument.symbol && wanted.symbol !== instrument.bond?.cusip) return false;
  if (wanted.localSymbol !== '' && wanted.localSymbol !== cleanLocalSymbol(instrument.localSymbol)) return false;
  if (wanted.currency !== '' && wanted.currency !== instrument.currency) return false;
  if (wanted.tradingClass !== '' && wanted.tradingClass !== instrument.tradingClass) return false;
  if (!tradesAt(instrument, wanted.exchange)) return false;
  if (instrument.secType === 'STK') return wanted.primaryExch === '' || sameExchange(wanted.primaryExch, instrument.primaryExch);
  if (wanted.expiry !== '' && !expires(instrument, wanted.expiry)) return false;
  if (wanted.strike > 0 && wanted.strike !== instrument.strike) return false;
  if (wanted.right !== '' && wanted.right !== instrument.right) return false;
  return wanted.multiplier === 0 || wanted.multiplier === instrument.multiplier;
}

function stockInstrument(listing: StockListing): Instrument {
  return {
    conId: listing.conId,
    symbol: listing.symbol,
    secType: 'STK',
    currency: listing.currency ?? 'USD',
    exchange: 'SMART',
    primaryExch: listing.primaryExch,
    validExchanges: STOCK_EXCHANGES.some((name) => name === listing.primaryExch) ? STOCK_EXCHANGES : [...STOCK_EXCHANGES, listing.primaryExch],
    localSymbol: listing.symbol,
    tradingClass: listing.primaryExch === 'NASDAQ' ? 'NMS' : listing.symbol,
    marketName: listing.primaryExch === 'NASDAQ' ? 'NMS' : listing.symbol,
    longName: listing.longName,
    industry: listing.industry,
    category: listing.category,
    subcategory: listing.subcategory,
    stockType: listing.stockType,
    minTick: listing.minTick ?? 0.01,
    timeZoneId: listing.timeZoneId ?? 'US/Eastern',
  };
}

function bySymbol(a: Instrument, b: Instrument): number {
  return a.symbol < b.symbol ? -1 : 1;
}

function addTo<Key>(index: Map<Key, Instrument[]>, key: Key, instrument: Instrument): void {
  const known = index.get(key);
  if (known === undefined) index.set(key, [instrument]);
  else known.push(instrument);
}

class Universe implements InstrumentUniverse {
  readonly underlyings: readonly Instrument[];
  readonly listed: readonly Instrument[];
  readonly #byConId = new Map<number, Instrument>();
  readonly #bySymbol = new Map<string, Instrument[]>();
  /** Options whose class is not called like their symbol. */
  readonly #byClass = new Map<string, Instrument[]>();
  /** Of everything but options on stocks and indexes. */
  readonly #byLocalSymbol = new Map<string, Instrument[]>();
  readonly #grids = new Map<number, OptionGrid>();
  /** Options by their underlying. */
  readonly #options = new Map<number, Instrument[]>();
  readonly #classes = new Map<number, OptionClass[]>();

  constructor(options: UniverseOptions) {
    const expirations = expirationsAfter(options.startAtMs);
    this.underlyings = options.listings.map(stockInstrument).sort(bySymbol);
    this.listed = [...this.underlyings, ...(options.others ?? [])];
    for (const instrument of this.listed) this.#add(instrument);
    let place = 0;
    for (const listing of options.listings) {
      const underlying = this.#byConId.get(listing.conId);
      if (!listing.hasOptions || underlying === undefined) continue;
      const listed = options.chains?.get(listing.symbol);
      const grid = listed === undefined ? { expirations, strikes: strikesAround(listing.referencePrice) } : gridOf(listed);
      this.#grids.set(listing.conId, grid);
      for (const contract of listed === undefined ? optionContracts(underlying, grid, place) : listedContracts(underlying, listed, place)) this.#add(contract);
      place += 1;
    }
    for (const optionClass of options.classes ?? []) {
      const { conId } = optionClass.underlying;
      this.#classes.set(conId, [...(this.#classes.get(conId) ?? []), optionClass]);
      for (const contract of classContracts(optionClass)) this.#add(contract);
    }
  }

  optionsOn(underConId: number): readonly Instrument[] {
    return this.#options.get(underConId) ?? [];
  }

  byConId(conId: number): Instrument | undefined {
    return this.#byConId.get(conId);
  }

  find(query: ContractQuery): readonly Instrument[] {
    const wanted = wantedOf(query);
    if (query.conId !== undefined && query.conId > 0) {
      const instrument = this.#byConId.get(query.conId);
      return instrument !== undefined && tradesAt(instrument, wanted.exchange) ? [instrument] : [];
    }
    if (wanted.localSymbol === '' && (wanted.symbol === '' || wanted.secType === '')) return [];
    if (wanted.symbol !== '') return (this.#bySymbol.get(wanted.symbol) ?? []).filter((instrument) => fits(instrument, wanted));
    // The first word of an option's local symbol is its symbol or its class; of anything else the whole is looked up.
    const [word = ''] = wanted.localSymbol.split(' ');
    const known = this.#byLocalSymbol.get(wanted.localSymbol) ?? [...(this.#bySymbol.get(word) ?? []), ...(this.#byClass.get(word) ?? [])];
    return known.filter((instrument) => fits(instrument, wanted));
  }

  matching(pattern: string): readonly SymbolMatch[] {
    const text = clean(pattern);
    if (text === '') return [];
    const named = [...this.underlyings, ...this.#oneOfEach];
    const exact = named.filter(({ symbol }) => symbol === text);
    const starts = named.filter(({ symbol, longName }) => symbol !== text && (symbol.startsWith(text) || longName.startsWith(text)));
    const inside = named.filter(
      ({ symbol, longName }) => !symbol.startsWith(text) && !longName.startsWith(text) && longName.split(/[^A-Z0-9]+/).some((word) => word.startsWith(text)),
    );
    return [...exact, ...starts, ...inside].slice(0, MOST_MATCHES).map((instrument) => ({
      instrument,
      derivativeSecTypes: this.#derivativesOf(instrument),
    }));
  }

  optionChains(underConId: number): readonly OptionChain[] {
    const grid = this.#grids.get(underConId);
    const underlying = this.#byConId.get(underConId);
    if (grid === undefined || underlying === undefined) return classChains(this.#classes.get(underConId) ?? []);
    return OPTION_EXCHANGES.map((exchange) => ({ underConId, exchange, tradingClass: underlying.symbol, multiplier: OPTION_MULTIPLIER, ...grid }));
  }

  /** Futures are found by the search through their underlying or, where it is not listed, through the first of them; CFDs through their underlying. */
  get #oneOfEach(): readonly Instrument[] {
    const seen = new Set<string>();
    return this.listed.filter(({ secType, symbol, underConId }) => {
      if (secType === 'STK' || secType === 'CFD' || (secType === 'FUT' && underConId !== undefined)) return false;
      const key = secType === 'FUT' ? `${secType} ${symbol}` : '';
      if (key !== '' && seen.has(key)) return false;
      seen.add(key);
      return true;
    });
  }

  #derivativesOf({ conId }: Instrument): readonly SecurityType[] {
    const types = new Set((this.#options.get(conId) ?? []).slice(0, 1).map(({ secType }) => secType));
    for (const { underConId, secType } of this.listed) if (underConId === conId) types.add(secType);
    return [...types];
  }

  #add(instrument: Instrument): void {
    this.#byConId.set(instrument.conId, instrument);
    addTo(this.#bySymbol, instrument.symbol, instrument);
    const { underConId, tradingClass, symbol } = instrument;
    if (isOption(instrument) && underConId !== undefined) addTo(this.#options, underConId, instrument);
    if (instrument.secType !== 'OPT') addTo(this.#byLocalSymbol, cleanLocalSymbol(instrument.localSymbol), instrument);
    else if (tradingClass !== symbol) addTo(this.#byClass, tradingClass, instrument);
    if (instrument.bond !== undefined) addTo(this.#bySymbol, instrument.bond.cusip, instrument);
  }
}

/** Lists the stocks and funds with the options on them. */
export function createUniverse(options: UniverseOptions): InstrumentUniverse {
  return new Universe(options);
}
