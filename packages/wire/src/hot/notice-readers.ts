import type { OrderStatus } from '../order-messages.js';
import type { ErrMsg } from '../session-messages.js';
import type { ByteCursor } from './byte-cursor.js';

/** The first version of errMsg that has an id and a code. */
const ERR_MSG_VERSION = 2;
/** The greatest 32-bit integer means "unset" in the parent id; the generic decoder takes it from there. */
const UNSET_INT = 2_147_483_647;

export function readOrderStatus(cursor: ByteCursor): OrderStatus | undefined {
  const orderId = cursor.integer();
  const status = cursor.text();
  const filled = cursor.number();
  const remaining = cursor.number();
  const avgFillPrice = cursor.number();
  const permId = cursor.digits();
  const parentId = cursor.integer();
  const lastFillPrice = cursor.number();
  const clientId = cursor.integer();
  const reason = cursor.text();
  const mktCapPrice = cursor.number();
  if (parentId === UNSET_INT || !cursor.done()) return undefined;
  const whyHeld = reason === '' ? undefined : reason;
  return { type: 'orderStatus', orderId, status, filled, remaining, avgFillPrice, permId, parentId, lastFillPrice, clientId, whyHeld, mktCapPrice };
}

/** Notices without escapes and without the JSON of a rejection. */
export function readErrMsg(cursor: ByteCursor, hasRejectJson: boolean): ErrMsg | undefined {
  const version = cursor.integer();
  const id = cursor.integer();
  const code = cursor.integer();
  const msg = cursor.text();
  const advancedRejectJson = undefined;
  if (hasRejectJson && cursor.text() !== '') return undefined;
  if (version < ERR_MSG_VERSION || !cursor.done() || msg.includes('\\')) return undefined;
  return { type: 'errMsg', id, code, msg, advancedRejectJson };
}
