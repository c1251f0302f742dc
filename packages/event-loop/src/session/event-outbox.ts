import type { Clock, Timer } from '@ibkit/clock';
import { SystemError } from '@ibkit/error-codes';
import type { EmitOptions } from './session-module.js';
import type { TransferLimits } from './session-protocol.js';

interface Waiting {
  event: unknown;
  readonly key: string | undefined;
}

/** Options of {@link EventOutbox}. */
export interface EventOutboxOptions extends TransferLimits {
  readonly clock: Clock;
  /** Sends a batch; may throw when an event cannot be cloned. */
  readonly post: (events: readonly unknown[]) => void;
  /** An event could not be sent. */
  readonly lost: (error: unknown) => void;
}

/**
 * Events on their way to the host: gathered for `batchMs` or until `maxBatch` are there, and held back while `maxInFlight` are not
 * acknowledged. Nothing is dropped; events with a key conflate while they wait.
 */
export class EventOutbox {
  readonly #options: EventOutboxOptions;
  #waiting: Waiting[] = [];
  readonly #byKey = new Map<string, Waiting>();
  #inFlight = 0;
  #timer: Timer | undefined;
  #drains: (() => void)[] = [];

  constructor(options: EventOutboxOptions) {
    this.#options = options;
  }

  /** How many wait here. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** See `SessionContext.emit`. */
  emit(event: unknown, { key }: EmitOptions = {}): boolean {
    const known = key === undefined ? undefined : this.#byKey.get(key);
    if (known === undefined) this.#add({ event, key });
    else known.event = event;
    return this.#roomy;
  }

  /** See `SessionContext.drained`. */
  drained(): Promise<void> {
    if (this.#roomy) return Promise.resolve();
    return new Promise((resolve) => {
      this.#drains.push(resolve);
    });
  }

  /** The host is done with this many. */
  acknowledged(count: number): void {
    this.#inFlight -= count;
    this.#sendFull();
    this.#arm();
  }

  /** Sends everything now, whatever is in flight: the last thing of a session. */
  flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    while (this.#waiting.length > 0) this.#send();
  }

  get #roomy(): boolean {
    return this.#waiting.length < this.#options.maxBuffered / 2;
  }

  #add(waiting: Waiting): void {
    const { maxBuffered } = this.#options;
    if (this.#waiting.length >= maxBuffered) {
      throw new SystemError({
        code: 'IBKR_LOOP_BUFFER_FULL',
        message: `${maxBuffered} events of the session wait for the host, as many as maxBuffered allows: the event was not taken. Its processors are too slow; give keys to what may conflate, or await drained().`,
        retryable: true,
        details: { waiting: maxBuffered },
      });
    }
    this.#waiting.push(waiting);
    if (waiting.key !== undefined) this.#byKey.set(waiting.key, waiting);
    this.#sendFull();
    this.#arm();
  }

  #sendFull(): void {
    while (this.#waiting.length >= this.#options.maxBatch && this.#mayLeave) this.#send();
  }

  get #mayLeave(): boolean {
    return this.#inFlight < this.#options.maxInFlight;
  }

  #arm(): void {
    if (this.#waiting.length === 0) {
      this.#timer?.cancel();
      this.#timer = undefined;
    }
    if (this.#timer !== undefined || this.#waiting.length === 0 || !this.#mayLeave) return;
    this.#timer = this.#options.clock.setTimer(this.#options.batchMs, () => {
      this.#timer = undefined;
      if (this.#waiting.length > 0 && this.#mayLeave) this.#send();
      this.#arm();
    });
  }

  #send(): void {
    const batch = this.#waiting.slice(0, this.#options.maxBatch);
    this.#waiting = this.#waiting.slice(batch.length);
    for (const { key } of batch) if (key !== undefined) this.#byKey.delete(key);
    this.#post(batch.map(({ event }) => event));
    if (!this.#roomy) return;
    const drains = this.#drains;
    this.#drains = [];
    for (const drain of drains) drain();
  }

  #post(events: readonly unknown[]): void {
    try {
      this.#options.post(events);
      this.#inFlight += events.length;
    } catch (error) {
      // One that cannot be cloned must not take the others with it.
      if (events.length > 1) for (const event of events) this.#post([event]);
      else this.#options.lost(error);
    }
  }
}
