import { abortReason, onAbort } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { TimeoutError } from '@ibkit/error-codes';
import type { ChainFeed } from './chain-feed.js';
import type { ChainSink } from './chain-job.js';
import type { LeftOutOptions, OptionChainPartial, OptionChainProgress } from './chain-report.js';
import type { OptionClass } from './option-class.js';
import type { OptionChainRow } from './option-row.js';
import type { ChainUnderlying } from './underlying-watch.js';

/** The options on one underlying, each read once. */
export interface OptionChainSnapshot {
  readonly underlying: ChainUnderlying;
  readonly classes: readonly OptionClass[];
  /** By expiry, strike and right. Each says when it was read: `readAtMs`. */
  readonly rows: readonly OptionChainRow[];
  /** Whether every row is complete and every wanted expiry is there. */
  readonly complete: boolean;
  /** What is missing and why; `undefined` when it is complete. */
  readonly partial?: OptionChainPartial | undefined;
  /** Strikes that do not exist in an expiry, or that the broker does not know any more. They do not make a chain partial. */
  readonly leftOut: readonly LeftOutOptions[];
  readonly progress: OptionChainProgress;
  /** Epoch milliseconds. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

/** How a chain is read once. */
export interface ChainReading {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signals: readonly AbortSignal[];
  readonly open: (sink: ChainSink) => ChainFeed;
}

/** Reads a chain once: until everything is complete, nothing more is to be had, or the time is up. */
export async function readChain({ clock, timeoutMs, signals, open }: ChainReading): Promise<OptionChainSnapshot> {
  const startedAtMs = clock.now();
  const offs: (() => void)[] = [];
  const ignored = (): void => undefined;
  try {
    for (const signal of signals) signal.throwIfAborted();
    return await new Promise<OptionChainSnapshot>((resolve, reject) => {
      let done = false;
      const finish = (run: () => void): void => {
        if (done) return;
        done = true;
        run();
      };
      const give = (): void => {
        finish(() => {
          const { underlying } = feed;
          const partial = feed.isComplete ? undefined : feed.partial();
          const { progress } = feed;
          // Given up before the rows are taken, so that none says that it is watched. The broker hears of it in its time.
          void feed.close();
          if (underlying === undefined) reject(tooLate(timeoutMs));
          else {
            const classes = feed.classes.map(({ optionClass }) => optionClass);
            resolve(Object.freeze({ underlying, classes, rows: Object.freeze(feed.rows), complete: partial === undefined, partial, leftOut: feed.leftOut, progress, startedAtMs, endedAtMs: clock.now() }));
          }
        });
      };
      const fail = (error: Error): void => {
        finish(() => {
          void feed.close();
          reject(error);
        });
      };
      const feed = open({ changed: ignored, left: ignored, recentred: ignored, progressed: ignored, gap: ignored, rowGap: ignored, becameComplete: ignored, settled: give, failed: fail });
      for (const signal of signals) {
        offs.push(onAbort(signal, () => {
          fail(abortReason(signal));
        }));
      }
      const deadline = clock.setTimer(timeoutMs, give);
      offs.push(() => {
        deadline.cancel();
      });
      feed.start();
    });
  } finally {
    for (const off of offs) off();
  }
}

function tooLate(timeoutMs: number): TimeoutError {
  return new TimeoutError({ code: 'IBKR_CHAIN_TIMEOUT', message: `The underlying of the option chain was not found within ${timeoutMs} ms`, tips: ['Look at the health of the connection, or give a longer timeoutMs.'] });
}
