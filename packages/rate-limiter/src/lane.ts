/**
 * The lanes, first served first.
 *
 * `cancel` and `order` are urgent: they alone may use the reserve. The rest is bulk. `heartbeat` is the first bulk lane, so a
 * probe waits for at most one slot of the window and never behind a queue of look-ups.
 */
export const LANES = Object.freeze(['cancel', 'order', 'heartbeat', 'account', 'data', 'history'] as const);

/** What a message is for, which decides how soon it leaves. */
export type Lane = (typeof LANES)[number];

/** Whether a lane may use the reserve. */
export function isUrgent(lane: Lane): boolean {
  return lane === 'cancel' || lane === 'order';
}

/** A zero for each lane. */
export function zeroPerLane(): Record<Lane, number> {
  return { cancel: 0, order: 0, heartbeat: 0, account: 0, data: 0, history: 0 };
}
