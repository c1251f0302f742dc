import { createHash } from 'node:crypto';
import { UsageError } from '@ibkit/error-codes';
import { canonical, stageRequest } from './order-request.js';
import type { OrderRequest } from './order-request.js';

/** What a preview rested on besides the request. */
export interface PreviewFacts {
  /** The account that the order is for, as `OrderPreview.account` says it. */
  readonly account: string | undefined;
  /** The price that the estimate was made with, as `OrderPreview.estimate.price` says it; absent when none was known. */
  readonly price?: number | undefined;
  /** The session in which it was made: `connection.session.epoch`. */
  readonly epoch: number;
}

/** Goes up when the text that is hashed changes: a token of an earlier version is then one of nobody. */
const VERSION = 1;

/**
 * What a preview is bound to, as 64 hexadecimal digits: SHA-256 over the canonical text of the order, its account, the price and the session.
 * The same order has the same fingerprint however it is written: the order of keys, defaults that are spelled out and the broker's other
 * names for a field make no difference. Everything that is sent makes one; `key`, `tag` and `requestHash` are names that the caller gives to
 * it, are not sent, and make none. Pure: asks nobody and reads no clock.
 * @throws {@link UsageError} `IBKR_ORDER_INVALID` for a request that could not be placed; when the request names another account than the
 *   facts; for a price or an epoch that is no number.
 */
export function previewFingerprint(request: OrderRequest, { account, price, epoch }: PreviewFacts): string {
  if (request.account !== undefined && account !== undefined && request.account !== account) throw new UsageError({ field: 'account', rule: 'must be the account of the request' });
  if (price !== undefined && !Number.isFinite(price)) throw new UsageError({ field: 'price', value: price, rule: 'must be a finite number' });
  if (!Number.isSafeInteger(epoch)) throw new UsageError({ field: 'epoch', value: epoch, rule: 'must be a whole number: the epoch of the session' });
  const staged = stageRequest(request);
  // A request has its parameters by name, the wire has them in a row.
  const params = [...(staged.algo?.params ?? [])].sort((a, b) => (a.tag < b.tag ? -1 : 1));
  const order = staged.algo === undefined ? staged : { ...staged, algo: { ...staged.algo, params } };
  // 0 and -0 are one price.
  const bound = { version: VERSION, order, account: account ?? request.account, price: price === undefined ? undefined : price + 0, epoch };
  return createHash('sha256').update(canonical(bound)).digest('hex');
}
