import { TimeZone } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import type { DerivedRule } from './derived-source.js';
import { futureLocalSymbol } from './future-months.js';
import type { Instrument, SecurityType } from './instrument.js';
import type { FollowRule, InstrumentSpec } from './instrument-spec.js';
import type { PriceWalk, Shows } from './price-walk.js';
import { inventedListing } from './stock-listings.js';
import type { StockListing } from './stock-listings.js';
import { TickScale } from './tick-scale.js';

type SpecType = InstrumentSpec['secType'];

/** What a kind of instrument is like unless its spec says otherwise. */
interface Defaults {
  readonly exchange: string;
  readonly minTick: number;
  readonly lot: number;
  readonly sizeIncrement: number;
  readonly shows: Shows;
  readonly volatility: number;
  readonly multiplier?: number | undefined;
}

const DEFAULTS: Readonly<Record<SpecType, Defaults>> = {
  STK: { exchange: 'SMART', minTick: 0.01, lot: 100, sizeIncrement: 1, shows: 'all', volatility: 0.25 },
  IND: { exchange: 'CBOE', minTick: 0.01, lot: 1, sizeIncrement: 1, shows: 'trades', volatility: 0.25 },
  FUT: { exchange: 'CME', minTick: 0.01, lot: 1, sizeIncrement: 1, shows: 'all', volatility: 0.25 },
  CASH: { exchange: 'IDEALPRO', minTick: 0.00005, lot: 100_000, sizeIncrement: 1, shows: 'quotes', volatility: 0.08 },
  CRYPTO: { exchange: 'PAXOS', minTick: 0.01, lot: 0.1, sizeIncrement: 0.00000001, shows: 'all', volatility: 0.6 },
  // A price of 98.5 is 985 for one bond of 1000.
  BOND: { exchange: 'SMART', minTick: 0.001, lot: 10, sizeIncrement: 1, shows: 'all', volatility: 0.05, multiplier: 10 },
  CFD: { exchange: 'SMART', minTick: 0.01, lot: 100, sizeIncrement: 1, shows: 'all', volatility: 0.25 },
};

/** Kinds whose contracts are paired with a currency in their local symbol. */
const PAIRED: ReadonlySet<SecurityType> = new Set<SecurityType>(['CASH', 'CRYPTO']);
const FIRST_INVENTED_CON_ID = 540_000_000;
const INVENTED_CON_IDS = 1 << 24;
const YEAR_MS = 365 * 86_400_000;
const MINUTE_MS = 60_000;
const NEW_YORK = 'America/New_York';

/** A listed instrument and where its price comes from. */
export interface Listed {
  readonly instrument: Instrument;
  /** Whether it has an option chain. */
  readonly hasOptions: boolean;
  readonly price: { readonly kind: 'walk'; readonly walk: PriceWalk } | { readonly kind: 'derived'; readonly rule: DerivedRule };
}

function inventedConId(key: string): number {
  let hash = 0x811c9dc5;
  for (const character of key) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return FIRST_INVENTED_CON_ID + ((hash >>> 0) % INVENTED_CON_IDS);
}

function localSymbolOf({ localSymbol, secType, symbol, currency = 'USD', expiry = '', contractMonth }: InstrumentSpec): string {
  if (localSymbol !== undefined) return localSymbol;
  if (PAIRED.has(secType)) return `${symbol}.${currency}`;
  return secType === 'FUT' ? futureLocalSymbol(symbol, contractMonth ?? expiry.slice(0, 6)) : symbol;
}

function zoneOf({ timeZoneId, secType, exchange = 'CME' }: InstrumentSpec): string {
  return timeZoneId ?? (secType === 'FUT' && exchange === 'CME' ? 'US/Central' : 'US/Eastern');
}

/** The instrument that a spec describes (not of a stock: those are listings). */
function instrumentOf(spec: InstrumentSpec): Instrument {
  const { symbol, secType, currency = 'USD', expiry, follows, bond } = spec;
  const d = DEFAULTS[secType];
  const localSymbol = localSymbolOf(spec);
  const exchange = spec.exchange ?? d.exchange;
  const tradingClass = spec.tradingClass ?? (secType === 'CASH' ? localSymbol : symbol);
  return {
    conId: spec.conId ?? inventedConId(`${secType} ${symbol} ${currency} ${expiry ?? ''} ${bond?.cusip ?? ''}`),
    symbol,
    secType,
    currency,
    exchange,
    primaryExch: spec.primaryExch ?? '',
    validExchanges: exchange === 'SMART' || secType === 'IND' ? [exchange] : [exchange, ...(secType === 'FUT' ? ['QBALGO'] : [])],
    localSymbol,
    tradingClass,
    marketName: tradingClass,
    longName: spec.longName ?? localSymbol,
    industry: spec.industry ?? '',
    category: spec.category ?? '',
    subcategory: spec.subcategory ?? '',
    minTick: spec.minTick ?? d.minTick,
    timeZoneId: zoneOf(spec),
    multiplier: spec.multiplier ?? d.multiplier,
    expiry,
    contractMonth: secType === 'FUT' ? (spec.contractMonth ?? expiry?.slice(0, 6)) : undefined,
    underConId: secType === 'CFD' ? follows?.conId : spec.underConId,
    sizeIncrement: spec.sizeIncrement ?? d.sizeIncrement,
    bond,
  };
}

/** The end of a contract's last trading day (17:00 New York), epoch milliseconds. */
function endOf(expiry: string): number {
  return new TimeZone(NEW_YORK).instantOf(`${expiry.slice(0, 4)}-${expiry.slice(4, 6)}-${expiry.slice(6, 8)}`, 17 * 3_600_000);
}

function ruleOf(instrument: Instrument, spec: InstrumentSpec, follows: FollowRule): DerivedRule {
  const { conId, ratio, power = 1, carry = 0 } = follows;
  const shows = spec.shows ?? DEFAULTS[spec.secType].shows;
  const endMs = instrument.expiry === undefined ? undefined : endOf(instrument.expiry);
  return {
    conId: instrument.conId,
    parentConId: conId,
    value: (price, atMs) => {
      if (endMs === undefined) return ratio * price ** power;
      // Time is counted in whole minutes, so that a bar of a minute is exactly the bar of its ticks.
      const leftMs = endMs - Math.floor(atMs / MINUTE_MS) * MINUTE_MS;
      return atMs > endMs ? undefined : ratio * price ** power * Math.exp((carry * leftMs) / YEAR_MS);
    },
    falls: power < 0,
    scale: new TickScale(instrument.minTick),
    sizeFactor: shows === 'trades' ? 0 : (spec.lot ?? 1),
    exchange: instrument.exchange === 'SMART' ? 'ARCA' : instrument.exchange,
  };
}

function walkOf(instrument: Instrument, spec: InstrumentSpec): PriceWalk {
  const d = DEFAULTS[spec.secType];
  return {
    conId: instrument.conId,
    symbol: instrument.localSymbol,
    primaryExch: instrument.exchange,
    otherExchanges: [],
    referencePrice: spec.price ?? 100,
    volatility: spec.volatility ?? d.volatility,
    minTick: instrument.minTick,
    lot: spec.lot ?? d.lot,
    shows: spec.shows ?? d.shows,
  };
}

/** The instruments that specs other than those of stocks describe. The specs have been checked. */
export function listInstruments(specs: readonly InstrumentSpec[]): readonly Listed[] {
  return specs
    .filter(({ secType }) => secType !== 'STK')
    .map((spec) => {
      const instrument = instrumentOf(spec);
      const { follows } = spec;
      const price =
        follows === undefined ? ({ kind: 'walk', walk: walkOf(instrument, spec) } as const) : ({ kind: 'derived', rule: ruleOf(instrument, spec, follows) } as const);
      return { instrument, price, hasOptions: spec.options === true };
    });
}

/** The listings with the stocks of the specs: new ones, and new terms for known symbols. */
export function listStocks(listings: readonly StockListing[], specs: readonly InstrumentSpec[]): readonly StockListing[] {
  const bySymbol = new Map(listings.map((listing) => [listing.symbol, listing]));
  for (const spec of specs) {
    if (spec.secType !== 'STK') continue;
    const known = bySymbol.get(spec.symbol) ?? inventedListing(spec.symbol, spec.price ?? 100);
    bySymbol.set(spec.symbol, {
      ...known,
      conId: spec.conId ?? known.conId,
      longName: spec.longName ?? known.longName,
      primaryExch: spec.primaryExch ?? known.primaryExch,
      stockType: spec.stockType ?? known.stockType,
      industry: spec.industry ?? known.industry,
      category: spec.category ?? known.category,
      subcategory: spec.subcategory ?? known.subcategory,
      referencePrice: spec.price ?? known.referencePrice,
      volatility: spec.volatility ?? known.volatility,
      hasOptions: spec.options ?? known.hasOptions,
      currency: spec.currency,
      minTick: spec.minTick,
      lot: spec.lot,
      timeZoneId: spec.timeZoneId,
    });
  }
  return [...bySymbol.values()];
}

/** @throws UsageError when two instruments of the market would have one id, or when one follows something without a price of its own. */
export function checkListing(stocks: readonly StockListing[], hidden: readonly PriceWalk[], listed: readonly Listed[]): void {
  const walks = new Set([...stocks, ...hidden].map(({ conId }) => conId));
  const ids = new Set(walks);
  if (ids.size < stocks.length + hidden.length) throw new UsageError({ field: 'instruments', rule: 'must not give two stocks one conId' });
  for (const { instrument, price } of listed) {
    const { conId } = instrument;
    if (ids.has(conId)) throw new UsageError({ field: 'instruments.conId', value: conId, rule: 'must be unique: another instrument has it' });
    ids.add(conId);
    if (price.kind === 'walk') walks.add(conId);
  }
  for (const { price } of listed) {
    if (price.kind === 'derived' && !walks.has(price.rule.parentConId)) {
      throw new UsageError({ field: 'instruments.follows.conId', value: price.rule.parentConId, rule: 'must be the conId of an instrument with a price of its own' });
    }
  }
}
