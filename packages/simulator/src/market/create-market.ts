import { createScaledClock } from '@ibkit/clock';
import type { ScaledClock } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import { ReplaySource } from '../replay/replay-source.js';
import { StoredPast } from '../replay/stored-past.js';
import { UniverseSource } from '../replay/universe-source.js';
import type { SessionMode } from './instrument-days.js';
import type { Instrument, InstrumentUniverse } from './instrument.js';
import { listClasses } from './listed-classes.js';
import type { Market, MarketEvent, MarketListener, MarketOptions, OptionBasis, OptionGiven, OptionModel, Quote } from './market.js';
import { builtinSpecs, OIL_SPOT } from './builtin-specs.js';
import { checkSpecs } from './check-specs.js';
import { DelayedClock } from './delayed-clock.js';
import { DerivedSource } from './derived-source.js';
import { checkListing, listInstruments, listStocks } from './list-instruments.js';
import { OptionSource } from './option-source.js';
import { OptionUnderlying } from './option-underlying.js';
import { chainsOf, marketListings } from './market-listings.js';
import { PastOfFiles } from './past-of-files.js';
import { historyUntil } from './price-history.js';
import { PriceMoves } from './price-moves.js';
import type { PriceHistory } from './price-history.js';
import type { MovablePriceSource, PriceSource } from './price-source.js';
import type { PriceWalk } from './price-walk.js';
import { SeededSource } from './seeded-source.js';
import { calendarOf } from './session-hours.js';
import { SessionViews } from './session-views.js';
import { StepGrid } from './step-grid.js';
import { STOCK_LISTINGS } from './stock-listings.js';
import { createUniverse } from './universe.js';

const DEFAULT_VOLATILITY = 0.25;
class SimulatedMarket implements Market {
  readonly clock: ScaledClock;
  readonly universe: InstrumentUniverse;
  readonly sessions: SessionMode;
  readonly #sources = new Map<number, PriceSource>();
  readonly #movable = new Map<number, MovablePriceSource>();
  /** By the name under which a price can be set: the symbol of a stock, the local symbol of anything else that has a price of its own. */
  readonly #movableIds = new Map<string, number>();
  readonly #options: OptionSource;
  readonly #views: SessionViews;
  readonly #replayed: ReadonlySet<number>;
  readonly #distinctSources: readonly PriceSource[];
  readonly #listeners = new Map<number, Set<MarketListener>>();
  /** What is halted, with what is left of its quote. */
  readonly #halts = new Map<number, Quote>();
  /** When the halts began. */
  readonly #haltedMs = new Map<number, number>();
  readonly #made: MarketOptions;
  readonly #startAtMs: number;
  /** What of the past files of bars have. */
  readonly #past: PastOfFiles | undefined;
  readonly #moves: PriceMoves;
  #delayed: { readonly delayMs: number; readonly clock: DelayedClock; readonly market: SimulatedMarket } | undefined;
  #started = false;
  #held: boolean;
  #closed = false;
  /** How many listeners are being called, one within the other. */
  #telling = 0;

  constructor(options: MarketOptions, original?: { readonly clock: DelayedClock; readonly universe: InstrumentUniverse; readonly leadMs: number }) {
    this.#made = options;
    const { base, seed = 1, speed = 1, paused = false, replay, sessions = 'always' } = options;
    if (!Number.isInteger(seed)) throw new UsageError({ field: 'seed', value: seed, rule: 'must be a whole number' });
    if (!Number.isFinite(speed) || speed <= 0) throw new UsageError({ field: 'speed', value: speed, rule: 'must be a number above 0' });
    const startAtMs = options.startAtMs ?? replay?.startAtMs ?? base.now();
    if (!Number.isFinite(startAtMs)) throw new UsageError({ field: 'startAtMs', value: startAtMs, rule: 'must be epoch milliseconds' });
    this.#startAtMs = startAtMs;
    this.sessions = sessions;
    this.#held = replay !== undefined && replay.files.length > 0 && original === undefined && !paused;
    this.clock = original?.clock ?? createScaledClock(base, { startAtMs, speed, paused: paused || this.#held });
    const specs = checkSpecs(options.instruments ?? []);
    const past = replay?.bars === undefined || replay.bars.length === 0 ? undefined : new StoredPast(replay, startAtMs);
    const listings = marketListings(listStocks(STOCK_LISTINGS, specs), { replay, past, seed, startAtMs });
    const others = listInstruments([...builtinSpecs(listings, startAtMs), ...specs]);
    const walks = others.flatMap(({ price }) => (price.kind === 'walk' ? [price.walk] : []));
    checkListing(listings, [OIL_SPOT], others);
    const walksById = new Map([OIL_SPOT, ...walks, ...listings].map((walk) => [walk.conId, walk]));
    const { classes, volatilities } = listClasses(others, walksById, startAtMs);
    this.universe = original?.universe ?? createUniverse({ listings, startAtMs, chains: chainsOf(replay), classes, others: others.map(({ instrument }) => instrument) });
    for (const { symbol, conId } of [OIL_SPOT, ...walks, ...listings]) this.#movableIds.set(symbol, conId);
    const replaySymbols = new Set(replay?.symbols);
    const conIds = new Map(listings.map((listing) => [listing.symbol, listing.conId]));
    this.#replayed = new Set([...replaySymbols].map((symbol) => conIds.get(symbol) ?? 0));

    this.#past = past === undefined ? undefined : new PastOfFiles(past, { conIdOf: (symbol) => conIds.get(symbol) ?? 0, startAtMs });
    const { clock } = this;
    this.#moves = new PriceMoves(clock);
    const calendars = new Map(others.map(({ instrument }) => [instrument.conId, calendarOf(instrument)]));
    const walked = [...listings.filter(({ symbol }) => !replaySymbols.has(symbol)), OIL_SPOT, ...walks];
    const stockIds = new Set(listings.map(({ conId }) => conId));
    const views = new SessionViews(
      sessions,
      walked.map(({ conId, shows = 'all' }: PriceWalk) => ({ conId, shows, calendar: stockIds.has(conId) ? 'usStock' : (calendars.get(conId) ?? 'usFuture') })),
    );
    this.#views = views;
    const followed = new Map(others.flatMap(({ instrument, price }) => (price.kind === 'derived' ? [[instrument.conId, price.rule] as const] : [])));
    const rules = others.flatMap(({ instrument }) => {
      const rule = followed.get(instrument.conId);
      return rule === undefined ? [] : [{ ...rule, parentConId: views.view(rule.parentConId, calendarOf(instrument), rule.sizeFactor > 0) }];
    });
    // Options are priced off the walk that their underlying is, or follows.
    const priceIdOf = (option: Instrument): number => views.view(followed.get(option.underConId ?? 0)?.parentConId ?? option.underConId ?? 0, calendarOf(option));
    const listedOptions = [...listings, ...others.map(({ instrument }) => instrument)].flatMap(({ conId }) => this.universe.optionsOn(conId));
    for (const option of listedOptions) priceIdOf(option);
    const underlyings = new Map<string, OptionUnderlying>();
    const grid = new StepGrid(clock, startAtMs, original?.leadMs);
    const sink = (event: MarketEvent): void => {
      this.#dispatch(event);
    };
    const seeded = new SeededSource({ clock, grid, seed, sink, listings: walked, viewsOf: (conId) => views.viewsOf(conId) });
    this.#addMovable(seeded);
    const sources: PriceSource[] = [seeded];
    if (replay !== undefined) {
      const source = new ReplaySource({ clock, startMs: startAtMs, data: replay, conIdOf: (symbol) => conIds.get(symbol) ?? 0, sink, onEnd: options.onReplayEnd });
      this.#addMovable(source);
      sources.push(source);
    }
    const derived = new DerivedSource({
      rules,
      sink,
      now: () => clock.now(),
      parentQuote: (conId) => this.quote(conId),
      parentHistory: (conId) => this.history(conId),
      watchParent: (conId, listener) => this.watch(conId, listener),
    });
    for (const conId of derived.conIds) this.#sources.set(conId, derived);
    sources.push(derived);
    const universes =
      replay === undefined
        ? undefined
        : new UniverseSource({
            data: replay,
            seed,
            now: () => clock.now(),
            volatilityOf: (symbol) => listings.find((listing) => listing.symbol === symbol)?.volatility ?? DEFAULT_VOLATILITY,
            underlyingHistory: (conId) => this.history(conId),
          });
    this.#options = new OptionSource({
      clock,
      grid,
      seed,
      sink,
      options: listedOptions.map((instrument) => {
        const { underConId = 0 } = instrument;
        return { instrument, volatility: volatilities.get(underConId) ?? walksById.get(underConId)?.volatility ?? DEFAULT_VOLATILITY };
      }),
      underlyingQuote: (option) => this.quote(seeded.find(priceIdOf(option)) === undefined ? (option.underConId ?? 0) : priceIdOf(option)),
      underlyingOf: (option) => {
        const { underConId = 0 } = option;
        const id = priceIdOf(option);
        const key = `${underConId} ${id}`;
        const stock = seeded.find(id);
        if (!underlyings.has(key) && stock !== undefined) underlyings.set(key, new OptionUnderlying(stock, followed.get(underConId)));
        return underlyings.get(key);
      },
      settleUnderlyings: (step) => {
        seeded.tellUpTo(step);
      },
      listed: (instrument) => universes?.optionOf(instrument),
    });
    for (const conId of this.#options.conIds) this.#sources.set(conId, this.#options);
    this.#distinctSources = [...sources, this.#options];
  }

  delayed(delayMs: number): Market {
    if (delayMs <= 0) return this;
    if (this.#delayed?.delayMs === delayMs) return this.#delayed.market;
    if (this.#delayed !== undefined) throw new UsageError({ field: 'delayMs', value: delayMs, rule: `must be ${this.#delayed.delayMs}, as before` });
    const clock = new DelayedClock(this.clock, delayMs);
    const options = { ...this.#made, startAtMs: this.#startAtMs, onReplayEnd: undefined };
    const market = new SimulatedMarket(options, { clock, universe: this.universe, leadMs: delayMs });
    this.#delayed = { delayMs, clock, market };
    this.#moves.repeatOn({ clock, setPrice: (conId, price) => market.#movable.get(conId)?.setPrice(conId, price) });
    if (this.#started) market.start();
    return market;
  }

  get held(): boolean {
    return this.#held;
  }

  isReplayed(conId: number): boolean {
    return this.#replayed.has(conId);
  }

  release(): void {
    if (!this.#held) return;
    this.#held = false;
    this.clock.resume();
  }

  quote(conId: number): Quote {
    const halted = this.#halts.get(conId);
    if (halted !== undefined) return halted;
    const quote = this.#sourceOf(conId).quote(conId);
    const close = this.#past?.closeAt(conId, this.clock.now());
    return close === undefined ? quote : { ...quote, close };
  }

  history(conId: number): PriceHistory {
    const own = this.#sourceOf(conId).history(conId);
    const history = this.#past?.historyOf(conId, own) ?? own;
    const haltedMs = this.#haltedMs.get(conId);
    return haltedMs === undefined ? history : historyUntil(history, haltedMs);
  }

  mark(conId: number): number | undefined {
    const { bid, ask, last, close } = this.quote(conId);
    if (bid !== undefined && ask !== undefined) return last === undefined ? (bid + ask) / 2 : Math.min(ask, Math.max(bid, last));
    return last ?? bid ?? close;
  }

  optionAt(conId: number, given: OptionGiven): OptionModel | undefined {
    return this.#sourceOf(conId) === this.#options ? this.#options.modelAt(conId, given) : undefined;
  }

  optionModel(conId: number, basis: OptionBasis): OptionModel | undefined {
    return this.#sourceOf(conId) === this.#options ? this.#options.model(conId, basis) : undefined;
  }

  watch(conId: number, listener: MarketListener): () => void {
    const source = this.#sourceOf(conId);
    if (this.#closed) return () => undefined;
    // Wrapped, so that the same function may watch twice.
    const watcher: MarketListener = (event) => {
      listener(event);
    };
    const listeners = this.#listeners.get(conId) ?? new Set<MarketListener>();
    this.#listeners.set(conId, listeners);
    listeners.add(watcher);
    if (listeners.size === 1) source.watched(conId);
    return () => {
      if (listeners.delete(watcher) && listeners.size === 0 && !this.#closed) source.unwatched(conId);
    };
  }

  settle(beforeMs: number): void {
    // From within an event nothing is told: its source is on its way already.
    if (this.#held || this.#closed || this.#telling > 0) return;
    for (const source of this.#distinctSources) source.settle(beforeMs);
  }

  start(): void {
    this.#started = true;
    this.#delayed?.market.start();
    for (const source of this.#distinctSources) source.start();
  }

  movable(symbol: string): number | undefined {
    const name = symbol.toUpperCase();
    return this.#movableIds.get(name) ?? this.#movableIds.get(this.universe.find({ localSymbol: name })[0]?.symbol ?? '');
  }

  setPrice(symbol: string, price: number): void {
    const { conId, source } = this.#stock(symbol);
    if (!Number.isFinite(price) || price <= 0) throw new UsageError({ field: 'price', value: price, rule: 'must be a number above 0' });
    this.#move(source, conId, price);
  }

  gap(symbol: string, percent: number): number {
    const { conId, source } = this.#stock(symbol);
    const { bid, ask, last, close } = source.quote(conId);
    const before = last ?? (bid !== undefined && ask !== undefined ? (bid + ask) / 2 : close);
    if (before === undefined) throw new UsageError({ field: 'symbol', value: symbol, rule: 'must have a price before it can jump from it' });
    // The source rounds to the tick of its instrument; only the dust of the multiplication goes here.
    const price = Number((before * (1 + percent / 100)).toPrecision(12));
    if (!Number.isFinite(percent) || price <= 0) throw new UsageError({ field: 'percent', value: percent, rule: 'must be a number that leaves a price above 0' });
    this.#move(source, conId, price);
    return price;
  }

  halt(symbol: string): void {
    const { conId } = this.#stock(symbol);
    if (this.#halts.has(conId)) return;
    const atMs = this.clock.now();
    this.settle(atMs);
    const stopped = [conId, ...this.#views.othersOf(conId), ...this.#optionsOn(conId).map((option) => option.conId)];
    const nobody = { bid: undefined, ask: undefined, bidSize: undefined, askSize: undefined };
    const quotes = stopped.map((id) => ({ ...this.quote(id), ...nobody }));
    stopped.forEach((id, index) => {
      this.#halts.set(id, quotes[index] ?? {});
      this.#haltedMs.set(id, atMs + 1);
      this.#tell({ kind: 'quote', conId: id, atMs, ...nobody });
    });
  }

  resume(symbol: string): void {
    const { conId } = this.#stock(symbol);
    if (!this.#halts.has(conId)) return;
    const atMs = this.clock.now();
    // What is due since before belongs to the halt.
    this.settle(atMs);
    const stopped = [conId, ...this.#views.othersOf(conId), ...this.#optionsOn(conId).map((option) => option.conId)];
    for (const id of stopped) {
      this.#halts.delete(id);
      this.#haltedMs.delete(id);
    }
    for (const id of stopped) {
      if (!this.#listeners.has(id)) continue;
      const { bid, ask, bidSize, askSize } = this.quote(id);
      this.#tell({ kind: 'quote', conId: id, atMs, bid, ask, bidSize, askSize });
    }
  }

  halted(conId: number): boolean {
    return this.#halts.has(conId);
  }

  close(): void {
    this.#closed = true;
    this.#moves.close();
    this.#delayed?.market.close();
    for (const source of this.#distinctSources) source.close();
    this.#listeners.clear();
    this.clock.close();
  }

  #move(source: MovablePriceSource, conId: number, price: number): void {
    const atMs = this.clock.now();
    source.setPrice(conId, price);
    this.#moves.add({ atMs, conId, price });
  }

  #addMovable(source: MovablePriceSource): void {
    for (const conId of source.conIds) {
      this.#sources.set(conId, source);
      this.#movable.set(conId, source);
    }
  }

  #stock(symbol: string): { readonly conId: number; readonly source: MovablePriceSource } {
    const conId = this.movable(symbol);
    const source = conId === undefined ? undefined : this.#movable.get(conId);
    if (conId === undefined || source === undefined) {
      throw new UsageError({ field: 'symbol', value: symbol, rule: 'must be the symbol of a stock that the simulator lists, or the local symbol of something else with a price of its own' });
    }
    return { conId, source };
  }

  #optionsOn(conId: number): readonly Instrument[] {
    return this.universe.optionsOn(conId);
  }

  #sourceOf(conId: number): PriceSource {
    const source = this.#sources.get(conId);
    if (source === undefined) throw new UsageError({ field: 'conId', value: conId, rule: 'must be the id of an instrument that the simulator lists' });
    return source;
  }

  /** What happens in a source; nothing of it is seen during a halt. */
  #dispatch(event: MarketEvent): void {
    if (!this.#halts.has(event.conId)) this.#tell(event);
  }

  #tell(event: MarketEvent): void {
    const listeners = this.#listeners.get(event.conId);
    if (listeners === undefined) return;
    this.#telling += 1;
    try {
      for (const listener of listeners) listener(event);
    } finally {
      this.#telling -= 1;
    }
  }
}

/**
 * Makes a market: seeded prices for every listed stock, files for the replayed ones, and options priced off both. Call `start()` to let it move.
 * With a replay the clock is paused at its start until `release()`.
 * @throws UsageError for options out of range.
 */
export function createMarket(options: MarketOptions): Market {
  return new SimulatedMarket(options);
}
