import type { ClientMessage, ServerMessage, ServerMessageOf, WireExecutionFilter } from '@ibkit/wire';
import type { AccountSummary, AccountValue, Position } from '../account/account-data.js';
import { AnswerTurns } from './answer-turns.js';
import type { TradingConnection, TradingRequest } from './connection-port.js';

/** Limits of one question. */
export interface ListOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** A list that the broker sends item by item and then ends: complete, or no list at all. */
interface ListSpec<T> extends Pick<TradingRequest<readonly T[]>, 'name' | 'unkeyed' | 'build' | 'cancel'> {
  /** The item in a message, `'end'`, or nothing of this list. */
  readonly read: (message: ServerMessage) => T | 'end' | undefined;
  /** What the broker is told once the list is complete, where it would go on sending changes otherwise. */
  readonly release?: ((requestId: number) => ClientMessage) | undefined;
}

/** What an account summary asks for (TWS API: reqAccountSummary tags). */
const SUMMARY_TAGS =
  'AccountType,NetLiquidation,TotalCashValue,SettledCash,AccruedCash,BuyingPower,EquityWithLoanValue,PreviousDayEquityWithLoanValue,GrossPositionValue,' +
  'InitMarginReq,MaintMarginReq,AvailableFunds,ExcessLiquidity,Cushion,FullInitMarginReq,FullMaintMarginReq,FullAvailableFunds,FullExcessLiquidity,' +
  'LookAheadNextChange,DayTradesRemaining,Leverage';

function accountValue({ tag, value, currency }: ServerMessageOf<'accountSummary'>): AccountValue {
  const amount = value.trim() === '' ? Number.NaN : Number(value);
  return {
    tag,
    value,
    ...(Number.isFinite(amount) ? { amount } : {}),
    ...(currency === '' ? {} : { currency }),
  };
}

/** Reads the broker's lists, each of them complete or not at all. */
export class BrokerLists {
  readonly #connection: TradingConnection;
  readonly #turns: AnswerTurns;

  constructor(connection: TradingConnection) {
    this.#connection = connection;
    this.#turns = new AnswerTurns(connection);
  }

  /** The working orders of every client and of the platform itself (TWS API: reqAllOpenOrders binds nothing). */
  openOrders(options: ListOptions): Promise<readonly ServerMessageOf<'openOrder'>[]> {
    return this.#list(
      {
        name: 'open orders',
        unkeyed: true,
        build: () => ({ type: 'reqAllOpenOrders' }),
        read: (message) => (message.type === 'openOrder' ? message : message.type === 'openOrderEnd' ? 'end' : undefined),
      },
      options,
    );
  }

  /** The orders that ended today, of everybody. */
  completedOrders(options: ListOptions): Promise<readonly ServerMessageOf<'completedOrder'>[]> {
    return this.#list(
      {
        name: 'completed orders',
        unkeyed: true,
        build: () => ({ type: 'reqCompletedOrders', apiOnly: false }),
        read: (message) => (message.type === 'completedOrder' ? message : message.type === 'completedOrderEnd' ? 'end' : undefined),
      },
      options,
    );
  }

  /** The executions since midnight that fit the filter. */
  executions(filter: WireExecutionFilter, options: ListOptions): Promise<readonly ServerMessageOf<'execDetails'>[]> {
    return this.#list(
      {
        name: 'executions',
        build: (reqId) => ({ type: 'reqExecutions', reqId, filter }),
        read: (message) => (message.type === 'execDetails' ? message : message.type === 'execDetailsEnd' ? 'end' : undefined),
      },
      options,
    );
  }

  /** Every position that is not 0, of every account. */
  async positions(options: ListOptions): Promise<readonly Position[]> {
    const rows = await this.#list(
      {
        name: 'positions',
        unkeyed: true,
        build: () => ({ type: 'reqPositions' }),
        cancel: () => ({ type: 'cancelPositions' }),
        release: () => ({ type: 'cancelPositions' }),
        read: (message) => (message.type === 'position' ? message : message.type === 'positionEnd' ? 'end' : undefined),
      },
      options,
    );
    // A change may arrive in the middle of the list: the last word on an instrument counts.
    const latest = new Map(rows.map(({ account, contract, position, avgCost }) => [`${account}/${contract.conId ?? JSON.stringify(contract)}`, { account, contract, position, avgCost: avgCost ?? 0 }]));
    return [...latest.values()].filter(({ position }) => position !== 0);
  }

  /** The values of every account. */
  async accountSummary(options: ListOptions): Promise<readonly AccountSummary[]> {
    const rows = await this.#list(
      {
        name: 'account summary',
        build: (reqId) => ({ type: 'reqAccountSummary', reqId, group: 'All', tags: SUMMARY_TAGS }),
        cancel: (reqId) => ({ type: 'cancelAccountSummary', reqId }),
        release: (reqId) => ({ type: 'cancelAccountSummary', reqId }),
        read: (message) => (message.type === 'accountSummary' ? message : message.type === 'accountSummaryEnd' ? 'end' : undefined),
      },
      options,
    );
    const byAccount = new Map<string, AccountValue[]>();
    for (const row of rows) byAccount.set(row.account, [...(byAccount.get(row.account) ?? []), accountValue(row)]);
    return [...byAccount].map(([account, values]) => ({ account, values }));
  }

  /** Waits for no answer any more. */
  close(): void {
    this.#turns.close();
  }

  #list<T>(spec: ListSpec<T>, options: ListOptions): Promise<readonly T[]> {
    const { name, unkeyed, read } = spec;
    const ask = (): Promise<readonly T[]> => this.#ask(spec, options);
    return unkeyed === true ? this.#turns.take({ ...options, name, isEnd: (message) => read(message) === 'end' }, ask) : ask();
  }

  #ask<T>({ read, release, ...spec }: ListSpec<T>, { timeoutMs, signal }: ListOptions): Promise<readonly T[]> {
    const items: T[] = [];
    return this.#connection.request<readonly T[]>({
      ...spec,
      lane: 'account',
      timeoutMs,
      signal,
      receive: (message, reply, requestId) => {
        const item = read(message);
        if (item === undefined) return;
        if (item !== 'end') {
          items.push(item);
          return;
        }
        reply.resolve(items);
        if (release === undefined) return;
        this.#connection.session?.send(release(requestId), { lane: 'account' }).catch(() => {
          // The session is gone, and the stream with it.
        });
      },
    });
  }
}
