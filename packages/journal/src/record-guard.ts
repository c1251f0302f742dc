import type { JournalRecord } from '@ibkit/gateway-trading';

/** Every type of record; the compiler finds one that is missing. */
const TYPES: Readonly<Record<JournalRecord['type'], true>> = {
  term: true,
  idFloor: true,
  killSwitch: true,
  globalCancel: true,
  armed: true,
  disarmed: true,
  'order.refused': true,
  'order.staged': true,
  'order.sending': true,
  'order.sent': true,
  'order.unsent': true,
  'order.unknown': true,
  'order.acked': true,
  'order.status': true,
  'order.execution': true,
  'order.commission': true,
  'order.cancelRequested': true,
  'order.verdict': true,
  'order.warning': true,
  'order.changeRequested': true,
  'order.changeVerdict': true,
  'order.resized': true,
};

/**
 * Whether a value has the shape that every record has. The chain has proven already that it is what was written, so the fields of
 * each type are not looked at one by one.
 */
export function isKnownRecord(value: unknown): value is JournalRecord {
  if (typeof value !== 'object' || value === null || !('type' in value) || !('atMs' in value)) return false;
  const { type, atMs } = value;
  if (typeof type !== 'string' || !Object.hasOwn(TYPES, type) || typeof atMs !== 'number') return false;
  // What was refused never became an order.
  return !type.startsWith('order.') || type === 'order.refused' || ('intentId' in value && typeof value.intentId === 'string');
}
