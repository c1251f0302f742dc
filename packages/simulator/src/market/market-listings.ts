import type { Timer } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import type { ReplayData } from '../replay/replay-data.js';
import type { StoredPast } from '../replay/stored-past.js';
import type { OptionTerms } from './option-listings.js';
import { SeededStock } from './seeded-stock.js';
import { StepGrid } from './step-grid.js';
import { inventedListing } from './stock-listings.js';
import type { StockListing } from './stock-listings.js';

/** The ids of options have room for so many underlyings. */
const MOST_CHAINS = 10;

/** The first price in the replay's trades or quotes of a symbol; undefined when the files have none. */
function firstPrice(data: ReplayData, symbol: string): number | undefined {
  for (const { columns } of data.files) {
    if (columns.symbol !== symbol) continue;
    const prices = columns.kind === 'trade' ? columns.price : columns.bid;
    const price = prices.find((value) => value > 0);
    if (price !== undefined) return price;
  }
  return undefined;
}

/** The listings with the prices of the replay, and listings for symbols that only the replay knows. */
function listingsWith(known: readonly StockListing[], data: ReplayData | undefined, past: StoredPast | undefined): readonly StockListing[] {
  if (data === undefined) return known;
  const listings = new Map(known.map((listing) => [listing.symbol, listing]));
  for (const symbol of data.symbols) {
    const price = firstPrice(data, symbol) ?? 100;
    const listing = listings.get(symbol);
    listings.set(symbol, listing === undefined ? inventedListing(symbol, price) : { ...listing, referencePrice: price });
  }
  const played = new Set(data.symbols);
  for (const symbol of past?.symbols ?? []) {
    if (played.has(symbol)) continue;
    const price = past?.lastPrice(symbol) ?? 100;
    const listing = listings.get(symbol);
    listings.set(symbol, listing === undefined ? inventedListing(symbol, price) : { ...listing, referencePrice: price });
  }
  for (const { symbol } of data.universes ?? []) {
    const listing = listings.get(symbol);
    if (listing !== undefined) listings.set(symbol, { ...listing, hasOptions: true });
  }
  return [...listings.values()];
}

/** Listings whose seeded prices begin at the last price of their stored past. */
function onGoing(
  listings: readonly StockListing[],
  { past, played, seed, startAtMs }: { readonly past: StoredPast | undefined; readonly played: readonly string[]; readonly seed: number; readonly startAtMs: number },
): readonly StockListing[] {
  const stored = new Set(past?.symbols);
  if (stored.size === 0) return listings;
  const grid = new StepGrid({ now: () => startAtMs, monotonic: () => 0, setTimer: () => NO_TIMER }, startAtMs);
  return listings.map((listing) => {
    const price = stored.has(listing.symbol) && !played.includes(listing.symbol) ? past?.lastPrice(listing.symbol) : undefined;
    if (price === undefined) return listing;
    const begins = new SeededStock(listing, seed, grid).quote().last ?? price;
    return { ...listing, referencePrice: (listing.referencePrice * price) / begins };
  });
}

const NO_TIMER: Timer = { cancel: () => undefined, [Symbol.dispose]: () => undefined };

/** The options that files list, by the symbol of their underlying. */
export function chainsOf(data: ReplayData | undefined): ReadonlyMap<string, readonly OptionTerms[]> {
  return new Map((data?.universes ?? []).map(({ symbol, contracts }) => [symbol, contracts]));
}

/**
 * The stocks of a market: the known ones, and those that only its files know, with the prices that the files have.
 * @throws UsageError when too many of them have options.
 */
export function marketListings(
  known: readonly StockListing[],
  { replay, past, seed, startAtMs }: { readonly replay: ReplayData | undefined; readonly past: StoredPast | undefined; readonly seed: number; readonly startAtMs: number },
): readonly StockListing[] {
  const listings = onGoing(listingsWith(known, replay, past), { past, played: replay?.symbols ?? [], seed, startAtMs });
  if (listings.filter(({ hasOptions }) => hasOptions).length > MOST_CHAINS) {
    throw new UsageError({ field: 'replay', rule: `must have option universes of fewer symbols: at most ${MOST_CHAINS} stocks have options, those of the simulator and of instruments included` });
  }
  return listings;
}
