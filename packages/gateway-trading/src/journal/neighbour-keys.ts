import { isIbkrError } from '@ibkit/error-codes';
import type { GateRefusedError } from '@ibkit/error-codes';
import { gateRefusal } from '../orders/order-gate.js';
import type { GateReason, KeyReason } from '../orders/order-gate.js';
import type { Journal } from './journal.js';

/** What the journals beside ours have against a key of a new order. */
export class NeighbourKeys {
  readonly #journal: Journal;
  #trouble: unknown;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** Nothing against an order without a key. What cannot be read may know the key. */
  reasons(account: string, key: string | undefined): readonly KeyReason[] {
    if (key === undefined) return [];
    try {
      return this.#journal.isKeyTaken?.(account, key) === true ? ['KEY_TAKEN'] : [];
    } catch (error) {
      this.#trouble = error;
      return ['KEYS_UNREADABLE'];
    }
  }

  /** The error of the gate for an order: with what could not be read, when that is a reason. */
  refusal(reasons: readonly GateReason[]): GateRefusedError {
    const trouble = reasons.includes('KEYS_UNREADABLE') ? this.#trouble : undefined;
    return gateRefusal(reasons, 'order', isIbkrError(trouble) ? trouble : undefined);
  }
}
