import { UsageError } from '@ibkit/error-codes';
import mitt from 'mitt';
import type { Emitter } from 'mitt';
import { EventBusClosedError, StreamOverflowError } from './bus-errors.js';
import { BoundedStream } from './event-stream.js';
import type { EventStream, StreamOverflow } from './event-stream.js';

/** What a listener is: its result is ignored, but a promise is watched, so that its rejection is reported and not unhandled. */
export type EventListener<Event> = (event: Event) => unknown;

/** Takes a listener off the bus. Calling it again does nothing. */
export type Unsubscribe = () => void;

/** The event names of a type map. */
export type EventName<Events extends object> = keyof Events & string;

/** Options of {@link EventBus}. */
export interface EventBusOptions {
  /**
   * Told what a listener threw or rejected with, and the event's name. What it throws itself is ignored.
   * @defaultValue none: errors are only counted in {@link EventBus.listenerErrors}
   */
  readonly onListenerError?: ((error: unknown, type: string) => void) | undefined;
}

/** Options of {@link EventBus.once}. */
export interface OnceOptions {
  /** Stops waiting: the promise rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@link EventBus.stream}. */
export interface StreamOptions {
  /** Ends the stream quietly and at once; what it holds is discarded. */
  readonly signal?: AbortSignal | undefined;
  /** Unread events that the stream holds, an integer of at least 1. @defaultValue 1024 */
  readonly capacity?: number | undefined;
  /** What happens when the stream is full. @defaultValue 'fail', since losing an event unseen is the worse surprise */
  readonly overflow?: StreamOverflow | undefined;
}

/** Unread events that a stream holds when nothing else is said. */
export const DEFAULT_STREAM_CAPACITY = 1024;

const OVERFLOWS: readonly StreamOverflow[] = ['fail', 'dropOldest'];

/** One emit on its way through the listeners; `settling` collects their promises when somebody awaits them. */
interface Delivery<Event> {
  readonly event: Event;
  readonly settling: Promise<void>[] | undefined;
}

type Deliveries<Events extends object> = { [K in EventName<Events>]: Delivery<Events[K]> };

/**
 * Typed events for one owner.
 *
 * Names are facts with their owner in front (`order.filled`, `quote.updated`); a custom event is one more key of the type map.
 * Listeners run synchronously in the order of their registration and cannot disturb each other or the emitter:
 * what one throws, or rejects with, goes to `onListenerError`. A listener that is removed during an emit is not called any more,
 * one that is added during an emit is first called by the next emit. An emit from inside a listener runs to its end first.
 */
export class EventBus<Events extends object> implements AsyncDisposable {
  readonly #emitter: Emitter<Deliveries<Events>> = mitt();
  readonly #onListenerError: ((error: unknown, type: string) => void) | undefined;
  readonly #endings = new Set<() => void>();
  #closed = false;
  #listenerErrors = 0;

  constructor(options: EventBusOptions = {}) {
    this.#onListenerError = options.onListenerError;
  }

  /** How many times a listener threw or rejected. */
  get listenerErrors(): number {
    return this.#listenerErrors;
  }

  /** How many listeners are registered for one event name, waiting `once` calls and streams included. */
  listenerCount(type: EventName<Events>): number {
    return this.#emitter.all.get(type)?.length ?? 0;
  }

  /**
   * Calls `listener` with every event of one type. The same function may be registered more than once; each registration counts.
   * On a closed bus it does nothing.
   * @throws {@link UsageError} for the type `*`: there are no listeners for everything.
   */
  on<K extends EventName<Events>>(type: K, listener: EventListener<Events[K]>): Unsubscribe {
    // mitt would take it for its wildcard and call the listener with other arguments.
    if (type === '*') {
      throw new UsageError({ field: 'type', value: type, rule: 'must name one event: there are no wildcard listeners' });
    }
    if (this.#closed) return () => undefined;
    let live = true;
    const handler = (delivery: Delivery<Events[K]>): void => {
      // mitt works through a copy of its list, which still has the listeners that were removed since the emit began.
      if (live && !this.#closed) this.#deliver(type, listener, delivery);
    };
    this.#emitter.on(type, handler);
    return () => {
      if (!live) return;
      live = false;
      this.#emitter.off(type, handler);
      // Custom names may be many and short-lived: leave no empty list behind.
      if (this.listenerCount(type) === 0) this.#emitter.all.delete(type);
    };
  }

  /**
   * Resolves with the next event of one type.
   * @throws the signal's reason when it aborts first, {@link EventBusClosedError} when the bus closes first.
   */
  async once<K extends EventName<Events>>(type: K, options: OnceOptions = {}): Promise<Events[K]> {
    const { signal } = options;
    signal?.throwIfAborted();
    if (this.#closed) throw new EventBusClosedError({ type });
    const arrived = await new Promise<{ readonly event: Events[K] } | undefined>((resolve) => {
      const finish = (result: { readonly event: Events[K] } | undefined): void => {
        off();
        this.#endings.delete(giveUp);
        signal?.removeEventListener('abort', giveUp);
        resolve(result);
      };
      const giveUp = (): void => {
        finish(undefined);
      };
      const off = this.on(type, (event) => {
        finish({ event });
      });
      this.#endings.add(giveUp);
      signal?.addEventListener('abort', giveUp, { once: true });
    });
    if (arrived !== undefined) return arrived.event;
    signal?.throwIfAborted();
    throw new EventBusClosedError({ type });
  }

  /** Calls the listeners of one type now, each isolated from the others. Never throws. On a closed bus it does nothing. */
  emit<K extends EventName<Events>>(type: K, event: Events[K]): void {
    this.#send(type, { event, settling: undefined });
  }

  /**
   * Like {@link EventBus.emit}, and resolves once every promise that a listener returned has settled.
   * The listeners all start at once and run side by side; a rejection is reported, it never rejects the result.
   */
  async emitAsync<K extends EventName<Events>>(type: K, event: Events[K]): Promise<void> {
    const settling: Promise<void>[] = [];
    this.#send(type, { event, settling });
    await Promise.all(settling);
  }

  /**
   * The events of one type from now on, as an async iterator that holds a bounded number of unread ones.
   *
   * It listens from this call on, not from the first `next()`. It ends when the loop is left, when the signal aborts (quietly),
   * when the bus closes (what it holds is still delivered), or, with overflow `fail`, with a {@link StreamOverflowError} after
   * the events that it holds.
   * @throws {@link UsageError} when the capacity is not an integer of at least 1, or the overflow is not one of the two.
   */
  stream<K extends EventName<Events>>(type: K, options: StreamOptions = {}): EventStream<Events[K]> {
    const { signal, capacity = DEFAULT_STREAM_CAPACITY, overflow = 'fail' } = options;
    if (!Number.isSafeInteger(capacity) || capacity < 1) {
      throw new UsageError({ field: 'capacity', value: capacity, rule: 'must be an integer of at least 1' });
    }
    if (!OVERFLOWS.includes(overflow)) throw new UsageError({ field: 'overflow', value: overflow, rule: `must be one of ${OVERFLOWS.join(', ')}` });
    const stream = new BoundedStream<Events[K]>({
      capacity,
      overflow,
      overflowError: () => new StreamOverflowError({ type, capacity }),
      onEnd: () => {
        off();
        this.#endings.delete(end);
        signal?.removeEventListener('abort', discard);
      },
    });
    const discard = (): void => {
      stream.discard();
    };
    const end = (): void => {
      stream.end();
    };
    const off = this.on(type, (event) => {
      stream.push(event);
    });
    if (this.#closed || signal?.aborted === true) {
      discard();
    } else {
      this.#endings.add(end);
      signal?.addEventListener('abort', discard, { once: true });
    }
    return stream;
  }

  /**
   * Ends every stream, rejects every waiting `once` with {@link EventBusClosedError} and releases all listeners.
   * From then on emits reach nobody: emit the last fact before. Idempotent.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const end of [...this.#endings]) end();
    this.#emitter.all.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  #send<K extends EventName<Events>>(type: K, delivery: Delivery<Events[K]>): void {
    this.#emitter.emit(type, delivery);
  }

  #deliver<Event>(type: string, listener: EventListener<Event>, delivery: Delivery<Event>): void {
    try {
      const result = listener(delivery.event);
      if (!isThenable(result)) return;
      const settled = Promise.resolve(result).then(
        () => undefined,
        (error: unknown) => {
          this.#report(error, type);
        },
      );
      delivery.settling?.push(settled);
    } catch (error) {
      this.#report(error, type);
    }
  }

  #report(error: unknown, type: string): void {
    this.#listenerErrors += 1;
    try {
      this.#onListenerError?.(error, type);
    } catch {
      // The reporter is the last resort: letting it throw would stop the other listeners, which it exists to protect.
    }
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
