import type { ClientMessageOf } from '@ibkit/wire';
import type { Instrument } from '../../market/instrument.js';
import { LEADING_EXCHANGE } from '../bbo-exchanges.js';
import type { ClientSession } from '../client-session.js';
import { findInstrument, releaseFor } from '../find-instrument.js';
import { route } from '../route.js';
import type { Route } from '../route.js';
import type { RouteContext } from '../route-context.js';
import { DepthStream } from './depth-stream.js';

type DepthRequest = ClientMessageOf<'reqMktDepth'>;

/** Exchanges that show US stocks in depth; the first shows the best rows of a smart book. */
const STOCK_MAKERS = [LEADING_EXCHANGE, 'ARCA', 'BATS', 'IEX', 'DRCTEDGE', 'NYSE'] as const;
/** Exchanges whose rows carry names (message 13) also without smart depth. */
const NAMED: ReadonlySet<string> = new Set(['NASDAQ', 'ISLAND', 'IEX', 'BATS', 'DRCTEDGE']);
/** TWS API: at most so many rows are ever sent. */
const MOST_ROWS = 50;

interface DepthExchange {
  readonly exchange: string;
  readonly secType: string;
  readonly listingExch: string;
  readonly serviceDataType: 'Deep' | 'Deep2';
}

/** What reqMktDepthExchanges answers, and where books can be asked for. */
const DEPTH_EXCHANGES: readonly DepthExchange[] = [
  ...['NASDAQ', 'BATS', 'IEX', 'DRCTEDGE'].map((exchange) => ({ exchange, secType: 'STK', listingExch: '', serviceDataType: 'Deep2' }) as const),
  ...['ARCA', 'NYSE'].map((exchange) => ({ exchange, secType: 'STK', listingExch: '', serviceDataType: 'Deep' }) as const),
  ...['CME', 'NYMEX'].map((exchange) => ({ exchange, secType: 'FUT', listingExch: '', serviceDataType: 'Deep' }) as const),
  { exchange: 'IDEALPRO', secType: 'CASH', listingExch: '', serviceDataType: 'Deep' },
  { exchange: 'PAXOS', secType: 'CRYPTO', listingExch: '', serviceDataType: 'Deep' },
];

/** How an exchange is written in the list. */
function listedName(exchange: string): string {
  return exchange === 'ISLAND' ? 'NASDAQ' : exchange;
}

/** TWS API: 10092. */
const UNSUPPORTED = 'Deep market data is not supported for this combination of security type/exchange';

/** What is wrong with a request, before its contract is looked at. */
function objection(context: RouteContext, session: ClientSession, { reqId, numRows }: DepthRequest): readonly [code: number, text: string] | undefined {
  if (session.holds('marketDepth', reqId)) return [102, 'Duplicate ticker ID'];
  if (numRows < 1) return [321, `Error validating request.-'reqMktDepth' : cause - Invalid number of rows ${numRows}, must be at least 1`];
  const { marketDepth } = context.quotas;
  if (!marketDepth.hasRoom) return [309, `Max number (${marketDepth.limit}) of market depth requests has been reached`];
  if (context.dataPermission !== 'live') return [354, 'Requested market data is not subscribed.Market depth is not available as delayed data'];
  return undefined;
}

function isSupported({ secType }: Instrument, exchange: string, isSmartDepth: boolean): boolean {
  if (exchange === 'SMART') return secType === 'STK' && isSmartDepth;
  return DEPTH_EXCHANGES.some((row) => row.exchange === listedName(exchange) && row.secType === secType);
}

function subscribe(context: RouteContext, session: ClientSession, request: DepthRequest): void {
  const { reqId, contract, numRows, isSmartDepth = false } = request;
  const { market, quotas } = context;
  const wrong = objection(context, session, request);
  if (wrong !== undefined) {
    session.sendError(reqId, ...wrong);
    return;
  }
  const instrument = findInstrument(market, session, reqId, contract);
  if (instrument === undefined) return;
  if (instrument.secType === 'CFD' && instrument.underConId !== undefined) {
    // TWS API: the client must ask for the underlying instead.
    session.send({ type: 'rerouteMktDepthReq', reqId, conId: instrument.underConId, exchange: 'SMART' });
    return;
  }
  const exchange = (contract.exchange ?? '') === '' ? instrument.exchange : (contract.exchange ?? '').toUpperCase();
  if (!isSupported(instrument, exchange, isSmartDepth)) {
    session.sendError(reqId, 10092, UNSUPPORTED);
    return;
  }
  const isSmart = exchange === 'SMART';
  if (isSmart) session.sendError(reqId, 2152, `Exchanges - Depth: ${STOCK_MAKERS.join('; ')}; Top: AMEX; BYX; PEARL; MEMX; `);
  const stream = new DepthStream({
    session,
    reqId,
    instrument,
    market,
    rows: Math.min(numRows, MOST_ROWS),
    makers: isSmart ? STOCK_MAKERS : [listedName(exchange)],
    isNamed: isSmart || NAMED.has(exchange),
    isSmartDepth: isSmart,
  });
  const giveBack = quotas.marketDepth.take();
  session.hold('marketDepth', reqId, () => {
    stream.stop();
    giveBack();
  });
  stream.start();
  releaseFor(market, instrument);
}

/** Order books. */
export function depthRoutes(context: RouteContext): readonly Route[] {
  return [
    route('reqMktDepth', (session, request) => {
      subscribe(context, session, request);
    }),
    route('cancelMktDepth', (session, { reqId }) => {
      if (!session.release('marketDepth', reqId)) session.sendError(reqId, 310, `Can't find the subscribed market depth with tickerId:${reqId}`);
    }),
    route('reqMktDepthExchanges', (session) => {
      session.send({ type: 'mktDepthExchanges', exchanges: DEPTH_EXCHANGES });
    }),
  ];
}
