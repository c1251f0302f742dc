import type { Clock } from '@ibkit/clock';
import { TimeoutError } from '@ibkit/error-codes';
import type { Position } from '../../account/account-data.js';
import type { CancelDesk } from '../cancel-desk.js';
import { keyConflict } from '../order-desk.js';
import type { OrderDesk } from '../order-desk.js';
import type { OrderRegister } from '../order-register.js';
import { isEnded } from '../order-state.js';
import type { OrderState } from '../order-state.js';
import { closingOrder, positionOf, rivalError, rivals, underWayError } from './close-position.js';
import type { ClosePositionOptions, PositionLike } from './close-position.js';

/** What a {@link ClosingDesk} is made from. */
export interface ClosingDeskOptions {
  readonly clock: Clock;
  readonly desk: OrderDesk;
  readonly cancels: CancelDesk;
  readonly register: OrderRegister;
  /** A complete list, fresh from the broker. */
  readonly positions: (signal: AbortSignal | undefined) => Promise<readonly Position[]>;
  /** For the end of orders that are in the way, milliseconds. */
  readonly cancelTimeoutMs: number;
}

/** Closes positions, each once: two orders that close the same one would turn it round. */
export class ClosingDesk {
  readonly #options: ClosingDeskOptions;
  readonly #underWay = new Map<string, { readonly how: string; readonly order: Promise<OrderState | undefined> }>();

  constructor(options: ClosingDeskOptions) {
    this.#options = options;
  }

  /** See `Trading.closePosition`. */
  async close(target: PositionLike, options: ClosePositionOptions): Promise<OrderState | undefined> {
    const { desk, register } = this.#options;
    const account = desk.accountFor(options.account, options.key);
    const known = options.key === undefined ? undefined : register.ledger.byKey(account, options.key);
    if (known !== undefined && known.status !== 'unsent') {
      if (options.requestHash !== undefined && known.requestHash !== options.requestHash) throw keyConflict(known.key);
      return known;
    }
    const slot = `${account}/${typeof target === 'number' ? target : (target.conId ?? `${target.secType} ${target.symbol}`)}`;
    const how = JSON.stringify({ ...options, signal: undefined });
    const underWay = this.#underWay.get(slot);
    if (underWay !== undefined) {
      if (underWay.how === how) return underWay.order;
      throw underWayError();
    }
    const order = this.#close(target, account, options).finally(() => this.#underWay.delete(slot));
    this.#underWay.set(slot, { how, order });
    return order;
  }

  async #close(target: PositionLike, account: string, options: ClosePositionOptions): Promise<OrderState | undefined> {
    const { desk, register } = this.#options;
    const { signal } = options;
    let position = await this.#held(target, account, signal);
    if (position === undefined) return undefined;
    const inTheWay = rivals(register.ledger.open(), position, account);
    if (inTheWay.length > 0) {
      if (options.cancelOrders !== true) throw rivalError(inTheWay);
      await Promise.all(inTheWay.map((order) => this.#cancel(order)));
      // One of them may have been filled meanwhile.
      position = await this.#held(target, account, signal);
      if (position === undefined) return undefined;
    }
    const [order] = await desk.placeAll([{ request: closingOrder(position, { target, account, options }) }], signal);
    return order;
  }

  /** "No position" is known of an account that the session shows, before and after its list. */
  async #held(target: PositionLike, account: string, signal: AbortSignal | undefined): Promise<Position | undefined> {
    const { desk, positions } = this.#options;
    desk.checkShown(account);
    const position = positionOf(await positions(signal), target, account);
    desk.checkShown(account);
    return position;
  }

  async #cancel({ intentId, key }: OrderState): Promise<void> {
    const { clock, cancels, register, cancelTimeoutMs } = this.#options;
    const isOver = (): boolean => isEnded(register.ledger.get(intentId)?.status ?? 'absent');
    await cancels.cancel(intentId);
    if (isOver()) return;
    await new Promise<void>((resolve, reject) => {
      const stop = (): void => {
        timer.cancel();
        unwatch();
      };
      const unwatch = register.watch(intentId, () => {
        if (!isOver()) return;
        stop();
        resolve();
      });
      const timer = clock.setTimer(
        cancelTimeoutMs,
        () => {
          stop();
          reject(new TimeoutError({ message: `An order in the way was not cancelled within ${cancelTimeoutMs} ms, so the position was not closed`, details: { key } }));
        },
        { keepAlive: false },
      );
    });
  }
}
