import { seededRandom } from '@ibkit/clock';
import type { Journal } from '../journal/journal.js';
import type { JournalRecord } from '../journal/journal-record.js';
import type { TradingOptions } from '../options.js';
import type { OrderRequest } from '../orders/order-request.js';
import { Trading } from '../trading/trading.js';
import { FakeConnection, FakeOrder } from './fake-connection.js';

/** A share. */
export const AAPL = { conId: 265598, symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' } as const;
/** A request that is fine. */
export const BUY: OrderRequest = { contract: AAPL, action: 'BUY', quantity: 100, orderType: 'LMT', limitPrice: 190 };

/** Trading over a connection in memory. */
export interface Rig {
  readonly connection: FakeConnection;
  readonly trading: Trading;
  /** The order that left last, as its broker. */
  readonly broker: () => FakeOrder;
  readonly settle: () => Promise<void>;
}

/** Trading that was not started yet. */
export function rigOn(connection: FakeConnection, options: Partial<TradingOptions> = {}): Rig {
  const trading = new Trading({ connection, random: seededRandom(connection.clock.now()), reconcileEveryMs: false, ...options });
  return {
    connection,
    trading,
    broker(): FakeOrder {
      const placed = connection.placed.at(-1);
      if (placed === undefined) throw new Error('no order left');
      return new FakeOrder(connection, placed);
    },
    settle: () => connection.clock.settle(),
  };
}

/** Trading with an open gate. */
export async function readyRig(options: Partial<TradingOptions> = {}): Promise<Rig> {
  const rig = rigOn(new FakeConnection(), options);
  rig.connection.up();
  await rig.trading.ready();
  return rig;
}

/** What a journal holds. */
export async function recordsOf(journal: Journal): Promise<readonly JournalRecord[]> {
  const records: JournalRecord[] = [];
  for await (const { record } of journal.read(1)) records.push(record);
  return records;
}
