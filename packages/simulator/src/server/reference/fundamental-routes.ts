import { findInstrument } from '../find-instrument.js';
import { route } from '../route.js';
import type { Route } from '../route.js';
import type { RouteContext } from '../route-context.js';

/** TWS API: the reports that a client may name. */
const REPORTS: ReadonlySet<string> = new Set(['ReportSnapshot', 'ReportsFinSummary', 'ReportRatios', 'ReportsFinStatements', 'RESC', 'CalendarReport', 'ReportsOwnership']);

/** Fundamental data, which TWS does not give to API clients any more: 10358 for stocks, 430 for what never had any. */
export function fundamentalRoutes({ market }: RouteContext): readonly Route[] {
  return [
    route('reqFundamentalData', (session, { reqId, contract, reportType }) => {
      if (!REPORTS.has(reportType)) {
        session.sendError(reqId, 321, `Error validating request.-'reqFundamentalData' : cause - Invalid report type ${reportType}, must be one of ${[...REPORTS].join(', ')}`);
        return;
      }
      const instrument = findInstrument(market, session, reqId, contract);
      if (instrument === undefined) return;
      if (instrument.secType === 'STK' && instrument.stockType === 'COMMON') session.sendError(reqId, 10358, 'Fundamentals data is not allowed.');
      else session.sendError(reqId, 430, 'The fundamentals data for the security specified is not available.');
    }),
    route('cancelFundamentalData', (session, { reqId }) => {
      session.sendError(reqId, 300, `Can't find EId with tickerId:${reqId}`);
    }),
  ];
}
