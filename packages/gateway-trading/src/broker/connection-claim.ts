import { UsageError } from '@ibkit/error-codes';
import type { TradingConnection } from './connection-port.js';

const claimed = new WeakSet<TradingConnection>();

/**
 * Claims a connection for one trading object until the returned function is called. Two on one connection would give out the same
 * order ids, and for the broker a second order under an id is a change of the first (TWS API: placeOrder).
 * @throws {@link UsageError} when it is claimed.
 */
export function claimConnection(connection: TradingConnection): () => void {
  if (claimed.has(connection)) {
    throw new UsageError({ field: 'connection', rule: 'may have one Trading object at a time, because two would use the same order ids: close the other one first' });
  }
  claimed.add(connection);
  return () => {
    claimed.delete(connection);
  };
}
