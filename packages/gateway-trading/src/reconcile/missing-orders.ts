import type { TimeZone } from '@ibkit/clock';
import type { OrderRecord } from '../journal/journal-record.js';
import type { OrderState } from '../orders/order-state.js';

/** One complete look at the broker's lists. */
export interface Sighting {
  readonly epoch: number;
  /** Counts the moments after which lists before and after cannot be compared: a new session, a lost or regained link. */
  readonly disturbances: number;
  /** Monotonic milliseconds. */
  readonly startedMs: number;
  readonly finishedMs: number;
}

/** What {@link MissingOrders} needs. */
export interface MissingOrdersOptions {
  /** How far apart two complete snapshots must be before the absence of an order means something, milliseconds. */
  readonly absenceWindowMs: number;
  /** The zone in which the broker's day ends: its lists of ended orders and of executions begin anew then. */
  readonly brokerTimeZone: TimeZone;
}

/**
 * Decides about orders that the broker does not show. Once proves nothing: a list may be taken while an order is on its way. Two
 * complete snapshots, far enough apart, in one session and with the link up all the time in between, do.
 */
export class MissingOrders {
  readonly #options: MissingOrdersOptions;
  readonly #since = new Map<string, Sighting>();

  constructor(options: MissingOrdersOptions) {
    this.#options = options;
  }

  /**
   * Takes the orders that a complete snapshot did not show.
   * @returns what is proven by now, and how long to wait for the next snapshot, when one is needed
   */
  judge(missing: readonly OrderState[], sighting: Sighting, nowMs: number): { readonly verdicts: readonly OrderRecord[]; readonly againInMs: number | undefined } {
    const ids = new Set(missing.map(({ intentId }) => intentId));
    for (const id of this.#since.keys()) if (!ids.has(id)) this.#since.delete(id);
    const verdicts: OrderRecord[] = [];
    let againInMs: number | undefined;
    for (const order of missing) {
      const first = this.#since.get(order.intentId);
      const comparable = first?.epoch === sighting.epoch && first.disturbances === sighting.disturbances;
      if (first !== undefined && comparable && sighting.startedMs - first.finishedMs >= this.#options.absenceWindowMs) {
        this.#since.delete(order.intentId);
        verdicts.push(this.#verdict(order, nowMs));
        continue;
      }
      const since = first !== undefined && comparable ? first : sighting;
      this.#since.set(order.intentId, since);
      const leftMs = Math.max(1, since.finishedMs + this.#options.absenceWindowMs - sighting.finishedMs);
      againInMs = Math.max(againInMs ?? 0, leftMs);
    }
    return { verdicts, againInMs };
  }

  #verdict(order: OrderState, atMs: number): OrderRecord {
    const { intentId } = order;
    const neverSeen = order.permIds.length === 0 && order.fills.length === 0 && order.reportedFilled === 0;
    if (order.status === 'unknown' && neverSeen && this.#isSameDay(order.stagedAtMs, atMs)) {
      return { type: 'order.verdict', intentId, atMs, verdict: 'absent', evidence: 'absence', reason: 'two complete snapshots of the broker do not contain it' };
    }
    if (order.brokerStatus === 'Inactive') {
      return { type: 'order.verdict', intentId, atMs, verdict: 'cancelled', evidence: 'absence', reason: 'inactive, and no longer among the orders of the broker' };
    }
    // It is not working, but it may have been filled on a day whose executions the broker does not list any more.
    return { type: 'order.unknown', intentId, atMs, notWorking: true, reason: 'not among the orders of the broker any more; a statement tells whether it was filled' };
  }

  #isSameDay(a: number, b: number): boolean {
    const { brokerTimeZone } = this.#options;
    return brokerTimeZone.dateOf(a) === brokerTimeZone.dateOf(b);
  }
}
