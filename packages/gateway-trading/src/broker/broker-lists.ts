import { brokerError } from '@ibkit/error-codes';
import type { ClientMessage, ServerMessage, ServerMessageOf, WireExecutionFilter } from '@ibkit/wire';
import type { AccountSummary, AccountValue, Position } from '../account/account-data.js';
import { accountValueOf } from '../account/account-values.js';
import type { PortfolioBook } from '../account/portfolio-book.js';
import { AnswerTurns } from './answer-turns.js';
import type { TradingConnection, TradingRequest } from './connection-port.js';
import { PositionRows, latestPositions } from './position-rows.js';

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

/** Whose positions. */
export interface AccountScope {
  /** An account, or the name of an advisor's group. */
  readonly account: string;
  readonly model?: string | undefined;
}

/** Which summary. */
export interface SummaryScope {
  /** `All`, or the name of an advisor's group. @defaultValue 'All' */
  readonly group?: string | undefined;
  /** Also `$LEDGER`, `$LEDGER:USD`, `$LEDGER:ALL`. @defaultValue all but the ledger */
  readonly tags?: readonly string[] | undefined;
}

/** Reads the broker's lists, each of them complete or not at all. */
export class BrokerLists {
  readonly #connection: TradingConnection;
  readonly #turns: AnswerTurns;
  readonly #positionRows: PositionRows;
  readonly #positionListeners = new Set<(positions: readonly Position[]) => void>();

  constructor(connection: TradingConnection) {
    this.#connection = connection;
    this.#turns = new AnswerTurns(connection);
    this.#positionRows = new PositionRows(connection);
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

  /**
   * Every position that is not 0, of every account. The broker goes on sending changes afterwards: there is one stream per connection
   * (TWS API: reqPositions), which may be somebody else's as well, so it is never cancelled.
   */
  async positions(options: ListOptions): Promise<readonly Position[]> {
    let before: readonly ServerMessageOf<'position'>[] = [];
    const rows = await this.#list(
      {
        name: 'positions',
        unkeyed: true,
        build: () => {
          before = this.#positionRows.sinceLastEnd;
          return { type: 'reqPositions' };
        },
        read: (message) => (message.type === 'position' ? message : message.type === 'positionEnd' ? 'end' : undefined),
      },
      options,
    );
    // A change may arrive in the middle of the list: the last word on an instrument counts.
    const positions = latestPositions([...before, ...rows]);
    for (const listener of this.#positionListeners) listener(positions);
    return positions;
  }

  /** Calls `listener` with every complete list of positions, whoever asked for it. */
  onPositions(listener: (positions: readonly Position[]) => void): () => void {
    this.#positionListeners.add(listener);
    return () => {
      this.#positionListeners.delete(listener);
    };
  }

  /** The positions of one account, group or model that are not 0 (TWS API: reqPositionsMulti, which has a request id). */
  async positionsOf({ account, model = '' }: AccountScope, options: ListOptions): Promise<readonly Position[]> {
    const rows = await this.#list(
      {
        name: 'positions of an account',
        build: (reqId) => ({ type: 'reqPositionsMulti', reqId, account, modelCode: model }),
        cancel: (reqId) => ({ type: 'cancelPositionsMulti', reqId }),
        release: (reqId) => ({ type: 'cancelPositionsMulti', reqId }),
        read: (message) => (message.type === 'positionMulti' ? message : message.type === 'positionMultiEnd' ? 'end' : undefined),
      },
      options,
    );
    return latestPositions(rows.map((row) => ({ ...row, type: 'position' })));
  }

  /** The values of every account of a group, one question at a time: the broker answers two at most (TWS API: error 322). */
  async accountSummary({ group = 'All', tags }: SummaryScope, options: ListOptions): Promise<readonly AccountSummary[]> {
    const rows = await this.#turns.take(
      { ...options, name: 'account summary', isEnd: (message) => message.type === 'accountSummaryEnd' },
      () => this.#askSummary(group, tags?.join(',') ?? SUMMARY_TAGS, options),
    );
    const byAccount = new Map<string, AccountValue[]>();
    for (const row of rows) byAccount.set(row.account, [...(byAccount.get(row.account) ?? []), accountValueOf(row)]);
    return [...byAccount].map(([account, values]) => ({ account, values }));
  }

  /** An advisor's groups or aliases as the broker keeps them (TWS API: requestFA). */
  async advisorData(faDataType: 1 | 3, options: ListOptions): Promise<string> {
    const name = faDataType === 1 ? "the advisor's groups" : "the advisor's aliases";
    // The refusal carries no id; TWS API: 321 with these words for everybody who is no advisor.
    const isRefusal = (message: ServerMessage): message is ServerMessageOf<'errMsg'> => message.type === 'errMsg' && message.id <= 0 && /\bFA\b|requestFA/u.test(message.msg);
    const isAnswer = (message: ServerMessage): message is ServerMessageOf<'receiveFA'> => message.type === 'receiveFA' && message.faDataType === faDataType;
    const ask = (): Promise<string> =>
      this.#connection.request<string>({
        name,
        unkeyed: true,
        lane: 'account',
        ...options,
        build: () => ({ type: 'requestFA', faDataType }),
        receive: (message, reply) => {
          if (isAnswer(message)) reply.resolve(message.xml);
          if (isRefusal(message)) reply.reject(brokerError({ code: message.code, message: message.msg, context: name }));
        },
      });
    return this.#turns.take({ ...options, name, isEnd: (message) => isAnswer(message) || isRefusal(message) }, ask);
  }

  /** The account whose values and portfolio the broker sends is `account` from now on (TWS API: one per connection). */
  portfolioTurn(account: string, book: PortfolioBook, options: ListOptions): Promise<void> {
    const name = 'account updates';
    const ask = (): Promise<void> =>
      this.#connection.request<undefined>({
        name,
        unkeyed: true,
        lane: 'account',
        ...options,
        build: () => ({ type: 'reqAccountUpdates', subscribe: true, acctCode: account }),
        receive: (message, reply) => {
          if (book.take(message) === 'end') reply.resolve(undefined);
        },
      });
    return this.#turns.take({ ...options, name, isEnd: (message) => message.type === 'accountDownloadEnd' }, ask);
  }


  /** Waits for no answer any more. */
  close(): void {
    this.#turns.close();
    this.#positionRows.close();
    this.#positionListeners.clear();
  }

  #askSummary(group: string, tags: string, options: ListOptions): Promise<readonly ServerMessageOf<'accountSummary'>[]> {
    return this.#list(
      {
        name: 'account summary',
        build: (reqId) => ({ type: 'reqAccountSummary', reqId, group, tags }),
        cancel: (reqId) => ({ type: 'cancelAccountSummary', reqId }),
        release: (reqId) => ({ type: 'cancelAccountSummary', reqId }),
        read: (message) => (message.type === 'accountSummary' ? message : message.type === 'accountSummaryEnd' ? 'end' : undefined),
      },
      options,
    );
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
