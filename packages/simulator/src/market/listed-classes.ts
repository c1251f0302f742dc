import type { Instrument } from './instrument.js';
import type { Listed } from './list-instruments.js';
import { MOST_CLASSES, futureClass, indexClasses, quarterlyFutureClasses } from './option-classes.js';
import type { OptionClass } from './option-classes.js';
import type { PriceWalk } from './price-walk.js';

/** Classes of the built-in chains: SPXW and SPX, ES and its weekly ones. */
const SPX_PLACE = 0;
const ES_PLACE = 2;
const FIRST_FREE_PLACE = 4;

/** The price that strikes are centred on, and the volatility: of a walk its own, of anything else what follows from the walk that it follows. */
function startOf({ instrument, price }: Listed, walks: ReadonlyMap<number, PriceWalk>, startAtMs: number): { readonly price: number; readonly volatility: number } | undefined {
  if (price.kind === 'walk') return { price: price.walk.referencePrice, volatility: price.walk.volatility };
  const parent = walks.get(price.rule.parentConId);
  const value = parent === undefined ? undefined : price.rule.value(parent.referencePrice, startAtMs);
  if (parent === undefined || value === undefined) return undefined;
  // How much it moves for a small move of what it follows.
  const moved = price.rule.value(parent.referencePrice * 1.001, startAtMs) ?? value;
  return { price: instrument.minTick * Math.round(value / instrument.minTick), volatility: (parent.volatility * Math.abs(moved / value - 1)) / 0.001 };
}

/** The option classes on indexes and futures, with the volatility of what they are on. */
export interface ListedClasses {
  readonly classes: readonly OptionClass[];
  /** By the conId of the underlying, per year. */
  readonly volatilities: ReadonlyMap<number, number>;
}

/** The options on SPX and ES, and on every index and future that asks for a chain. */
export function listClasses(listed: readonly Listed[], walks: ReadonlyMap<number, PriceWalk>, startAtMs: number): ListedClasses {
  const classes: OptionClass[] = [];
  const volatilities = new Map<number, number>();
  const starts = (one: Listed | undefined): { readonly price: number; readonly volatility: number } | undefined => (one === undefined ? undefined : startOf(one, walks, startAtMs));
  const isOf = (symbol: string, secType: Instrument['secType']) => ({ instrument }: Listed): boolean => instrument.symbol === symbol && instrument.secType === secType;
  const index = listed.find(isOf('SPX', 'IND'));
  const indexStart = starts(index);
  if (index !== undefined && indexStart !== undefined) {
    classes.push(...indexClasses(index.instrument, indexStart.price, startAtMs, { weekly: 'SPXW', monthly: 'SPX' }, SPX_PLACE));
    volatilities.set(index.instrument.conId, indexStart.volatility);
  }
  const months = listed.filter(isOf('ES', 'FUT'));
  const futureStart = starts(months[0]);
  if (futureStart !== undefined) {
    classes.push(...quarterlyFutureClasses(months.map(({ instrument }) => instrument), futureStart.price, startAtMs, ES_PLACE));
    for (const { instrument } of months) volatilities.set(instrument.conId, futureStart.volatility);
  }
  let place = FIRST_FREE_PLACE;
  for (const one of listed) {
    const start = one.hasOptions ? starts(one) : undefined;
    const { instrument } = one;
    if (start === undefined || volatilities.has(instrument.conId) || place >= MOST_CLASSES) continue;
    const isFuture = instrument.secType === 'FUT';
    classes.push(...(isFuture ? [futureClass(instrument, start.price, startAtMs, place)] : indexClasses(instrument, start.price, startAtMs, { weekly: instrument.symbol }, place)));
    volatilities.set(instrument.conId, start.volatility);
    place += 1;
  }
  return { classes, volatilities };
}
