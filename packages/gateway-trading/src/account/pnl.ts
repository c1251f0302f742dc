import type { ServerMessageOf } from '@ibkit/wire';
import { KeyedFeed } from './keyed-feed.js';
import type { FeedDeps } from './keyed-feed.js';
import { LiveFeeds } from './live-feeds.js';
import type { LiveStream } from './live-stream.js';

/**
 * The profit and loss of an account, in its base currency. Amounts are what the broker sent, digit for digit; absent is what it does
 * not know (TWS API: pnl, where the greatest double stands for that).
 */
export interface Pnl {
  readonly account: string;
  /** The model portfolio, when it is about one. */
  readonly model?: string | undefined;
  /** Since the day began for the broker. */
  readonly dailyPnl?: number | undefined;
  readonly unrealizedPnl?: number | undefined;
  readonly realizedPnl?: number | undefined;
}

/** The profit and loss of one position (TWS API: pnlSingle). A position that there is not has `position` 0 and no amounts. */
export interface PositionPnl extends Pnl {
  readonly conId: number;
  readonly position?: number | undefined;
  /** What it is worth now. */
  readonly value?: number | undefined;
}

/** It comes about once per second while markets are open. */
const VERIFY_MS = 60_000;

/** Whose profit and loss. */
export interface PnlQuery {
  readonly account: string;
  readonly model?: string | undefined;
}

/** What the broker uses for "not known", should it come through. */
function known(amount: number | undefined): number | undefined {
  return amount === undefined || !Number.isFinite(amount) || Math.abs(amount) >= Number.MAX_VALUE ? undefined : amount;
}

function amounts({ dailyPnL, unrealizedPnL, realizedPnL }: ServerMessageOf<'pnl' | 'pnlSingle'>): Pick<Pnl, 'dailyPnl' | 'unrealizedPnl' | 'realizedPnl'> {
  return { dailyPnl: known(dailyPnL), unrealizedPnl: known(unrealizedPnL), realizedPnl: known(realizedPnL) };
}

function owner({ account, model }: PnlQuery): PnlQuery {
  return model === undefined ? { account } : { account, model };
}

/** Profit and loss as it changes, about once per second; one request at the broker per account, model and position, however many read. */
export class PnlFeeds {
  readonly #deps: FeedDeps;
  readonly #accounts = new LiveFeeds<Pnl>();
  readonly #positions = new LiveFeeds<PositionPnl>();

  constructor(deps: FeedDeps) {
    this.#deps = deps;
  }

  ofAccount(query: PnlQuery): LiveStream<Pnl> {
    const { account, model = '' } = query;
    let latest: Pnl = owner(query);
    return this.#accounts.open(`${account}/${model}`, (onOver) => new KeyedFeed<Pnl>({
      name: 'profit and loss',
      verifyMs: VERIFY_MS,
      account,
      build: (reqId) => ({ type: 'reqPnL', reqId, account, modelCode: model }),
      cancel: (reqId) => ({ type: 'cancelPnL', reqId }),
      begin: () => undefined,
      take: (message) => {
        if (message.type !== 'pnl') return undefined;
        latest = { ...owner(query), ...amounts(message) };
        return 'all';
      },
      read: () => latest,
    }, this.#deps, onOver));
  }

  ofPosition(query: PnlQuery, conId: number): LiveStream<PositionPnl> {
    const { account, model = '' } = query;
    let latest: PositionPnl = { ...owner(query), conId };
    return this.#positions.open(`${account}/${model}/${conId}`, (onOver) => new KeyedFeed<PositionPnl>({
      name: 'profit and loss of a position',
      verifyMs: VERIFY_MS,
      account,
      build: (reqId) => ({ type: 'reqPnLSingle', reqId, account, modelCode: model, conId }),
      cancel: (reqId) => ({ type: 'cancelPnLSingle', reqId }),
      begin: () => undefined,
      take: (message) => {
        if (message.type !== 'pnlSingle') return undefined;
        latest = { ...owner(query), conId, position: message.position, ...amounts(message), value: known(message.value) };
        return 'all';
      },
      read: () => latest,
    }, this.#deps, onOver));
  }

  async close(error: Error | undefined): Promise<void> {
    await Promise.all([this.#accounts.close(error), this.#positions.close(error)]);
  }
}
