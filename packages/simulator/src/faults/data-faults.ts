import { optional, text, wholeNumber } from '../control/rules.js';
import type { ClientSession, HoldFamily } from '../server/client-session.js';
import { defineFault, once } from './fault.js';
import type { FaultTiming } from './fault.js';
import { createLineFilter } from './line-filter.js';
import { noticeText } from './notice-texts.js';
import { CLIENT_ID } from './triggers.js';

/** Market data lines are silent while everything says that all is well. Ending it lets them go on. */
export interface DataDeadFault extends FaultTiming {
  readonly type: 'data-dead';
  readonly symbol?: string | undefined;
  readonly reqId?: number | undefined;
  readonly clientId?: number | undefined;
}

/** The user has logged in elsewhere: 10197 to every line that is open or opened, then silence, while the farms are fine. Ending it lets the lines go on. */
export interface CompetingSessionFault extends FaultTiming {
  readonly type: 'competing-session';
}

/** Five-second bars and bars that are kept up to date stop with 10182 and do not come back: the client must ask again. */
export interface KillBarStreamFault extends FaultTiming {
  readonly type: 'kill-bar-stream';
  /** @defaultValue every bar stream */
  readonly reqId?: number | undefined;
  readonly clientId?: number | undefined;
}

export type DataFault = DataDeadFault | CompetingSessionFault | KillBarStreamFault;

const REQUEST_ID = wholeNumber(0, 2_147_483_647);
const LINE_REQUESTS: ReadonlySet<string> = new Set(['reqMktData', 'reqTickByTickData', 'reqRealTimeBars', 'reqMktDepth']);
const BAR_FAMILIES: readonly HoldFamily[] = ['realTimeBars', 'historicalData'];

function tellCompeting(session: ClientSession): void {
  for (const reqId of [...session.held('marketData'), ...session.held('tickByTick')]) session.sendError(reqId, 10197, noticeText(10197));
}

/** Faults of market data. */
export const DATA_FAULTS = [
  defineFault<DataDeadFault>({
    type: 'data-dead',
    rules: { symbol: optional(text(20)), reqId: optional(REQUEST_ID), clientId: optional(CLIENT_ID) },
    begin: (fault, host) => {
      const isSilenced = createLineFilter(host, fault);
      return { onMessage: (session, message) => (isSilenced(session, message) ? undefined : message) };
    },
  }),
  defineFault<CompetingSessionFault>({
    type: 'competing-session',
    rules: {},
    begin: (_fault, host) => {
      const isSilenced = createLineFilter(host, {});
      return {
        start: () => {
          for (const session of host.readySessions()) tellCompeting(session);
        },
        onRequest: (session, message) => {
          if (LINE_REQUESTS.has(message.type) && 'reqId' in message) session.sendError(message.reqId, 10197, noticeText(10197));
          return false;
        },
        onMessage: (session, message) => (isSilenced(session, message) ? undefined : message),
      };
    },
  }),
  defineFault<KillBarStreamFault>({
    type: 'kill-bar-stream',
    rules: { reqId: optional(REQUEST_ID), clientId: optional(CLIENT_ID) },
    begin: (fault, host, done) =>
      once(() => {
        for (const session of host.readySessions(fault.clientId)) {
          for (const family of BAR_FAMILIES) {
            for (const reqId of session.held(family)) {
              if (fault.reqId !== undefined && fault.reqId !== reqId) continue;
              session.release(family, reqId);
              session.sendError(reqId, 10182, noticeText(10182));
            }
          }
        }
      }, done),
  }),
] as const;
