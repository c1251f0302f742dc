import { fillHistory } from '../executions/fill-history.js';
import type { FillQuery } from '../executions/fill-history.js';
import type { FillReport } from '../executions/execution-report.js';
import { OrderLedger } from '../orders/order-ledger.js';
import type { OrderState } from '../orders/order-state.js';
import type { JournalRecord } from './journal-record.js';

/** What one record of a journal did to an order. */
export interface JournalledOrder {
  readonly order: OrderState;
  /** The fill that it was about, as it is now: of an execution, or of its commission. */
  readonly fill: FillReport | undefined;
}

/**
 * Our orders as a journal tells them, record by record: for whoever follows a journal, or reads an old one, without trading. The records are
 * given from the first one on, in order.
 */
export class JournalOrders {
  readonly #ledger = new OrderLedger();

  /** Takes the next record. Gives back the order as it is now, when the record changed one. */
  apply(record: JournalRecord): JournalledOrder | undefined {
    const change = this.#ledger.apply(record);
    if (change === undefined) return undefined;
    const { after: order, record: told } = change;
    const execId = told.type === 'order.execution' || told.type === 'order.commission' ? told.execId : undefined;
    return { order, fill: execId === undefined ? undefined : fillHistory([order]).find((fill) => fill.execId === execId) };
  }

  /** Every order, oldest first. */
  all(): readonly OrderState[] {
    return this.#ledger.all();
  }

  /** The fills of all of them, oldest first: each execution once, as it was corrected. @param query as of `Trading.fills` */
  fills(query: FillQuery = {}): readonly FillReport[] {
    return fillHistory(this.#ledger.all(), query);
  }

  /** The orders without a verdict, oldest first. */
  open(): readonly OrderState[] {
    return this.#ledger.open();
  }
}
