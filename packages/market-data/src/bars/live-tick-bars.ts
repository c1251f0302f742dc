import type { Clock, Timer } from '@ibkit/clock';
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

/** Makes bars from one tick-by-tick stream as the trades come. */
export class LiveTickBars {
  readonly #options: LiveTickBarsOptions;
  readonly #stop = new AbortController();
  readonly #builder: BarBuilder;
  /** The last trade, by its own time and by our clock: tells what time it is where the trades are stamped. */
  #last: { readonly time: number; readonly heardAtMs: number } | undefined;
  #dueMs: number | undefined;
  #timer: Timer | undefined;

  constructor(options: LiveTickBarsOptions) {
    this.#options = options;
    this.#builder = options.builder((item) => {
      options.sink.push(item);
    }, this.#stop.signal);
    void this.#run();
  }

  /** Ends it. Resolves once the broker was told. */
  async close(): Promise<void> {
    this.#stop.abort();
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
      sink.end(error instanceof Error ? error : new Error(String(error), { cause: error }));
    }
    this.#timer?.cancel();
  }

  #add(tick: TradeTick | GapTick): void {
    if (tick.type === 'trade') this.#last = { time: tick.time, heardAtMs: this.#options.clock.monotonic() };
    this.#builder.add(tick);
    if (this.#builder.dueMs === this.#dueMs || this.#stop.signal.aborted) return;
    this.#dueMs = this.#builder.dueMs;
    this.#timer?.cancel();
    if (this.#dueMs !== undefined) this.#wait(this.#dueMs);
  }

  #wait(dueMs: number): void {
    const { clock, closeAfterMs } = this.#options;
    this.#timer = clock.setTimer(Math.max(1, dueMs + closeAfterMs - this.#now()), () => { this.#onDue(dueMs); }, { keepAlive: false });
  }

  #onDue(dueMs: number): void {
    const { link, clock, closeAfterMs } = this.#options;
    if (link.status !== 'up') {
      // Trades of the bar may be missing: the hole will say so when data flows again.
      this.#timer = clock.setTimer(closeAfterMs, () => { this.#onDue(dueMs); }, { keepAlive: false });
    } else if (this.#now() < dueMs + closeAfterMs) {
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
