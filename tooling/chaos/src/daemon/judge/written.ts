import { JournalOrders } from '@ibkit/gateway-trading';
import { sqliteJournal } from '@ibkit/journal';
import { entryMark, fillMark, orderMark } from '../clients/topic-follower.js';
import type { DurableTopic } from '../clients/topic-follower.js';

/** What the journal of the daemon says: read from its file, beside the daemon or after its death. */
export interface Written {
  /** References of orders by the ids that the API names them with. */
  readonly refs: ReadonlyMap<string, string>;
  readonly keys: ReadonlySet<string>;
  /** Order ids in the order in which they were taken. */
  readonly orderIds: readonly number[];
  /** Execution ids, as often as they were booked. */
  readonly execIds: readonly string[];
  /** What each topic has told by now to whoever followed it from the beginning, `audit` with the number of its first entry 1. */
  readonly changes: Readonly<Record<DurableTopic, readonly string[]>>;
  readonly records: number;
  /** How often an order was noted as unknown. */
  readonly unknown: number;
  /** Why the chain of hashes does not hold. */
  readonly broken: string | undefined;
}

/** Reads the journal in a directory, without disturbing its owner. */
export async function readWritten(directory: string): Promise<Written> {
  const journal = await sqliteJournal({ directory, readOnly: true });
  try {
    const verified = await journal.verify();
    const orders = new JournalOrders();
    const refs = new Map<string, string>();
    const keys = new Set<string>();
    const [orderIds, execIds]: [number[], string[]] = [[], []];
    const changes = { orders: new Array<string>(), executions: new Array<string>(), audit: new Array<string>() };
    let unknown = 0;
    for await (const entry of journal.read(1)) {
      const { record } = entry;
      if (record.type === 'order.staged') {
        refs.set(record.intentId, record.orderRef);
        keys.add(record.key);
        orderIds.push(record.orderId);
      }
      if (record.type === 'order.execution') execIds.push(record.execId);
      if (record.type === 'order.unknown') unknown += 1;
      const change = orders.apply(record);
      changes.audit.push(entryMark(entry));
      if (change === undefined) continue;
      changes.orders.push(orderMark({ ...change.order, id: change.order.intentId }));
      if (change.fill !== undefined) changes.executions.push(fillMark(change.fill));
    }
    return { refs, keys, orderIds, execIds, changes, records: changes.audit.length, unknown, broken: verified.ok ? undefined : verified.reason };
  } finally {
    await journal.close();
  }
}
