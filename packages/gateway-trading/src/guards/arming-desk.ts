import type { Clock } from '@ibkit/clock';
import { isIbkrError } from '@ibkit/error-codes';
import type { ArmedRecord, DisarmedRecord } from '../journal/journal-record.js';
import type { ArmOptions, Arming, ArmingEnd, ArmingKeeper } from './own-arming.js';

/** What an {@link ArmingDesk} is made from. */
export interface ArmingDeskOptions {
  readonly clock: Clock;
  readonly mode: 'paper' | 'live';
  readonly keeper: ArmingKeeper;
  /** The arming of the journal, and its latest stamp. */
  readonly known: { readonly arming: Arming | undefined; readonly lastAtMs: number };
  readonly book: (record: ArmedRecord | DisarmedRecord) => void;
  /** Resolves when everything that was booked is written. @throws why it could not be. */
  readonly written: () => Promise<void>;
  /** The gate may have changed. */
  readonly onChanged: () => void;
}

/** What two clocks may differ by without one having been set back, milliseconds. */
const CLOCK_TOLERANCE_MS = 2_000;

function isSame(a: Arming | undefined, b: Arming): boolean {
  return a?.account === b.account && a.armedAtMs === b.armedAtMs && a.expiresAtMs === b.expiresAtMs;
}

/** Arms and disarms, writes both down, and takes an arming of the journal up again once the session shows its account. */
export class ArmingDesk {
  readonly #options: ArmingDeskOptions;
  readonly #detach: readonly (() => void)[];
  #written: Arming | undefined;
  /** From the journal, and not taken up yet. */
  #pending: Arming | undefined;

  constructor(options: ArmingDeskOptions) {
    this.#options = options;
    const { keeper, known, mode } = options;
    this.#written = known.arming;
    this.#pending = mode === 'live' ? known.arming : undefined;
    this.#detach = [
      keeper.events.on('auth.armed', ({ arming, reason }) => {
        this.#onArmed(arming, reason);
      }),
      keeper.events.on('auth.disarmed', (end) => {
        this.#onDisarmed(end);
      }),
    ];
    const { arming } = keeper;
    if (arming !== undefined) this.#note(arming, 'armed before trading was started');
    if (this.#pending !== undefined && options.clock.now() < known.lastAtMs - CLOCK_TOLERANCE_MS) {
      this.#forget('clockSetBack', 'the clock was set back since it was written down, so that nobody knows how long it has lasted');
    }
  }

  get arming(): Arming | undefined {
    return this.#options.keeper.arming;
  }

  /** Whether an arming of the journal waits for a session that shows its account. */
  get isPending(): boolean {
    return this.#pending !== undefined;
  }

  /** See `Trading.arm`. */
  async arm(options: ArmOptions): Promise<Arming> {
    const { keeper, written } = this.#options;
    this.#pending = undefined;
    const arming = keeper.arm(options);
    try {
      await written();
    } catch (error) {
      keeper.disarm('it could not be written down');
      throw error;
    }
    return arming;
  }

  /** See `Trading.disarm`. */
  async disarm(reason: string): Promise<boolean> {
    const ended = this.end('asked', reason);
    await this.#options.written();
    return ended;
  }

  /** Ends it at once, whether it was taken up or not. @returns whether there was one */
  end(cause: 'asked' | 'kill', reason: string): boolean {
    const { keeper } = this.#options;
    if (this.#pending !== undefined) {
      this.#forget(cause, reason);
      return true;
    }
    return keeper.disarm(reason);
  }

  /** Tries to take up an arming of the journal; call it whenever a session may show the accounts. */
  restore(): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    if (this.#options.clock.now() >= pending.expiresAtMs) {
      this.#forget('expired', 'its time was over before a session was ready');
      return;
    }
    try {
      this.#pending = undefined;
      if (!this.#options.keeper.restore(pending)) this.#forget('expired', 'it does not hold any more');
    } catch (error) {
      // The accounts of this session do not fit, or there is none: the next one may.
      if (!isIbkrError(error) || error.code !== 'IBKR_ORDER_GATE_REFUSED') throw error;
      this.#pending = pending;
    }
  }

  /** Lets go of the keeper. What is written down holds on. */
  close(): void {
    for (const detach of this.#detach) detach();
  }

  #onArmed(arming: Arming, reason: string): void {
    this.#note(arming, reason);
    this.#options.onChanged();
  }

  #note(arming: Arming, reason: string): void {
    const { book, clock } = this.#options;
    if (!isSame(this.#written, arming)) book({ type: 'armed', atMs: clock.now(), ...arming, reason });
    this.#written = arming;
    this.#pending = undefined;
  }

  #onDisarmed({ cause, reason }: ArmingEnd): void {
    // Whoever is closed has not decided anything: the next process takes the arming up again.
    if (cause === 'closed') return;
    this.#forget(cause, reason);
  }

  #forget(cause: DisarmedRecord['cause'], reason: string): void {
    const { book, clock, onChanged } = this.#options;
    this.#pending = undefined;
    this.#written = undefined;
    book({ type: 'disarmed', atMs: clock.now(), cause, reason });
    onChanged();
  }
}
