import type { ServerMessageOf } from '@ibkit/wire';
import type { BrokerInbox } from '../broker/broker-inbox.js';
import type { BrokerLists } from '../broker/broker-lists.js';
import type { TradingConnection } from '../broker/connection-port.js';
import type { Commission } from '../orders/order-state.js';
import type { ExecutionReport } from './execution-report.js';
import { executionKindOf, newestRevisions } from './execution-id.js';
import { executionTimeMs } from './execution-time.js';

/** Which executions to list; an absent field fits all. */
export interface ExecutionQuery {
  readonly account?: string | undefined;
  readonly symbol?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What an {@link ExecutionReader} needs. */
export interface ExecutionReaderOptions {
  readonly connection: TradingConnection;
  readonly lists: BrokerLists;
  readonly timeoutMs: number;
  readonly inbox: BrokerInbox;
}

/** Reads the executions of today from the broker: everybody's, each once, corrected ones as they were corrected. */
export class ExecutionReader {
  readonly #options: ExecutionReaderOptions;

  constructor(options: ExecutionReaderOptions) {
    this.#options = options;
  }

  /** See `Trading.executions`. */
  async read({ account, symbol, signal }: ExecutionQuery): Promise<readonly ExecutionReport[]> {
    const { connection, lists, timeoutMs } = this.#options;
    const rows = await lists.executions({ acctCode: account, symbol }, { timeoutMs, signal });
    const epoch = connection.session?.epoch ?? 0;
    return newestRevisions(rows, ({ execution }) => execution.execId).map((row) => this.#report(row, epoch));
  }

  #report({ execution, orderId, contract }: ServerMessageOf<'execDetails'>, epoch: number): ExecutionReport {
    const { execId, acctNumber, side, shares, price, exchange, time, permId, clientId, orderRef } = execution;
    const order = this.#options.inbox.orderOf({ permId: permId === '0' ? undefined : permId, orderRef, epoch, clientId, orderId });
    return {
      execId,
      kind: executionKindOf({ execId, secType: contract.secType, orderSecType: order?.contract.secType }),
      account: acctNumber,
      contract,
      side,
      quantity: shares,
      price,
      exchange,
      time,
      executedAtMs: executionTimeMs(time),
      permId,
      clientId,
      orderId,
      orderRef,
      key: order?.key,
      tag: order?.tag,
      commission: this.#commission(execId),
    };
  }

  #commission(execId: string): Commission {
    const told = this.#options.inbox.commissionOf(execId);
    if (told?.commission === undefined) return { status: 'pending' };
    return { status: 'known', amount: told.commission, currency: told.currency, realizedPnl: told.realizedPNL };
  }
}
