import type { ClientMessageOf } from '@ibkit/wire';
import type { Timer } from '@ibkit/clock';
import { resolveCombo } from '../brokerage/combo.js';
import type { Combo, Product } from '../brokerage/combo.js';
import { soleLeg } from '../brokerage/order-terms.js';
import { isRefusal } from '../brokerage/refusal.js';
import type { Instrument } from '../market/instrument.js';
import type { Market, Quote } from '../market/market.js';
import { calendarOf, sessionCalendar } from '../market/session-hours.js';
import { isOpen } from '../market/trading-hours.js';
import { bboExchangeOf } from './bbo-exchanges.js';
import type { ClientSession } from './client-session.js';
import { findInstrument, releaseFor } from './find-instrument.js';
import { GenericLine } from './generic/generic-line.js';
import { incorrectListText, isEmptyList, readGenericTicks } from './generic/generic-request.js';
import type { GenericRequest } from './generic/generic-request.js';
import { areOpen, comboMarket, liveMarket } from './line-market.js';
import { LineSampler } from './line-sampler.js';
import { QuoteLine } from './quote-line.js';
import { route } from './route.js';
import type { Route } from './route.js';
import type { RouteContext } from './route-context.js';
import { DELAYED_TICKS, LIVE_TICKS } from './tick-ids.js';

type MarketDataRequest = ClientMessageOf<'reqMktData'>;

/** TWS API: when a snapshot ends although something is still missing. */
const SNAPSHOT_LIMIT_MS = 11_000;
const SNAPSHOT_PERMISSIONS = 3;

/** TWS API: what kind of data a line carries. Frozen kinds show the state at the end of the session and do not move. */
const LIVE = 1;
const FROZEN = 2;
const DELAYED = 3;
const DELAYED_FROZEN = 4;
type DataKind = typeof LIVE | typeof FROZEN | typeof DELAYED | typeof DELAYED_FROZEN;

/** The sampler of each market: the live one and the delayed one have clocks of their own. */
type Samplers = (market: Market) => LineSampler;

function createSamplers(): Samplers {
  const known = new Map<Market, LineSampler>();
  return (market) => {
    const sampler = known.get(market) ?? new LineSampler(market.clock);
    known.set(market, sampler);
    return sampler;
  };
}

/** A request that may be served, and how. */
interface Line {
  readonly request: MarketDataRequest;
  readonly subject: Combo;
  readonly kind: DataKind;
  readonly generic: GenericRequest;
  readonly oneShot: boolean;
}

/** Whether a snapshot has what it is taken for: an index has no quotes, a currency no trades. */
function isComplete({ secType }: Product, { bid, ask, last, close }: Quote): boolean {
  return (secType === 'IND' || (bid !== undefined && ask !== undefined)) && (secType === 'BAG' || last !== undefined || close !== undefined);
}

/** What a request is about: an instrument, or a combination of several. Otherwise the client is told and the result is undefined. */
function subjectOf(market: Market, session: ClientSession, { reqId, contract }: MarketDataRequest): Combo | undefined {
  if (contract.secType?.toUpperCase() === 'BAG') {
    const combo = resolveCombo(contract, market.universe);
    if (!isRefusal(combo)) return combo;
    session.sendError(reqId, combo.code, combo.message);
    return undefined;
  }
  const instrument = findInstrument(market, session, reqId, contract);
  return instrument === undefined ? undefined : { instrument, legs: [soleLeg(instrument, instrument.exchange)] };
}

function partsOf({ legs }: Combo): readonly Instrument[] {
  return legs.map(({ instrument }) => instrument);
}

function isOneShot({ snapshot, regulatorySnapshot }: MarketDataRequest): boolean {
  return snapshot === true || regulatorySnapshot === true;
}

/** What is wrong with a request, before its contract is looked at. */
function objection(context: RouteContext, session: ClientSession, request: MarketDataRequest): readonly [code: number, text: string] | undefined {
  const { reqId, genericTickList = '' } = request;
  if (session.holds('marketData', reqId)) return [102, 'Duplicate ticker ID'];
  if (isOneShot(request) && !isEmptyList(genericTickList)) {
    return [321, "Error validating request.-'reqMktData' : cause - Snapshot market data subscription is not applicable to generic ticks"];
  }
  if (!isOneShot(request) && !context.quotas.marketDataLines.hasRoom) return [101, 'Max number of tickers has been reached'];
  return undefined;
}

/** Which kind of data the client gets, if any; it is told what it needs to know. */
function permit(context: RouteContext, session: ClientSession, reqId: number, subject: Combo): DataKind | undefined {
  const { instrument } = subject;
  const nowMs = context.market.clock.now();
  const isClosed = !partsOf(subject).every((part) => isOpen(part, nowMs));
  const wanted = session.marketDataType;
  // TWS API: whoever has live data gets it whatever was asked for; frozen data only while the exchange is closed.
  if (context.dataPermission === 'live') return wanted === FROZEN && isClosed ? FROZEN : LIVE;
  if (context.dataPermission === 'none') {
    session.sendError(reqId, 354, 'Requested market data is not subscribed.');
    return undefined;
  }
  if (wanted < DELAYED) {
    session.sendError(
      reqId,
      10089,
      "Requested market data requires additional subscription for API. See link in 'Market Data Connections' dialog for more details." +
        `Delayed market data is available.${instrument.symbol} ${instrument.primaryExch}/TOP/ALL`,
    );
    return undefined;
  }
  session.sendError(reqId, 10167, 'Requested market data is not subscribed. Displaying delayed market data.');
  return wanted === DELAYED_FROZEN && isClosed ? DELAYED_FROZEN : DELAYED;
}

function subscribe(context: RouteContext, session: ClientSession, request: MarketDataRequest, samplers: Samplers): void {
  const { reqId, genericTickList = '' } = request;
  const { market } = context;
  const wrong = objection(context, session, request);
  if (wrong !== undefined) {
    session.sendError(reqId, ...wrong);
    return;
  }
  const subject = subjectOf(market, session, request);
  if (subject === undefined) return;
  const { instrument } = subject;
  const generic = readGenericTicks(genericTickList, instrument.secType);
  if (generic.unknown.length > 0) {
    session.sendError(reqId, 321, incorrectListText(genericTickList, instrument.secType));
    return;
  }
  if (instrument.secType === 'CFD' && instrument.underConId !== undefined) {
    // TWS API: the client must ask for the underlying instead.
    session.send({ type: 'rerouteMktDataReq', reqId, conId: instrument.underConId, exchange: 'SMART' });
    return;
  }
  const kind = permit(context, session, reqId, subject);
  if (kind === undefined) return;
  session.send({ type: 'marketDataType', reqId, marketDataType: kind });
  session.send({ type: 'tickReqParams', reqId, minTick: instrument.minTick, bboExchange: bboExchangeOf(instrument), snapshotPermissions: SNAPSHOT_PERMISSIONS });
  openLine(context, session, { request, subject, kind, generic, oneShot: isOneShot(request) }, samplers);
  for (const part of partsOf(subject)) releaseFor(market, part);
}

/** Starts the generic ticks of a line; gives what ends them. Delayed data has none. */
function openGeneric(context: RouteContext, session: ClientSession, { request, subject, kind, generic }: Line): () => void {
  const instrument = context.market.universe.byConId(subject.instrument.conId);
  if (instrument === undefined || kind === DELAYED || kind === DELAYED_FROZEN || generic.rules.length === 0) return () => undefined;
  const { market, priceAt, optionStatistics: options, weekRanges: weeks } = context;
  const line = new GenericLine({ session, reqId: request.reqId, instrument, market, request: generic, options, weeks, priceAt });
  line.start();
  return () => {
    line.stop();
  };
}

/** TWS API: a frozen line goes on with live data, and says so, once the exchange opens. In a market that trades round the clock it stays as it is. */
function thawTimer(context: RouteContext, session: ClientSession, line: Line, samplers: Samplers): Timer | undefined {
  const { market } = context;
  const { request, subject, kind } = line;
  if (market.sessions === 'always' || (kind !== FROZEN && kind !== DELAYED_FROZEN)) return undefined;
  const opensMs = Math.max(...partsOf(subject).map((part) => sessionCalendar(calendarOf(part)).next(market.clock.now(), 'trading').startMs));
  return market.clock.setTimer(opensMs - market.clock.now(), () => {
    if (!session.release('marketData', request.reqId)) return;
    const live = kind === FROZEN ? LIVE : DELAYED;
    const isOpenNow = areOpen(market, partsOf(subject));
    if (isOpenNow) session.send({ type: 'marketDataType', reqId: request.reqId, marketDataType: live });
    openLine(context, session, isOpenNow ? { ...line, kind: live } : line, samplers);
  });
}

function openLine(context: RouteContext, session: ClientSession, line: Line, samplers: Samplers): void {
  const { request, subject, kind, generic, oneShot } = line;
  const { instrument } = subject;
  const { reqId } = request;
  const isDelayed = kind === DELAYED || kind === DELAYED_FROZEN;
  const market = isDelayed ? context.delayedMarket() : context.market;
  const finish = (): void => {
    if (session.release('marketData', reqId)) session.send({ type: 'tickSnapshotEnd', reqId });
  };
  const seen = instrument.secType === 'BAG' ? comboMarket(market, subject) : market;
  const quotes = new QuoteLine({
    session,
    reqId,
    instrument,
    market: kind === LIVE || kind === DELAYED ? liveMarket(market, seen, partsOf(subject)) : seen,
    sampler: samplers(market),
    ticks: isDelayed ? DELAYED_TICKS : LIVE_TICKS,
    isFrozen: kind === FROZEN || kind === DELAYED_FROZEN,
    onBurst: (quote) => {
      if (oneShot && isComplete(instrument, quote)) finish();
    },
  });
  const limit = oneShot ? context.market.clock.setTimer(SNAPSHOT_LIMIT_MS, finish) : undefined;
  const giveBack = oneShot ? undefined : context.quotas.marketDataLines.take();
  const thaw = oneShot ? undefined : thawTimer(context, session, line, samplers);
  let stopGeneric: (() => void) | undefined;
  session.hold('marketData', reqId, () => {
    limit?.cancel();
    thaw?.cancel();
    quotes.stop();
    stopGeneric?.();
    giveBack?.();
  });
  if (!generic.withoutDefaults) quotes.start();
  if (session.holds('marketData', reqId)) stopGeneric = openGeneric(context, session, line);
}

/** Market data lines: quotes that stream or are taken once, and the kind of data wanted. */
export function marketDataRoutes(context: RouteContext): readonly Route[] {
  const samplers = createSamplers();
  return [
    route('reqMktData', (session, request) => {
      subscribe(context, session, request, samplers);
    }),
    route('cancelMktData', (session, { reqId }) => {
      if (!session.release('marketData', reqId)) session.sendError(reqId, 300, `Can't find EId with tickerId:${reqId}`);
    }),
    route('reqMarketDataType', (session, { marketDataType }) => {
      if (marketDataType < 1 || marketDataType > 4) {
        session.sendError(-1, 321, `Error validating request.-'reqMarketDataType' : cause - Invalid market data type ${marketDataType}, must be 1 to 4`);
        return;
      }
      // TWS API: no answer by itself; each line that is opened from now on says which kind it carries.
      session.marketDataType = marketDataType;
    }),
  ];
}
