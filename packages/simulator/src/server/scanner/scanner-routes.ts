import type { Timer } from '@ibkit/clock';
import type { ClientMessageOf } from '@ibkit/wire';
import type { ClientSession } from '../client-session.js';
import { route } from '../route.js';
import type { Route } from '../route.js';
import type { RouteContext } from '../route-context.js';
import { readScan, runScan } from './scan.js';
import type { Scan } from './scan.js';
import { scannerParameters } from './scanner-parameters.js';

type ScannerRequest = ClientMessageOf<'reqScannerSubscription'>;

/** TWS API: a scan is run again, and sent whole, about every half minute. */
const REFRESH_MS = 30_000;

function startScan(context: RouteContext, session: ClientSession, reqId: number, scan: Scan): void {
  const { market } = context;
  let timer: Timer | undefined;
  let isFirst = true;
  const run = (): void => {
    const rows = runScan(market, scan);
    if (rows.length === 0 && isFirst) session.sendError(reqId, 165, 'Historical Market Data Service query message:no items retrieved');
    isFirst = false;
    session.send({ type: 'scannerData', reqId, rows });
    timer = market.clock.setTimer(REFRESH_MS, run);
  };
  session.hold('scanner', reqId, () => timer?.cancel());
  run();
}

function subscribe(context: RouteContext, session: ClientSession, { reqId, subscription, filterOptions = [] }: ScannerRequest): void {
  if (session.holds('scanner', reqId)) {
    session.sendError(reqId, 385, 'Duplicate ticker ID for API scanner subscription');
    return;
  }
  const { scanners, scannerRows } = context.limits;
  if (session.held('scanner').length >= scanners) {
    session.sendError(reqId, 322, `Error processing request.-'reqScannerSubscription' : cause - Only ${scanners} simultaneous API scanner subscriptions are allowed`);
    return;
  }
  const scan = readScan(subscription, filterOptions, scannerRows);
  if ('text' in scan) session.sendError(reqId, scan.code, scan.text);
  else startScan(context, session, reqId, scan);
}

/** Scans of the market. */
export function scannerRoutes(context: RouteContext): readonly Route[] {
  return [
    route('reqScannerParameters', (session) => {
      session.send({ type: 'scannerParameters', xml: scannerParameters() });
    }),
    route('reqScannerSubscription', (session, request) => {
      subscribe(context, session, request);
    }),
    route('cancelScannerSubscription', (session, { reqId }) => {
      // TWS API: the end of a scan is told by the historical data service.
      if (session.release('scanner', reqId)) {
        session.sendError(reqId, 162, `Historical Market Data Service error message:API scanner subscription cancelled: ${reqId}`);
      } else {
        session.sendError(reqId, 365, `No scanner subscription found for ticker id:${reqId}`);
      }
    }),
  ];
}
