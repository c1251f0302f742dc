import { sleep } from '@ibkit/clock';
import { RateLimitError, isIbkrError } from '@ibkit/error-codes';
import type { LineBudget, LineLease, TakeLineOptions } from '@ibkit/rate-limiter';
import { LineShare } from './acceptance/line-share.js';
import type { LineWants } from './line-machine.js';
import type { LineReader } from './line-readers.js';
import { QuoteLine } from './quote-line.js';
import type { QuoteLineDeps, SharedQuoteLineDeps } from './quote-line.js';
import { TurnQueue } from '../streams/turn-queue.js';
import { lineKey } from '../contracts/resolved-contract.js';
import type { ResolvedContract } from '../contracts/resolved-contract.js';

/** What counts the lines that the broker allows: a `LineBudget` of `@ibkit/rate-limiter`. */
export type LineCounting = Pick<LineBudget, 'take'>;

/** The code with which a line ends that somebody more important needed. */
export const LINE_TAKEN_BACK = 'IBKR_RATE_LINE_TAKEN_BACK';

/** How often somebody who waits for a line looks whether one is free. */
const LOOK_EVERY_MS = 250;

/** TWS API: max number of tickers reached. */
const TOO_MANY_LINES = 101;

/** The open lines: one per contract and route, however many read it. */
export class LineRegistry {
  readonly #deps: SharedQuoteLineDeps;
  readonly #budget: LineCounting | undefined;
  readonly #lines = new Map<string, QuoteLine>();

  constructor(deps: QuoteLineDeps, budget?: LineCounting) {
    this.#deps = { ...deps, turns: new TurnQueue(deps.clock) };
    this.#budget = budget;
  }

  /** How many lines are open at the broker, those that linger included. */
  get size(): number {
    return this.#lines.size;
  }

  /** The open line of a contract. */
  find(contract: ResolvedContract): QuoteLine | undefined {
    return this.#lines.get(lineKey(contract));
  }

  /**
   * Lets somebody read a contract's line, which is opened when nobody read it before. The reader sees what `wants.mode` accepts.
   * @throws RateLimitError `IBKR_RATE_LINES_EXHAUSTED` when the budget has no line left; MarketDataError `IBKR_MARKET_DATA_NOT_SUBSCRIBED` when the
   *   line carries delayed data, which the reader does not accept. Nothing was sent.
   */
  acquire(contract: ResolvedContract, reader: LineReader, wants: LineWants): LineShare {
    const key = lineKey(contract);
    const open = this.#lines.get(key);
    const line = open ?? this.#make(contract, key, reader.givesWay === true);
    if (open === undefined) this.#lines.set(key, line);
    line.acquire(reader, wants);
    return new LineShare(line, reader, wants.mode);
  }

  /**
   * A line of the budget for a look; waits for one until the time is up. `undefined` without a budget.
   * @throws RateLimitError `IBKR_RATE_LINES_EXHAUSTED` when none became free in time; the reason of the signal that aborted.
   */
  async lend(options: TakeLineOptions, { waitMs, signals }: { readonly waitMs: number; readonly signals: readonly AbortSignal[] }): Promise<LineLease | undefined> {
    const { clock } = this.#deps;
    const untilMs = clock.monotonic() + waitMs;
    for (;;) {
      for (const signal of signals) signal.throwIfAborted();
      try {
        return this.#lease(options);
      } catch (error) {
        const leftMs = untilMs - clock.monotonic();
        if (!(error instanceof RateLimitError) || leftMs <= 0) throw error;
        // Others may hold lines of the same budget: nobody tells when one is free.
        await sleep(clock, Math.min(LOOK_EVERY_MS, leftMs), { signal: AbortSignal.any([...signals]) });
      }
    }
  }

  #make(contract: ResolvedContract, key: string, givesWay: boolean): QuoteLine {
    const lease = this.#lease({ key, priority: givesWay ? 'background' : 'normal', onPreempted: givesWay ? () => { this.#takeBack(key); } : undefined });
    return new QuoteLine({
      contract,
      deps: this.#deps,
      onClosed: (error) => {
        this.#lines.delete(key);
        giveBack(lease, error);
      },
    });
  }

  /** A line of the budget; one that lingers without a reader gives way. */
  #lease(options: TakeLineOptions): LineLease | undefined {
    try {
      return this.#budget?.take(options);
    } catch (error) {
      const idle = [...this.#lines.values()].find((line) => line.idle);
      if (!(error instanceof RateLimitError) || idle === undefined) throw error;
      void idle.close();
      return this.#lease(options);
    }
  }

  /** Ends a line that somebody more important needs; one that meanwhile has a reader who does not give way stays. */
  #takeBack(key: string): void {
    const line = this.#lines.get(key);
    if (line === undefined) return;
    const error = new RateLimitError({ code: LINE_TAKEN_BACK, message: `The line of ${line.contract.localSymbol} was taken back for one of higher priority`, retryable: true });
    if (!line.givesWay) throw error;
    void line.close(error);
  }

  /** Ends all lines. Resolves once the broker was told. */
  async close(): Promise<void> {
    await Promise.all([...this.#lines.values()].map((line) => line.close()));
  }
}

/** Gives a line back. What the broker refused is not there to be given to the next. */
export function giveBack(lease: LineLease | undefined, error: unknown): void {
  if (isIbkrError(error) && error.brokerCode === TOO_MANY_LINES) lease?.refused();
  else lease?.release();
}
