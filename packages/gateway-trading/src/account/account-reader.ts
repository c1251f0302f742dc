import type { ServerMessageOf } from '@ibkit/wire';
import type { AccountSummary, ExecutionReport, Position } from './account-data.js';
import type { BrokerInbox } from '../broker/broker-inbox.js';
import type { BrokerLists } from '../broker/broker-lists.js';
import type { TradingConnection } from '../broker/connection-port.js';
import type { Commission } from '../orders/order-state.js';
import { SharedRequest } from '../broker/shared-request.js';

/** Which executions to list; an absent field fits all. */
export interface ExecutionQuery {
  readonly account?: string | undefined;
  readonly symbol?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What an {@link AccountReader} needs. */
export interface AccountReaderOptions {
  readonly connection: TradingConnection;
  readonly lists: BrokerLists;
  readonly timeoutMs: number;
  readonly inbox: BrokerInbox;
}

/** Reads complete lists about accounts; what is asked twice at the same time is asked once. */
export class AccountReader {
  readonly #options: AccountReaderOptions;
  readonly #positions: SharedRequest<readonly Position[]>;
  readonly #summary: SharedRequest<readonly AccountSummary[]>;

  constructor(options: AccountReaderOptions) {
    const { lists, timeoutMs } = options;
    this.#options = options;
    this.#positions = new SharedRequest(() => lists.positions({ timeoutMs }));
    this.#summary = new SharedRequest(() => lists.accountSummary({}, { timeoutMs }));
  }

  positions(signal?: AbortSignal): Promise<readonly Position[]> {
    return this.#positions.get(signal);
  }

  summary(signal?: AbortSignal): Promise<readonly AccountSummary[]> {
    return this.#summary.get(signal);
  }

  async executions({ account, symbol, signal }: ExecutionQuery): Promise<readonly ExecutionReport[]> {
    const { connection, lists, timeoutMs } = this.#options;
    const rows = await lists.executions({ acctCode: account, symbol }, { timeoutMs, signal });
    const epoch = connection.session?.epoch ?? 0;
    const latest = new Map(rows.map((row) => [row.execution.execId, row]));
    return [...latest.values()].map((row) => this.#report(row, epoch));
  }

  #report({ execution, orderId, contract }: ServerMessageOf<'execDetails'>, epoch: number): ExecutionReport {
    const { execId, acctNumber, side, shares, price, exchange, time, permId, clientId, orderRef } = execution;
    const order = this.#options.inbox.orderOf({ permId: permId === '0' ? undefined : permId, orderRef, epoch, clientId, orderId });
    return {
      execId,
      account: acctNumber,
      contract,
      side,
      quantity: shares,
      price,
      exchange,
      time,
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
