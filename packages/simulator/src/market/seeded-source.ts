import type { Clock, Timer } from '@ibkit/clock';
import type { Quote } from './market.js';
import type { EventSink, MovablePriceSource } from './price-source.js';
import type { PriceHistory } from './price-history.js';
import type { PriceWalk } from './price-walk.js';
import { SeededStock } from './seeded-stock.js';
import type { SessionView } from './seeded-stock.js';
import type { StepGrid } from './step-grid.js';

/** How much of a backlog (a stalled process, a jump of the clock) is still delivered event by event: one hour. */
const MOST_STEPS_TOLD = 14_400;

/** A day: timers of the system cannot wait for months. */
const LONGEST_SLEEP_STEPS = 345_600;

/** What a seeded source is made from. */
export interface SeededSourceOptions {
  readonly clock: Clock;
  readonly grid: StepGrid;
  readonly seed: number;
  readonly listings: readonly PriceWalk[];
  /** How each walk is seen: at least once. @defaultValue once, round the clock */
  readonly viewsOf?: ((conId: number) => readonly SessionView[]) | undefined;
  readonly sink: EventSink;
}

/** Random-walk prices for stocks. Nothing runs while nobody watches: prices then advance when they are asked for. */
export class SeededSource implements MovablePriceSource {
  readonly #clock: Clock;
  readonly #grid: StepGrid;
  readonly #sink: EventSink;
  readonly #stocks = new Map<number, SeededStock>();
  /** Every view of a walk. */
  readonly #views = new Map<number, readonly SeededStock[]>();
  readonly #watched = new Set<SeededStock>();
  #timer: Timer | undefined;
  /** When it rings. */
  #wakeStep = 0;
  #started = false;
  #closed = false;

  constructor(options: SeededSourceOptions) {
    this.#clock = options.clock;
    this.#grid = options.grid;
    this.#sink = options.sink;
    const { seed, grid, viewsOf } = options;
    for (const listing of options.listings) {
      const views = viewsOf === undefined ? [new SeededStock(listing, seed, grid)] : viewsOf(listing.conId).map((view) => new SeededStock(listing, seed, grid, view));
      for (const stock of views) this.#stocks.set(stock.conId, stock);
      this.#views.set(listing.conId, views);
    }
  }

  get conIds(): Iterable<number> {
    return this.#stocks.keys();
  }

  quote(conId: number): Quote {
    const stock = this.#stock(conId);
    // A watched stock moves only with the events that tell it, so that nobody sees the future of its own stream.
    if (!this.#watched.has(stock)) stock.advanceTo(this.#grid.now());
    return stock.quote();
  }

  /** The past up to now. */
  history(conId: number): PriceHistory {
    const stock = this.#stock(conId);
    if (!this.#watched.has(stock)) stock.advanceTo(this.#grid.now());
    return stock.history;
  }

  /** The instrument with its path; undefined when it is not one of this source. */
  find(conId: number): SeededStock | undefined {
    return this.#stocks.get(conId);
  }

  settle(beforeMs: number): void {
    this.tellUpTo(this.#grid.before(beforeMs));
  }

  /** Tells what is watched up to a step, that included. */
  tellUpTo(step: number): void {
    if (!this.#started || this.#closed) return;
    for (const stock of this.#watched) {
      stock.advanceTo(step - MOST_STEPS_TOLD);
      stock.advanceTo(step, this.#sink);
    }
  }

  watched(conId: number): void {
    const stock = this.#stock(conId);
    stock.advanceTo(this.#grid.now());
    this.#watched.add(stock);
    // Whoever sleeps until a session begins may have to wake earlier for the new one.
    if (this.#wakeStep > stock.nextOpen(this.#grid.now() + 1)) this.#disarm();
    this.#arm();
  }

  unwatched(conId: number): void {
    this.#watched.delete(this.#stock(conId));
    if (this.#watched.size === 0) this.#disarm();
  }

  start(): void {
    this.#started = true;
    this.#arm();
  }

  setPrice(conId: number, price: number): void {
    // One reading: the steps before the move are told before it, those after it are not.
    const atMs = this.#clock.now();
    for (const stock of this.#views.get(conId) ?? []) {
      stock.advanceTo(this.#grid.at(atMs), this.#watched.has(stock) ? this.#sink : undefined);
      stock.setPrice(price, atMs, this.#sink);
    }
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#watched.clear();
  }

  #stock(conId: number): SeededStock {
    const stock = this.#stocks.get(conId);
    if (stock === undefined) throw new RangeError(`conId must be one of this source, got ${conId}`);
    return stock;
  }

  #arm(): void {
    if (!this.#started || this.#closed || this.#timer !== undefined || this.#watched.size === 0) return;
    this.#wakeStep = this.#nextStep();
    this.#timer = this.#clock.setTimer(this.#grid.delayUntil(this.#wakeStep), () => {
      this.#timer = undefined;
      this.tellUpTo(this.#grid.now());
      this.#arm();
    });
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** The next step at which anything that is watched trades, a day away at most. */
  #nextStep(): number {
    const next = this.#grid.now() + 1;
    let first = next + LONGEST_SLEEP_STEPS;
    for (const stock of this.#watched) {
      first = Math.min(first, stock.nextOpen(next));
      if (first === next) break;
    }
    return first;
  }
}
