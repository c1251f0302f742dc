import { hasLivingTwin } from './incarnations.js';
import type { OrderChange } from './order-ledger.js';
import type { OrderState } from './order-state.js';

/** What a {@link TwinWatch} is made from. */
export interface TwinWatchOptions {
  /** Whether both are cancelled without being asked, or only with a cancel that was asked for. */
  readonly onDuplicate: 'cancel' | 'alarm';
  readonly cancel: (intentId: string) => Promise<void>;
  /** Only a fresh look at the broker's lists can settle it. */
  readonly onDoubt: (why: string) => void;
}

/** Sees to it that of an order that the broker has twice nothing lives on. */
export class TwinWatch {
  readonly #options: TwinWatchOptions;

  constructor(options: TwinWatchOptions) {
    this.#options = options;
  }

  /** An order changed. */
  onChange({ before, after }: OrderChange): void {
    if (!hasLivingTwin(after)) return;
    const appeared = after.permIds.length !== before?.permIds.length;
    if (appeared) this.#options.onDoubt('the broker has an order twice');
    // A cancel reaches one of them: the next one needs its own.
    if (appeared || after.endedPermIds?.length !== before.endedPermIds?.length) this.#cancel(after);
  }

  /** A complete sweep is done: what could not be cancelled before is tried again. */
  swept(open: readonly OrderState[]): void {
    for (const order of open) this.#cancel(order);
  }

  #cancel(order: OrderState): void {
    const { onDuplicate, cancel } = this.#options;
    if (!hasLivingTwin(order) || (onDuplicate !== 'cancel' && order.cancel !== 'requested')) return;
    cancel(order.intentId).catch(() => {
      // Tried again after the next sweep.
    });
  }
}
