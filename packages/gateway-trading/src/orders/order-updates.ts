import type { Clock, Timer } from '@ibkit/clock';
import type { OrderState } from './order-state.js';

/** What an {@link OrderUpdates} is made from. */
export interface OrderUpdatesOptions {
  readonly clock: Clock;
  /** Ends the iteration quietly. */
  readonly signal: AbortSignal;
  /** How long to listen on after a state that is taken for the last. */
  readonly lingerMs: number;
  readonly initial: OrderState;
  readonly isLast: (order: OrderState) => boolean;
  readonly watch: (listener: (order: OrderState) => void) => () => void;
}

type Result = IteratorResult<OrderState, undefined>;

const DONE: Result = { done: true, value: undefined };

/** The states of one order as they come. Unbounded on purpose: an order has few states, and none may be lost. */
export class OrderUpdates implements AsyncIterableIterator<OrderState> {
  readonly #options: OrderUpdatesOptions;
  readonly #queue: OrderState[];
  readonly #readers: ((result: Result) => void)[] = [];
  readonly #unwatch: () => void;
  #linger: Timer | undefined;
  #ended = false;

  constructor(options: OrderUpdatesOptions) {
    this.#options = options;
    this.#queue = [options.initial];
    this.#unwatch = options.watch((order) => {
      this.#push(order);
    });
    options.signal.addEventListener('abort', this.#end, { once: true });
    if (options.signal.aborted) this.#end();
    else this.#lingerAfter(options.initial);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result> {
    const value = this.#queue.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#ended) return Promise.resolve(DONE);
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  return(): Promise<Result> {
    this.#queue.length = 0;
    this.#end();
    return Promise.resolve(DONE);
  }

  #push(order: OrderState): void {
    const reader = this.#readers.shift();
    if (reader === undefined) this.#queue.push(order);
    else reader({ done: false, value: order });
    this.#lingerAfter(order);
  }

  #lingerAfter(order: OrderState): void {
    this.#linger?.cancel();
    const { clock, lingerMs, isLast } = this.#options;
    this.#linger = isLast(order) ? clock.setTimer(lingerMs, this.#end) : undefined;
  }

  readonly #end = (): void => {
    if (this.#ended) return;
    this.#ended = true;
    this.#linger?.cancel();
    this.#unwatch();
    this.#options.signal.removeEventListener('abort', this.#end);
    for (const reader of this.#readers.splice(0)) reader(DONE);
  };
}
