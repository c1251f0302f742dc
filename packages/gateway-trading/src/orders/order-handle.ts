import { abortReason } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { OrderError, TimeoutError, UsageError, brokerError } from '@ibkit/error-codes';
import type { OrderRegister } from './order-register.js';
import { isEnded, isSettled } from './order-state.js';
import type { OrderState } from './order-state.js';
import { OrderUpdates } from './order-updates.js';

/** How long to wait for an order. */
export interface OrderWaitOptions {
  /** Stops waiting (not the order): rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** Stops waiting (not the order): rejects with a TimeoutError. @defaultValue no limit */
  readonly timeoutMs?: number | undefined;
}

/** How long to wait for an order and its executions. */
export interface OrderDoneOptions extends OrderWaitOptions {
  /**
   * How long to wait for executions that a status of the broker has counted already, milliseconds, from the verdict on; 0 takes what is here.
   * They usually follow within the second, and are asked for after two. @defaultValue 5000
   */
  readonly fillsWithinMs?: number | undefined;
}

/** What came of an order, and whether its fills are all here. */
export interface OrderVerdict extends OrderState {
  /**
   * Whether every fill that the broker has claimed is in `fills` and in `filledQuantity`. When `false`, `reportedFilled` is what the broker's
   * status says was filled, and `filledQuantity` only what executions have shown so far: the rest is still asked for.
   */
  readonly fillsComplete: boolean;
}

/** How long executions may lag behind the verdict by default: asked for after two seconds, answered in far less than three. */
const FILLS_WITHIN_MS = 5_000;

function verdictOf(order: OrderState): OrderVerdict {
  return { ...order, fillsComplete: order.filledQuantity >= order.reportedFilled };
}

/** What a handle needs. */
export interface OrderHandleOptions {
  readonly clock: Clock;
  readonly register: OrderRegister;
  readonly intentId: string;
  readonly lingerMs: number;
  /** Aborts when trading is closed. */
  readonly closed: AbortSignal;
}

/**
 * One order of ours. The handle reads and waits; it holds nothing of its own, so that any number of handles for one order, made at any
 * time, say the same.
 */
export class OrderHandle implements AsyncIterable<OrderState> {
  readonly #options: OrderHandleOptions;
  readonly #initial: OrderState;

  /** Made by `Trading`. */
  constructor(options: OrderHandleOptions, initial: OrderState) {
    this.#options = options;
    this.#initial = initial;
  }

  /** The idempotency key: yours, or the one that was made. */
  get key(): string {
    return this.#initial.key;
  }

  get intentId(): string {
    return this.#initial.intentId;
  }

  /** The broker's order id, of this client id. */
  get orderId(): number {
    return this.#initial.orderId;
  }

  /** Your own strategy tag. */
  get tag(): string | undefined {
    return this.#initial.tag;
  }

  /** All that is known right now. */
  get state(): OrderState {
    return this.#options.register.ledger.get(this.#initial.intentId) ?? this.#initial;
  }

  /**
   * Resolves with the first state that says what came of the send: acknowledged or further, ended, or `unknown`.
   * @throws TimeoutError, the signal's reason, or {@link OrderError} `IBKR_TRADING_CLOSED`.
   */
  acknowledged(options: OrderWaitOptions = {}): Promise<OrderState> {
    return this.#until(({ status }) => status !== 'staged' && status !== 'sending', options);
  }

  /**
   * Resolves with the verdict: filled, cancelled, rejected, expired, absent or unsent. `unknown` is no verdict, so it is waited out. A status
   * may come before the executions that it counts: those are waited for, too, for `fillsWithinMs`; `fillsComplete` says whether they came.
   * Late fills of a broker that has not claimed them, and commissions, may still change the state afterwards.
   * @throws while there is no verdict: TimeoutError, {@link OrderError} `IBKR_TRADING_CLOSED`; the signal's reason; {@link UsageError} for a
   *   `fillsWithinMs` below 0.
   */
  async done({ fillsWithinMs = FILLS_WITHIN_MS, signal, timeoutMs }: OrderDoneOptions = {}): Promise<OrderVerdict> {
    if (!(fillsWithinMs >= 0)) throw new UsageError({ field: 'fillsWithinMs', value: fillsWithinMs, rule: 'must be 0 or more, milliseconds' });
    const { clock } = this.#options;
    const startedMs = clock.monotonic();
    const leftMs = (): number => Math.max(0, (timeoutMs ?? Infinity) - (clock.monotonic() - startedMs));
    let waitMs = timeoutMs;
    for (;;) {
      const ended = verdictOf(await this.#until(({ status }) => isEnded(status), { signal, timeoutMs: waitMs }));
      if (ended.fillsComplete || fillsWithinMs === 0) return ended;
      const seen = await this.#withFills(Math.min(fillsWithinMs, leftMs()), signal);
      // A rejection that was read from a code may be taken back meanwhile: then there is no verdict yet.
      if (isEnded(seen.status)) return seen;
      if (waitMs !== undefined) waitMs = Math.ceil(leftMs());
    }
  }

  /**
   * Resolves once the order is filled and every execution of it is here: a status may say so earlier than the fills can be counted.
   * @throws the broker's error when it was rejected, {@link OrderError} `IBKR_ORDER_NOT_FILLED` when it ended in another way, and what
   *   {@link OrderHandle.done} throws.
   */
  async filled(options: OrderWaitOptions = {}): Promise<OrderState> {
    const order = await this.#until((seen) => isEnded(seen.status) && (seen.status !== 'filled' || seen.remainingQuantity === 0), options);
    if (order.status === 'filled') return order;
    const { status, brokerNotice, reason, filledQuantity } = order;
    if (status === 'rejected' && brokerNotice !== undefined) throw brokerError({ code: brokerNotice.code, message: brokerNotice.message, id: order.orderId });
    throw new OrderError({
      code: 'IBKR_ORDER_NOT_FILLED',
      message: `The order ended as ${status}${reason === undefined ? '' : `: ${reason}`}`,
      details: { key: order.key, status, filledQuantity },
    });
  }

  /**
   * The present state and then every change, none dropped, late fills and commissions included. Ends by itself once the order has its
   * verdict, every claimed fill and every commission, and nothing more came for the linger time; earlier by `break` or the signal.
   */
  updates(options: { readonly signal?: AbortSignal | undefined } = {}): AsyncIterableIterator<OrderState> {
    const { clock, register, lingerMs, closed } = this.#options;
    const signal = options.signal === undefined ? closed : AbortSignal.any([closed, options.signal]);
    return new OrderUpdates({
      clock,
      signal,
      lingerMs,
      initial: this.state,
      isLast: isSettled,
      watch: (listener) => register.watch(this.intentId, ({ after }) => {
        listener(after);
      }),
    });
  }

  /** The same as {@link OrderHandle.updates}. */
  [Symbol.asyncIterator](): AsyncIterableIterator<OrderState> {
    return this.updates();
  }

  /** There is a verdict: that its fills do not come in time, or that trading is closed, does not take it away. */
  async #withFills(timeoutMs: number, signal: AbortSignal | undefined): Promise<OrderVerdict> {
    try {
      return verdictOf(await this.#until((order) => isEnded(order.status) && verdictOf(order).fillsComplete, { timeoutMs, signal }));
    } catch (error) {
      if (signal?.aborted === true) throw error;
      return verdictOf(this.state);
    }
  }

  #until(isIt: (order: OrderState) => boolean, { signal, timeoutMs }: OrderWaitOptions): Promise<OrderState> {
    const { clock, register, closed } = this.#options;
    if (isIt(this.state)) return Promise.resolve(this.state);
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        timer?.cancel();
        unwatch();
        signal?.removeEventListener('abort', onAbort);
        closed.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        stop();
        reject(abortReason(closed.aborted || signal === undefined ? closed : signal));
      };
      const unwatch = register.watch(this.intentId, ({ after }) => {
        if (!isIt(after)) return;
        stop();
        resolve(after);
      });
      const onTimeout = (): void => {
        stop();
        const { status } = this.state;
        reject(new TimeoutError({ message: `The order was still ${status} after ${timeoutMs ?? 0} ms; it lives on, only the waiting ended`, details: { status } }));
      };
      const timer = timeoutMs === undefined ? undefined : clock.setTimer(timeoutMs, onTimeout);
      signal?.addEventListener('abort', onAbort, { once: true });
      closed.addEventListener('abort', onAbort, { once: true });
      if (closed.aborted || signal?.aborted === true) onAbort();
    });
  }
}
