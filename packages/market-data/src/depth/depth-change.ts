import type { ServerMessageOf } from '@ibkit/wire';
import type { BookChange, DepthOperation } from './order-book.js';

/** TWS API: operations of `marketDepth`, in the order of their numbers. */
const OPERATIONS: readonly DepthOperation[] = ['insert', 'update', 'delete'];
const ASK = 0;
const BID = 1;

type DepthMessage = ServerMessageOf<'marketDepth'> | ServerMessageOf<'marketDepthL2'>;

/** What a message changes; `undefined` for an operation or a side that nobody knows. */
export function changeOf(message: DepthMessage): BookChange | undefined {
  const operation = OPERATIONS[message.operation];
  if (operation === undefined || (message.side !== ASK && message.side !== BID)) return undefined;
  const marketMaker = message.type === 'marketDepthL2' && message.marketMaker !== '' ? message.marketMaker : undefined;
  return Object.freeze({
    side: message.side === BID ? 'bid' : 'ask',
    operation,
    position: message.position,
    level: Object.freeze({ price: message.price, size: message.size ?? 0, marketMaker }),
  });
}
