import { describeError, isIbkrError } from '@ibkit/error-codes';
import type { ErrorEffect } from '@ibkit/error-codes';
import type { OperationsConnection, OperationsMarketData, OperationsTrading } from '../options.js';
import { discreetText } from './discreet-text.js';
import type { ErrorNews, RecentErrors } from './recent-errors.js';

/** What errors come from. */
export interface ErrorSources {
  readonly connection: { readonly events: Pick<OperationsConnection['events'], 'on'>; readonly accounts: OperationsConnection['accounts'] };
  readonly marketData: { readonly events: Pick<OperationsMarketData['events'], 'on'> };
  readonly trading: { readonly events: Pick<OperationsTrading['events'], 'on'> };
}

/** Where errors are written down. */
interface ErrorBook {
  readonly put: (news: ErrorNews) => void;
  readonly putError: (atMs: number, error: unknown) => void;
}

/** Notices that say that nothing is wrong, or that it is right again. */
const FINE: ReadonlySet<ErrorEffect> = new Set(['info', 'restored', 'orderCancelled']);
const ALARM_CODES = { clientIdInUse: 'IBKR_CLIENT_ID_IN_USE', stillDown: 'IBKR_CONNECTION_STILL_DOWN', upstreamDown: 'IBKR_UPSTREAM_DOWN' } as const;

/** Writes down what goes wrong: in the connection, in notices of the broker, in streams, in trading. Gives back what ends it. */
export function feedErrors({ connection, marketData, trading }: ErrorSources, errors: RecentErrors): () => void {
  let latest: unknown;
  const put = (news: ErrorNews): void => {
    errors.add({ ...news, message: discreetText(news.message, connection.accounts) });
  };
  const putError = (atMs: number, error: unknown): void => {
    // A loss and the retry that follows tell the same error.
    if (error === latest) return;
    latest = error;
    put(errorNews(atMs, error));
  };
  const book = { put, putError };
  const offs = [...connectionFeed(connection, book), ...tradingFeed(trading, book)];
  offs.push(marketData.events.on('stream.alarm', ({ code, title, message, atMs }) => {
    put({ atMs, code, message: `${title}: ${message}`, tips: [] });
  })); // prettier-ignore
  return () => {
    for (const off of offs) off();
  };
}

function connectionFeed({ events }: ErrorSources['connection'], { put, putError }: ErrorBook): (() => void)[] {
  const take = ({ error, atMs }: { readonly error: unknown; readonly atMs: number }): void => {
    putError(atMs, error);
  };
  return [
    events.on('error.occurred', take),
    events.on('connection.lost', take),
    events.on('connection.retryScheduled', take),
    events.on('connection.gaveUp', take),
    events.on('connection.alarm', ({ kind, message, atMs }) => {
      put({ atMs, code: ALARM_CODES[kind], message, tips: ['See /v1/diagnosis for what is wrong.'] });
    }),
    events.on('notice.received', ({ code, description, atMs }) => {
      // The broker's own words may name orders and accounts; what the code means does not.
      if (!FINE.has(description.effect)) put({ atMs, code: 'IBKR_BROKER_NOTICE', ibCode: code, message: description.description, tips: description.tips });
    }),
  ];
}

function tradingFeed({ events }: ErrorSources['trading'], { put, putError }: ErrorBook): (() => void)[] {
  const take = ({ error, atMs }: { readonly error: unknown; readonly atMs: number }): void => {
    putError(atMs, error);
  };
  const tell = (code: string, message: string, tip: string) => ({ atMs }: { readonly atMs: number }): void => {
    put({ atMs, code, message, tips: [tip] });
  };
  return [
    events.on('reconcile.failed', take),
    events.on('journal.stopped', take),
    events.on('lease.lost', take),
    events.on('order.unknown', tell('IBKR_ORDER_OUTCOME_UNKNOWN', 'What became of an order is not known; nothing is sent again.', 'See /v1/orders?status=unknown, and the next comparison with the broker.')),
    events.on('order.changeUnknown', tell('IBKR_ORDER_CHANGE_UNKNOWN', 'Whether an order has its old terms or the new ones is not known.', 'Wait for the next comparison with the broker before you change it again.')),
    events.on('order.duplicated', tell('IBKR_ORDER_DUPLICATED', 'The broker knows one order under two ids: it may have it twice.', 'Look at the open orders in TWS and cancel what should not be there.')),
    events.on('order.idRollback', tell('IBKR_ORDER_ID_ROLLBACK', 'The broker offers order ids that it has taken already; none is used twice.', 'Look for another program with the same client id.')),
    events.on('bracket.unprotected', tell('IBKR_BRACKET_UNPROTECTED', 'The position of a bracket is open, and no exit at work protects all of it.', 'Place an exit, or close the position.')),
    events.on('positions.drifted', tell('IBKR_POSITIONS_DRIFTED', 'Positions are not what they were plus the executions since.', 'Look for orders of other programs or people, and compare with the statement.')),
  ];
}

/** An error as it is written down. */
export function errorNews(atMs: number, error: unknown): ErrorNews {
  if (!isIbkrError(error)) return { atMs, code: 'IBKR_UNEXPECTED', message: error instanceof Error ? error.message : 'Something went wrong that is no error', tips: [] };
  const { code, brokerCode, message, tips } = error;
  return { atMs, code, ibCode: brokerCode, message, tips: tips.length > 0 || brokerCode === undefined ? tips : describeError(brokerCode).tips };
}
