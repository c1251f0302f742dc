import { SystemError } from '@ibkit/error-codes';

/** Request ids begin here; order ids stay below, because notices carry one id for both. */
export const ORDER_ID_CEILING = 100_000_000;

/**
 * Hands out order ids that never come twice: above the journal's floor, above what the broker calls the next valid id, and above every
 * id of this client that was ever seen. Gaps are fine with the broker (TWS API: nextValidId), repeats are not (103).
 */
export class OrderIds {
  /** What was used, shown or promised: ours begin above. */
  readonly #highest = new Map<number, number>();
  /** The same without what was only promised. */
  readonly #used = new Map<number, number>();
  readonly #taken = new Set<string>();

  /** Notes an id that was used or shown, for a client id. */
  observe(clientId: number, orderId: number): void {
    // Orders made by hand come with 0, with negative ids and with the largest integer.
    if (!Number.isSafeInteger(orderId) || orderId <= 0 || orderId >= ORDER_ID_CEILING) return;
    if (orderId > this.highest(clientId)) this.#highest.set(clientId, orderId);
    if (orderId > this.used(clientId)) this.#used.set(clientId, orderId);
  }

  /** Notes what the broker calls the next valid id. It takes none below, so one in the range of request ids leaves no id to give. */
  promise(clientId: number, nextValidId: number): void {
    if (nextValidId > this.highest(clientId)) this.#highest.set(clientId, nextValidId);
  }

  /** Whether this process gave the id out, for an order or a question: nobody else has an order under it. */
  isTaken(clientId: number, orderId: number): boolean {
    return this.#taken.has(`${clientId}/${orderId}`);
  }

  /** The highest id noted; 0 when there is none. */
  highest(clientId: number): number {
    return this.#highest.get(clientId) ?? 0;
  }

  /** The highest id that was used or shown; 0 when there is none. */
  used(clientId: number): number {
    return this.#used.get(clientId) ?? 0;
  }

  /**
   * Takes the next id, or the one that is wanted, when the broker takes it and none from there on was used.
   * @throws {@link SystemError} when the ids have reached the range of request ids.
   */
  take(clientId: number, wanted = 0): number {
    const highest = this.highest(clientId);
    const orderId = wanted >= highest && wanted > this.used(clientId) ? wanted : highest + 1;
    if (orderId >= ORDER_ID_CEILING) {
      throw new SystemError({
        code: 'IBKR_ORDER_IDS_EXHAUSTED',
        message: `The next order id ${orderId} reaches the range of request ids: reset the order id sequence in the API settings of TWS or IB Gateway`,
        details: { clientId },
      });
    }
    this.#highest.set(clientId, orderId);
    this.#used.set(clientId, orderId);
    this.#taken.add(`${clientId}/${orderId}`);
    return orderId;
  }
}
