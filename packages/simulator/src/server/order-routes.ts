import { TimeZone } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import type { ClientMessageOf } from '@ibkit/wire';
import type { ExecutionFilter } from '../brokerage/brokerage.js';
import type { ClientSession } from './client-session.js';
import { commissionMessage, completedOrderMessage, executionMessage, openOrderMessage, orderStatusMessage } from './order-messages.js';
import { cancelOrder, openOrdersOf, shownExecution, shownOrder } from './order-owner.js';
import { route } from './route.js';
import type { Route } from './route.js';
import type { RouteContext } from './route-context.js';

/** TWS API: `yyyymmdd-hh:mm:ss` is UTC; `yyyymmdd hh:mm:ss` may name a zone. */
const FILTER_TIME = /^(\d{4})(\d{2})(\d{2})(-|\s+)(\d{1,2}):(\d{2}):(\d{2})(?:\s+(\S+))?$/;

/**
 * The instant that a time filter names; undefined for an empty one.
 * @throws UsageError when the text has another form or names an unknown zone.
 */
export function filterTimeMs(text: string): number | undefined {
  if (text === '') return undefined;
  const [, year, month, day, separator, hour = '0', minute = '0', second = '0', zone] = FILTER_TIME.exec(text) ?? [];
  const wrong = (cause?: unknown): UsageError =>
    new UsageError({ field: 'time', value: text, rule: 'must be yyyymmdd-hh:mm:ss (UTC) or yyyymmdd hh:mm:ss with an optional IANA zone', cause });
  if (year === undefined || month === undefined || day === undefined) throw wrong();
  const msOfDay = ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000;
  try {
    return new TimeZone(separator === '-' ? 'UTC' : (zone ?? 'UTC')).instantOf(`${year}-${month}-${day}`, msOfDay);
  } catch (error) {
    throw wrong(error);
  }
}

function blankToUndefined(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text;
}

function executionFilter(filter: ClientMessageOf<'reqExecutions'>['filter']): ExecutionFilter {
  const { clientId } = filter;
  return {
    // TWS API: client 0 is the filter's default and means any client.
    clientId: clientId === undefined || clientId === 0 ? undefined : clientId,
    account: blankToUndefined(filter.acctCode),
    sinceMs: filterTimeMs(filter.time ?? ''),
    symbol: blankToUndefined(filter.symbol),
    secType: blankToUndefined(filter.secType),
    exchange: blankToUndefined(filter.exchange),
    side: blankToUndefined(filter.side),
  };
}

/** TWS API: order ids are signed 32-bit integers, also the one that nextValidId tells next. */
const HIGHEST_ORDER_ID = 2_147_483_646;

/** Whether there would be no next id behind an order's; then the client is told. */
function isTooHigh(session: ClientSession, orderId: number, request: string): boolean {
  if (orderId <= HIGHEST_ORDER_ID) return false;
  session.sendError(orderId, 321, `Error validating request.-'${request}' : cause - Order id ${orderId} is invalid, must be at most ${HIGHEST_ORDER_ID}`);
  return true;
}

/** Orders: placing, cancelling, and what is or was there. The answers to placing and cancelling are events of the brokerage. */
export function orderRoutes({ brokerage }: RouteContext): readonly Route[] {
  return [
    route('placeOrder', (session, { orderId, contract, order }) => {
      if (isTooHigh(session, orderId, 'placeOrder')) return;
      brokerage.place(session.clientId, orderId, contract, order);
    }),
    route('cancelOrder', (session, { orderId }) => {
      cancelOrder(brokerage, session.clientId, orderId);
    }),
    route('exerciseOptions', (session, { reqId, contract, exerciseAction, exerciseQuantity, account, override }) => {
      if (isTooHigh(session, reqId, 'exerciseOptions')) return;
      brokerage.exercise(session.clientId, reqId, contract, { exerciseAction, exerciseQuantity, account, override });
    }),
    route('reqGlobalCancel', () => {
      brokerage.cancelAll();
    }),
    route('reqOpenOrders', (session) => {
      for (const view of openOrdersOf(brokerage, session.clientId)) {
        session.send(openOrderMessage(view));
        session.send(orderStatusMessage(view));
      }
      session.send({ type: 'openOrderEnd' });
    }),
    route('reqAllOpenOrders', (session) => {
      for (const view of brokerage.openOrders().map(shownOrder)) {
        session.send(openOrderMessage(view));
        session.send(orderStatusMessage(view));
      }
      session.send({ type: 'openOrderEnd' });
    }),
    route('reqAutoOpenOrders', (session, { autoBind }) => {
      if (autoBind && session.clientId !== 0) {
        session.sendError(-1, 327, 'Only API connections with clientId set to 0 can set the auto bind TWS orders property.');
        return;
      }
      // TWS API: no answer. From now on client 0 hears of the orders without a client; they keep the id 0 here.
      session.autoOpenOrders = autoBind;
    }),
    route('reqCompletedOrders', (session, { apiOnly }) => {
      for (const view of brokerage.completedOrders().map(shownOrder)) if (!apiOnly || view.orderId !== 0) session.send(completedOrderMessage(view));
      session.send({ type: 'completedOrderEnd' });
    }),
    route('reqExecutions', (session, { reqId, filter }) => {
      const { clientId, ...others } = executionFilter(filter);
      const rows = brokerage
        .executions(others)
        .map((row) => ({ ...row, execution: shownExecution(row.execution) }))
        .filter(({ execution }) => clientId === undefined || clientId === execution.clientId);
      for (const { execution } of rows) session.send(executionMessage(reqId, execution));
      for (const { commission } of rows) {
        if (commission !== undefined) session.send(commissionMessage(commission));
      }
      session.send({ type: 'execDetailsEnd', reqId });
    }),
  ];
}
