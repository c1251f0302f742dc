import type { Clock, Timer } from '@ibkit/clock';
import { asError } from '@ibkit/error-codes';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import type { LinkWatch } from '../streams/link-watch.js';
import type { TickStream } from '../streams/tick-stream.js';
import type { GapTick, TradeTick } from '../ticks/tick-by-tick.js';
import type { BarBuilder } from './bars-of.js';
import type { TickBarItem } from './tick-bar.js';

/** Where a {@link LiveTickBars} gets its trades, and where it delivers. */
export interface LiveTickBarsOptions {
  readonly contract: ResolvedContract;
  readonly clock: Clock;
  readonly link: LinkWatch;
  readonly trades: TickStream<TradeTick | GapTick>;
  readonly builder: (emit: (item: TickBarItem) => void, signal: AbortSignal) => BarBuilder;
  readonly sink: { push(item: TickBarItem): void; end(error?: Error): void };
  /** How long after its end a bar waits for a trade behind it, in milliseconds. */
  readonly closeAfterMs: number;
}

/** So much too late a timer is moved: stamps of whole seconds are up to one second behind. */
const HURRY_MS = 1000;

/** Makes bars from one tick-by-tick stream as the trades come. */
export class LiveTickBars {
  readonly #options: LiveTickBarsOptions;
  readonly #stop = new AbortController();
  readonly #builder: BarBuilder;
  /** The last trade, by its own time and by our clock: tells what time it is where the trades are stamped. */
  #last: { readonly time: number; readonly heardAtMs: number } | undefined;
  #dueMs: number | undefined;
  #timer: Timer | undefined;
  #firesAtMs = 0;
  /** Whether there was an outage since the last word of the stream: the hole that it made is told with the next data. */
  #doubtful = false;
  readonly #offLink: () => void;

  constructor(options: LiveTickBarsOptions) {
    this.#options = options;
    this.#builder = options.builder((item) => {
      options.sink.push(item);
    }, this.#stop.signal);
    this.#offLink = options.link.on((change) => {
      if (change.type !== 'farmDown') this.#doubtful = true;
    });
    void this.#run();
  }

  /** Ends it. Resolves once the broker was told. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#offLink();
    this.#timer?.cancel();
    await this.#options.trades.close();
  }

  async #run(): Promise<void> {
    const { trades, sink } = this.#options;
    try {
      for await (const tick of trades) this.#add(tick);
    } catch (error) {
      // What was seen of the open bar is given out, as what it is; then the reason.
      this.#builder.finish();
      this.#offLink();
      sink.end(asError(error));
    }
    this.#timer?.cancel();
  }

  #add(tick: TradeTick | GapTick): void {
    if (tick.type === 'trade') this.#last = { time: tick.time, heardAtMs: this.#options.clock.monotonic() };
    this.#doubtful = false;
    this.#builder.add(tick);
    if (this.#stop.signal.aborted) return;
    const { dueMs } = this.#builder;
    if (dueMs !== this.#dueMs || this.#timer === undefined) {
      this.#dueMs = dueMs;
      this.#timer?.cancel();
      if (dueMs !== undefined) this.#wait(dueMs);
    } else if (dueMs !== undefined && this.#firesAtMs - this.#delayTo(dueMs) > this.#options.clock.monotonic() + HURRY_MS) {
      // The market's clock runs ahead of ours.
      this.#timer.cancel();
      this.#wait(dueMs);
    }
  }

  #delayTo(dueMs: number): number {
    return Math.max(1, dueMs + this.#options.closeAfterMs - this.#now());
  }

  #wait(dueMs: number): void {
    const { clock } = this.#options;
    const delayMs = this.#delayTo(dueMs);
    this.#firesAtMs = clock.monotonic() + delayMs;
    this.#timer = clock.setTimer(delayMs, () => { this.#onDue(dueMs); }, { keepAlive: false });
  }

  #onDue(dueMs: number): void {
    const { closeAfterMs } = this.#options;
    this.#timer = undefined;
    // Trades of the bar may be missing; it waits for the word that says so.
    if (this.#doubtful) return;
    if (this.#now() < dueMs + closeAfterMs) {
      this.#wait(dueMs);
    } else {
      this.#builder.advance(dueMs);
      this.#dueMs = this.#builder.dueMs;
      if (this.#dueMs !== undefined) this.#wait(this.#dueMs);
    }
  }

  /** The time of the market: our clock since the last trade. It may run at another speed than the market's. */
  #now(): number {
    const { clock } = this.#options;
    return this.#last === undefined ? Number.NEGATIVE_INFINITY : this.#last.time + (clock.monotonic() - this.#last.heardAtMs);
  }
}
