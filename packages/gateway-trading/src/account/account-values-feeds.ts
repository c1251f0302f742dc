import type { ServerMessage } from '@ibkit/wire';
import type { TradingConnection } from '../broker/connection-port.js';
import { ValueRows } from './account-values.js';
import type { AccountValues } from './account-values.js';
import { KeyedFeed } from './keyed-feed.js';
import type { FeedDeps } from './keyed-feed.js';
import { LiveFeeds } from './live-feeds.js';
import type { LiveStream } from './live-stream.js';

/** They come every three minutes while they change. */
const VERIFY_MS = 600_000;

/** Which values. */
export interface AccountValuesQuery {
  readonly account: string;
  readonly model?: string | undefined;
}

function viewOf({ account, model }: AccountValuesQuery, rows: ValueRows): AccountValues {
  return { account, ...(model === undefined ? {} : { model }), values: rows.values, ready: rows.ready };
}

/** The values of one account. Asked per account and with a request id, so that answers about several accounts cannot be mixed up (TWS API: reqAccountUpdatesMulti). */
export async function askAccountValues(
  connection: TradingConnection,
  query: AccountValuesQuery,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
): Promise<AccountValues> {
  const { account, model = '' } = query;
  const rows = new ValueRows();
  return connection.request<AccountValues>({
    name: 'account values',
    lane: 'account',
    timeoutMs,
    signal,
    build: (reqId) => ({ type: 'reqAccountUpdatesMulti', reqId, account, modelCode: model, ledgerAndNLV: false }),
    cancel: (reqId) => ({ type: 'cancelAccountUpdatesMulti', reqId }),
    receive: (message, reply, reqId) => {
      if (message.type === 'accountUpdateMulti' && message.account === account) rows.put(message);
      if (message.type !== 'accountUpdateMultiEnd') return;
      reply.resolve(viewOf(query, rows));
      connection.session?.send({ type: 'cancelAccountUpdatesMulti', reqId }, { lane: 'account' }).catch(() => {
        // The session is gone, and the stream with it.
      });
    },
  });
}

/** The values of accounts as they change: at most every three minutes, and after trades. */
export class AccountValuesFeeds {
  readonly #deps: FeedDeps;
  readonly #feeds = new LiveFeeds<AccountValues>();

  constructor(deps: FeedDeps) {
    this.#deps = deps;
  }

  open(query: AccountValuesQuery): LiveStream<AccountValues> {
    const { account, model = '' } = query;
    let rows = new ValueRows();
    let incoming: ValueRows | undefined;
    const take = (message: ServerMessage): 'part' | 'all' | undefined => {
      if (message.type === 'accountUpdateMulti' && message.account === account) {
        (incoming ?? rows).put(message);
        return incoming === undefined ? 'part' : undefined;
      }
      if (message.type !== 'accountUpdateMultiEnd') return undefined;
      rows = incoming ?? rows;
      incoming = undefined;
      return 'all';
    };
    return this.#feeds.open(`${account}/${model}`, (onOver) => new KeyedFeed<AccountValues>({
      name: 'account values',
      verifyMs: VERIFY_MS,
      account,
      build: (reqId) => ({ type: 'reqAccountUpdatesMulti', reqId, account, modelCode: model, ledgerAndNLV: false }),
      cancel: (reqId) => ({ type: 'cancelAccountUpdatesMulti', reqId }),
      begin: () => {
        incoming = new ValueRows();
      },
      take,
      read: () => viewOf(query, rows),
    }, this.#deps, onOver));
  }

  close(error: Error | undefined): Promise<void> {
    return this.#feeds.close(error);
  }
}
