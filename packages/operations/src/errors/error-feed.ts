import { describeError, isIbkrError } from '@ibkit/error-codes';
import type { ErrorEffect } from '@ibkit/error-codes';
import type { OperationsConnection, OperationsMarketData, OperationsTrading } from '../options.js';
import { discreetText } from './discreet-text.js';
import type { ErrorNews, RecentErrors } from './recent-errors.js';

/** What errors come from. */
export interface ErrorSources {
  readonly connection: Pick<OperationsConnection, 'events' | 'accounts'>;
  readonly marketData: Pick<OperationsMarketData, 'events'>;
  readonly trading: Pick<OperationsTrading, 'events'>;
}

/** Notices that say that nothing is wrong, or that it is right again. */
const FINE: ReadonlySet<ErrorEffect> = new Set(['info', 'restored', 'orderCancelled']);

/** Writes down what goes wrong: in the connection, in notices of the broker, in streams, in trading. Gives back what ends it. */
export function feedErrors({ connection, marketData, trading }: ErrorSources, errors: RecentErrors): () => void {
  const put = (news: ErrorNews): void => {
    errors.add({ ...news, message: discreetText(news.message, connection.accounts) });
  };
  const putError = (atMs: number, error: unknown): void => {
    put(errorNews(atMs, error));
  };
  const offs = [
    connection.events.on('error.occurred', ({ error, atMs }) => {
      putError(atMs, error);
    }),
    connection.events.on('connection.lost', ({ error, atMs }) => {
      putError(atMs, error);
    }),
    connection.events.on('connection.retryScheduled', ({ error, atMs }) => {
      putError(atMs, error);
    }),
    connection.events.on('connection.gaveUp', ({ error, atMs }) => {
      putError(atMs, error);
    }),
    connection.events.on('connection.alarm', ({ kind, message, atMs }) => {
      put({ atMs, code: ALARM_CODES[kind], message, tips: ['See /v1/diagnosis for what is wrong.'] });
    }),
    connection.events.on('notice.received', ({ code, description, atMs }) => {
      // The broker's own words may name orders and accounts; what the code means does not.
      if (!FINE.has(description.effect)) put({ atMs, code: 'IBKR_BROKER_NOTICE', ibCode: code, message: description.description, tips: description.tips });
    }),
    marketData.events.on('stream.alarm', ({ code, title, message, atMs }) => {
      put({ atMs, code, message: `${title}: ${message}`, tips: [] });
    }),
    trading.events.on('order.unknown', ({ atMs }) => {
      put({ atMs, code: 'IBKR_ORDER_OUTCOME_UNKNOWN', message: 'What became of an order is not known; nothing is sent again.', tips: ['See /v1/orders?status=unknown and the next comparison with the broker.'] });
    }),
    trading.events.on('reconcile.failed', ({ error, atMs }) => {
      putError(atMs, error);
    }),
    trading.events.on('positions.drifted', ({ atMs }) => {
      put({ atMs, code: 'IBKR_POSITIONS_DRIFTED', message: 'Positions are not what they were plus the executions since.', tips: ['Look for orders of other programs or people, and compare with the statement.'] });
    }),
    trading.events.on('journal.stopped', ({ error, atMs }) => {
      putError(atMs, error);
    }),
  ];
  return () => {
    for (const off of offs) off();
  };
}

const ALARM_CODES = { clientIdInUse: 'IBKR_CLIENT_ID_IN_USE', stillDown: 'IBKR_CONNECTION_STILL_DOWN', upstreamDown: 'IBKR_UPSTREAM_DOWN' } as const;

/** An error as it is written down. */
export function errorNews(atMs: number, error: unknown): ErrorNews {
  if (!isIbkrError(error)) return { atMs, code: 'IBKR_UNEXPECTED', message: error instanceof Error ? error.message : 'Something went wrong that is no error', tips: [] };
  const { code, brokerCode, message, tips } = error;
  return { atMs, code, ibCode: brokerCode, message, tips: tips.length > 0 || brokerCode === undefined ? tips : describeError(brokerCode).tips };
}
