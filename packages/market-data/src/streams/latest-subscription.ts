import type { Clock } from '@ibkit/clock';
import { EventBus } from '@ibkit/event-bus';
import type { EventListener, EventName } from '@ibkit/event-bus';
import { LatestValue } from './latest-value.js';
import type { LatestValues, WaitForValueOptions } from './latest-value.js';

/** The last event of a subscription; with the error when it did not end by request. */
export interface SubscriptionEnd {
  readonly error: Error | undefined;
  /** Epoch milliseconds. */
  readonly atMs: number;
}

/** What a {@link LatestSubscription} is made from. */
export interface LatestSubscriptionOptions {
  readonly clock: Clock;
  /** What it is called in errors. */
  readonly name: string;
  /** It has ended, and its readers know. */
  readonly onEnded: () => void;
  readonly onListenerError: ((error: unknown, type: string) => void) | undefined;
}

/** One reader's subscription: the latest value of something and the facts on the way to it, until either side ends it. */
export abstract class LatestSubscription<T, Events extends object> implements LatestValues<T> {
  protected readonly events: EventBus<Events>;
  protected readonly latest: LatestValue<T>;
  #closing: Promise<void> = Promise.resolve();

  constructor({ clock, name, onEnded, onListenerError }: LatestSubscriptionOptions) {
    this.events = new EventBus<Events>({ onListenerError });
    this.latest = new LatestValue<T>({
      clock,
      name,
      onEnd: (error) => {
        this.#closing = this.ended(Object.freeze({ error, atMs: clock.now() }));
        this.events.close();
        onEnded();
      },
    });
  }

  /** Lets go of everything and tells the end. Resolves once the broker was told. */
  protected abstract ended(end: SubscriptionEnd): Promise<void>;

  get current(): T | undefined {
    return this.latest.current;
  }

  get error(): Error | undefined {
    return this.latest.error;
  }

  on<K extends EventName<Events>>(type: K, listener: EventListener<Events[K]>): () => void {
    return this.events.on(type, listener);
  }

  waitFor(predicate: (value: T) => boolean, options?: WaitForValueOptions): Promise<T> {
    return this.latest.waitFor(predicate, options);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return this.latest.iterate();
  }

  async close(): Promise<void> {
    this.end(undefined);
    await this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Ends it, once. */
  end(error: Error | undefined): void {
    this.latest.end(error);
  }
}
