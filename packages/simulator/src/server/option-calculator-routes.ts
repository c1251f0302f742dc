import { isOption } from '../market/instrument.js';
import type { WireContract } from '@ibkit/wire';
import type { OptionGiven, OptionModel } from '../market/market.js';
import type { ClientSession } from './client-session.js';
import { findInstrument } from './find-instrument.js';
import { route } from './route.js';
import type { Route } from './route.js';
import type { RouteContext } from './route-context.js';

/** TWS API: the tick type of a calculation that a client asked for. */
const CUSTOM_OPTION_COMPUTATION = 53;
/** TWS API: computed from prices, not from returns. */
const PRICE_BASED = 1;

function sendModel(session: ClientSession, reqId: number, given: OptionGiven, model: OptionModel | undefined): void {
  session.send({
    type: 'tickOptionComputation',
    reqId,
    tickType: CUSTOM_OPTION_COMPUTATION,
    tickAttrib: PRICE_BASED,
    impliedVol: model?.impliedVol,
    delta: model?.delta,
    optPrice: model?.optPrice ?? ('optPrice' in given ? given.optPrice : undefined),
    pvDividend: model?.pvDividend,
    gamma: model?.gamma,
    vega: model?.vega,
    theta: model?.theta,
    undPrice: given.undPrice,
  });
}

function objection(given: OptionGiven): string | undefined {
  if (given.undPrice <= 0) return `Invalid underlying price ${given.undPrice}, must be above 0`;
  if ('volatility' in given) return given.volatility > 0 ? undefined : `Invalid volatility ${given.volatility}, must be above 0`;
  return given.optPrice > 0 ? undefined : `Invalid option price ${given.optPrice}, must be above 0`;
}

function calculate(context: RouteContext, session: ClientSession, type: string, reqId: number, contract: WireContract, given: OptionGiven): void {
  const wrong = objection(given);
  if (wrong !== undefined) {
    session.sendError(reqId, 321, `Error validating request.-'${type}' : cause - ${wrong}`);
    return;
  }
  const instrument = findInstrument(context.market, session, reqId, contract);
  if (instrument === undefined) return;
  if (!isOption(instrument)) {
    session.sendError(reqId, 321, `Error validating request.-'${type}' : cause - The contract must be an option, ${instrument.symbol} is ${instrument.secType}`);
    return;
  }
  session.hold('optionCalculations', reqId, () => undefined);
  sendModel(session, reqId, given, context.market.optionAt(instrument.conId, given));
}

function cancel(session: ClientSession, reqId: number): void {
  if (!session.release('optionCalculations', reqId)) session.sendError(reqId, 300, `Can't find EId with tickerId:${reqId}`);
}

/** Prices and volatilities of options by the model that the market itself prices them with. Values that there are not (no volatility gives the price) are left out. */
export function optionCalculatorRoutes(context: RouteContext): readonly Route[] {
  return [
    route('calcImpliedVolatility', (session, { type, reqId, contract, optionPrice, underPrice }) => {
      calculate(context, session, type, reqId, contract, { undPrice: underPrice, optPrice: optionPrice });
    }),
    route('calcOptionPrice', (session, { type, reqId, contract, volatility, underPrice }) => {
      calculate(context, session, type, reqId, contract, { undPrice: underPrice, volatility });
    }),
    route('cancelCalcImpliedVolatility', (session, { reqId }) => {
      cancel(session, reqId);
    }),
    route('cancelCalcOptionPrice', (session, { reqId }) => {
      cancel(session, reqId);
    }),
  ];
}
