import type { ContractQuery, Instrument, InstrumentUniverse } from '../market/instrument.js';
import type { Quote } from '../market/market.js';
import type { Refusal } from './refusal.js';

/** A leg as a client writes it; the names are those of the wire. */
export interface ComboLegTicket {
  readonly conId?: number | undefined;
  readonly ratio?: number | undefined;
  readonly action?: string | undefined;
  readonly exchange?: string | undefined;
}

/** What an order is for: a contract, and for a combination (`secType` BAG) its legs. */
export interface OrderContract extends ContractQuery {
  readonly comboLegs?: readonly ComboLegTicket[] | undefined;
}

/** Something that orders and executions are about: an instrument, or a combination of several. */
export interface Product extends Omit<Instrument, 'secType'> {
  readonly secType: Instrument['secType'] | 'BAG';
}

/** A leg of a combination. */
export interface ComboLeg {
  readonly instrument: Instrument;
  /** Units for each combination, 1 or more. */
  readonly ratio: number;
  /** What buying the combination does with the leg. */
  readonly action: 'BUY' | 'SELL';
  readonly exchange: string;
}

/** A combination that can be traded. */
export interface Combo {
  readonly instrument: Product;
  readonly legs: readonly ComboLeg[];
}

/** TWS: the contract id of every combination in USD. */
const USD_COMBO_CON_ID = 28_812_380;
const MOST_LEGS = 8;

function legOf(ticket: ComboLegTicket, place: number, universe: InstrumentUniverse): ComboLeg | Refusal {
  const { conId = 0, ratio = 0, exchange = '' } = ticket;
  const action = ticket.action?.toUpperCase();
  const instrument = universe.byConId(conId);
  const wrong = (what: string): Refusal => ({ code: 313, message: `The combo details for leg ${place} are invalid: ${what}` });
  if (instrument === undefined) return wrong(`there is no contract ${conId}.`);
  if (!Number.isInteger(ratio) || ratio < 1) return wrong(`the ratio must be a whole number from 1, not ${ratio}.`);
  if (action !== 'BUY' && action !== 'SELL') return wrong(`the action must be BUY or SELL, not ${ticket.action ?? 'nothing'}.`);
  if (exchange !== '' && !instrument.validExchanges.includes(exchange.toUpperCase())) return wrong(`it does not trade at ${exchange}.`);
  return { instrument, ratio, action, exchange: exchange === '' ? 'SMART' : exchange.toUpperCase() };
}

function wrongCombo(what: string): Refusal {
  return { code: 312, message: `The combo details are invalid: ${what}` };
}

/** The combination that a BAG contract means, or what is wrong with it. */
export function resolveCombo(contract: OrderContract, universe: InstrumentUniverse): Combo | Refusal {
  const tickets = contract.comboLegs ?? [];
  if (tickets.length === 0) return { code: 314, message: "Security type 'BAG' requires combo leg details." };
  if (tickets.length < 2 || tickets.length > MOST_LEGS) return wrongCombo(`a combination has 2 to ${MOST_LEGS} legs, not ${tickets.length}.`);
  const legs: ComboLeg[] = [];
  for (const [index, ticket] of tickets.entries()) {
    const leg = legOf(ticket, index + 1, universe);
    if ('message' in leg) return leg;
    if (legs.some(({ instrument }) => instrument.conId === leg.instrument.conId)) return wrongCombo(`contract ${leg.instrument.conId} is in it twice.`);
    legs.push(leg);
  }
  if (legs.some(({ instrument, exchange }) => instrument.secType === 'STK' && exchange !== 'SMART')) {
    return { code: 315, message: 'Stock combo legs are restricted to SMART order routing.' };
  }
  const symbol = contract.symbol ?? '';
  const [first] = legs;
  const name = symbol === '' ? (first?.instrument.symbol ?? '') : symbol.toUpperCase();
  return { instrument: comboProduct(name, legs), legs };
}

function comboProduct(symbol: string, legs: readonly ComboLeg[]): Product {
  const multiplier = Math.max(...legs.map(({ instrument }) => instrument.multiplier ?? 1));
  return {
    conId: USD_COMBO_CON_ID,
    symbol,
    secType: 'BAG',
    currency: 'USD',
    exchange: 'SMART',
    primaryExch: '',
    validExchanges: ['SMART'],
    localSymbol: symbol,
    tradingClass: 'COMB',
    marketName: 'COMB',
    longName: `${symbol} combination`,
    industry: '',
    category: '',
    subcategory: '',
    minTick: 0.01,
    timeZoneId: 'US/Eastern',
    multiplier: multiplier === 1 ? undefined : multiplier,
  };
}

/** What one unit of a leg's price is worth in the combination's price, which is quoted for one unit of the largest multiplier: stock in a covered call counts by its shares. */
function weightOf({ ratio, action, instrument }: ComboLeg, product: Product): number {
  const units = (ratio * (instrument.multiplier ?? 1)) / (product.multiplier ?? 1);
  return action === 'BUY' ? units : -units;
}

function opposite(action: 'BUY' | 'SELL'): 'BUY' | 'SELL' {
  return action === 'BUY' ? 'SELL' : 'BUY';
}

/** What an order does with a leg. */
export function legAction(orderAction: 'BUY' | 'SELL', leg: ComboLeg): 'BUY' | 'SELL' {
  return orderAction === 'BUY' ? leg.action : opposite(leg.action);
}

interface Offer {
  readonly price: number | undefined;
  readonly size: number | undefined;
}

/** What taking one unit from the market costs: the ask to buy, the bid to sell. */
function taken(action: 'BUY' | 'SELL', quote: Quote): Offer {
  return action === 'BUY' ? { price: quote.ask, size: quote.askSize } : { price: quote.bid, size: quote.bidSize };
}

function rounded(price: number): number {
  return Number(price.toFixed(8));
}

function side(orderAction: 'BUY' | 'SELL', { instrument: product, legs }: Combo, quoteOf: (conId: number) => Quote): Offer {
  let price = 0;
  let size: number | undefined;
  for (const leg of legs) {
    const offered = taken(legAction(orderAction, leg), quoteOf(leg.instrument.conId));
    if (offered.price === undefined) return { price: undefined, size: undefined };
    price += weightOf(leg, product) * offered.price;
    if (offered.size !== undefined) size = Math.min(size ?? Infinity, Math.floor(offered.size / leg.ratio));
  }
  return { price: rounded(price), size };
}

/** The market of a combination, from those of its legs: what buying and selling it at once would give. */
export function comboQuote(combo: Combo, quoteOf: (conId: number) => Quote): Quote {
  const ask = side('BUY', combo, quoteOf);
  const bid = side('SELL', combo, quoteOf);
  return { bid: bid.price, ask: ask.price, bidSize: bid.size, askSize: ask.size };
}

/**
 * The prices of the legs in a fill at `netPrice`: those that the market shows, and on the dearest leg what the fill is better than that, so that the legs
 * always add up to the net price.
 */
export function legPrices(orderAction: 'BUY' | 'SELL', combo: Combo, netPrice: number, quoteOf: (conId: number) => Quote): readonly number[] {
  const prices = combo.legs.map((leg) => taken(legAction(orderAction, leg), quoteOf(leg.instrument.conId)).price ?? 0);
  const net = combo.legs.reduce((sum, leg, place) => sum + weightOf(leg, combo.instrument) * (prices[place] ?? 0), 0);
  const dearest = prices.indexOf(Math.max(...prices));
  const leg = combo.legs[dearest];
  if (leg === undefined) return prices;
  const correction = (netPrice - net) / weightOf(leg, combo.instrument);
  return prices.map((price, place) => (place === dearest ? rounded(price + correction) : price));
}

/** The legs in words, as TWS prints them: `265598|1,756733|-2`. */
export function describeLegs(legs: readonly ComboLeg[]): string {
  return legs.map(({ instrument, ratio, action }) => `${instrument.conId}|${action === 'BUY' ? ratio : -ratio}`).join(',');
}
