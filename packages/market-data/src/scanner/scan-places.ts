import { abortReason, onAbort } from '@ibkit/clock';
import { RateLimitError } from '@ibkit/error-codes';

/** TWS API: so many scans at a time. */
const MOST_SCANS = 10;

/** The places of the scans that run at the same time. */
export class ScanPlaces {
  #taken = 0;
  #waiting: (() => void)[] = [];

  /** Scans that run. */
  get taken(): number {
    return this.#taken;
  }

  /** Takes a place now. @throws RateLimitError `IBKR_SCANNER_EXHAUSTED` when there is none. */
  take(): () => void {
    if (this.#taken >= MOST_SCANS) {
      throw new RateLimitError({
        code: 'IBKR_SCANNER_EXHAUSTED',
        message: `${MOST_SCANS} of ${MOST_SCANS} scans are running: this one was not sent.`,
        retryable: true,
        tips: ['Close a scan that nobody reads.'],
      });
    }
    this.#taken += 1;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#taken -= 1;
      this.#waiting.shift()?.();
    };
  }

  /** Takes a place as soon as there is one, first come, first served. @throws the signal's reason. */
  async wait(signal: AbortSignal): Promise<() => void> {
    while (this.#taken >= MOST_SCANS) await this.#next(signal);
    return this.take();
  }

  #next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(abortReason(signal));
        return;
      }
      const wake = (): void => {
        off();
        resolve();
      };
      const off = onAbort(signal, () => {
        this.#waiting = this.#waiting.filter((other) => other !== wake);
        reject(abortReason(signal));
      });
      this.#waiting.push(wake);
    });
  }
}
