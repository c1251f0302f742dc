import type { JournalRecord } from '@ibkit/gateway-trading';
import { staged } from './directories.js';

/** What follows the record with this number: one to four records, the same at every call. */
export function batchAt(seq: number): readonly JournalRecord[] {
  const size = 1 + ((seq * 7) % 4);
  return Array.from({ length: size }, (_, index) => recordAt(seq + index + 1));
}

/** The record with this number. */
export function recordAt(seq: number): JournalRecord {
  if (seq % 2 === 1) return staged(seq, { tag: 'x'.repeat((seq * 37) % 500) });
  return { type: 'order.sending', intentId: `I${seq - 1}`, atMs: seq };
}
