import type { Clock, Timer } from '@ibkit/clock';
import type { OrderLedger } from '../orders/order-ledger.js';
import { isEnded } from '../orders/order-state.js';
import type { OrderState } from '../orders/order-state.js';

/** How long executions may lag behind a status that counts them, milliseconds. */
const FILL_GRACE_MS = 2_000;

function isShort({ status, reportedFilled, filledQuantity }: OrderState): boolean {
  return isEnded(status) && reportedFilled > filledQuantity;
}

/** Executions usually follow their status within the second; when they do not, they are asked for. */
export class LateFills {
  readonly #clock: Clock;
  readonly #ledger: OrderLedger;
  readonly #onMissing: () => void;
  #timer: Timer | undefined;

  constructor(options: { readonly clock: Clock; readonly ledger: OrderLedger; readonly onMissing: () => void }) {
    this.#clock = options.clock;
    this.#ledger = options.ledger;
    this.#onMissing = options.onMissing;
  }

  /** An order changed. */
  onChange(order: OrderState): void {
    if (isShort(order)) this.#timer ??= this.#clock.setTimer(FILL_GRACE_MS, this.#look, { keepAlive: false });
  }

  close(): void {
    this.#timer?.cancel();
  }

  readonly #look = (): void => {
    this.#timer = undefined;
    if (this.#ledger.all().some(isShort)) this.#onMissing();
  };
}
