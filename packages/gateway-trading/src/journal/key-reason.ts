import type { KeyReason } from '../orders/order-gate.js';
import type { Journal } from './journal.js';

/** What the journals beside this one have against a key of a new order. What cannot be read may know it. */
export function keyReason(journal: Journal, account: string, key: string): KeyReason | undefined {
  try {
    return journal.isKeyTaken?.(account, key) === true ? 'KEY_TAKEN' : undefined;
  } catch {
    return 'KEYS_UNREADABLE';
  }
}
