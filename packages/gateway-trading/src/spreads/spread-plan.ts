import type { PayoffLeg, SpreadRight } from './payoff.js';
import { checkRising, expiryOf, failSpread, rightOf, sideOf, strikeOf } from './spread-fields.js';
import type {
  ButterflyRequest,
  CalendarSpreadRequest,
  IronCondorRequest,
  SpreadKind,
  SpreadRequest,
  StraddleRequest,
  StrangleRequest,
  VerticalSpreadRequest,
} from './spread-request.js';

/** One leg of a spread that is not resolved yet. */
export interface SpreadLeg extends PayoffLeg {
  /** `YYYY-MM-DD`. */
  readonly expiry: string;
}

/** A spread as its legs, before the broker was asked which contracts they are. */
export interface SpreadPlan {
  readonly kind: SpreadKind;
  /** What people call it: `bull call spread`. */
  readonly name: string;
  /** What it is for, in a few words. */
  readonly view: string;
  /** In the order of their strikes, and of their days. */
  readonly legs: readonly SpreadLeg[];
  /** The distance between the strikes that decides what can be gained or lost: of the wider side. Absent with one strike. */
  readonly width?: number | undefined;
}

function leg(action: 'BUY' | 'SELL', right: SpreadRight, strike: number, expiry: string, ratio = 1): SpreadLeg {
  return { right, strike, action, ratio, expiry };
}

function opposite(action: 'BUY' | 'SELL'): 'BUY' | 'SELL' {
  return action === 'BUY' ? 'SELL' : 'BUY';
}

/** The legs as they are held: those of a short spread the other way round. */
function held(side: 'long' | 'short', legs: readonly SpreadLeg[]): readonly SpreadLeg[] {
  return side === 'long' ? legs : legs.map((each) => ({ ...each, action: opposite(each.action) }));
}

/** Two strikes of one kind: one bought, one sold. @throws UsageError `IBKR_SPREAD_INVALID` */
export function verticalSpread(request: Pick<VerticalSpreadRequest, 'expiry' | 'right' | 'longStrike' | 'shortStrike'>): SpreadPlan {
  const right = rightOf(request.right);
  const expiry = expiryOf('expiry', request.expiry);
  const long = strikeOf('longStrike', request.longStrike);
  const short = strikeOf('shortStrike', request.shortStrike);
  if (long === short) failSpread('shortStrike', 'must be another strike than longStrike', short);
  const isBull = long < short;
  const legs = [leg('BUY', right, long, expiry), leg('SELL', right, short, expiry)].sort((a, b) => a.strike - b.strike);
  return {
    kind: 'vertical',
    name: `${isBull ? 'bull' : 'bear'} ${right === 'C' ? 'call' : 'put'} spread`,
    view: isBull ? 'gains when the underlying rises' : 'gains when the underlying falls',
    legs,
    width: Math.abs(long - short),
  };
}

/** A put spread and a call spread, both sold. @throws UsageError `IBKR_SPREAD_INVALID` */
export function ironCondor(request: Pick<IronCondorRequest, 'expiry' | 'longPutStrike' | 'shortPutStrike' | 'shortCallStrike' | 'longCallStrike'>): SpreadPlan {
  const expiry = expiryOf('expiry', request.expiry);
  const longPut = strikeOf('longPutStrike', request.longPutStrike);
  const shortPut = strikeOf('shortPutStrike', request.shortPutStrike);
  const shortCall = strikeOf('shortCallStrike', request.shortCallStrike);
  const longCall = strikeOf('longCallStrike', request.longCallStrike);
  checkRising(['longPutStrike', longPut], ['shortPutStrike', shortPut]);
  checkRising(['shortPutStrike', shortPut], ['shortCallStrike', shortCall], true);
  checkRising(['shortCallStrike', shortCall], ['longCallStrike', longCall]);
  const isButterfly = shortPut === shortCall;
  return {
    kind: 'ironCondor',
    name: isButterfly ? 'iron butterfly' : 'iron condor',
    view: 'gains when the underlying stays where it is',
    legs: [leg('BUY', 'P', longPut, expiry), leg('SELL', 'P', shortPut, expiry), leg('SELL', 'C', shortCall, expiry), leg('BUY', 'C', longCall, expiry)],
    width: Math.max(shortPut - longPut, longCall - shortCall),
  };
}

function volatilityView(side: 'long' | 'short'): string {
  return side === 'long' ? 'gains when the underlying moves far, whichever way' : 'gains when the underlying stays where it is';
}

/** A call and a put with one strike. @throws UsageError `IBKR_SPREAD_INVALID` */
export function straddle(request: Pick<StraddleRequest, 'expiry' | 'strike' | 'side'>): SpreadPlan {
  const expiry = expiryOf('expiry', request.expiry);
  const strike = strikeOf('strike', request.strike);
  const side = sideOf(request.side);
  return {
    kind: 'straddle',
    name: `${side} straddle`,
    view: volatilityView(side),
    legs: held(side, [leg('BUY', 'P', strike, expiry), leg('BUY', 'C', strike, expiry)]),
  };
}

/** A put below and a call above. @throws UsageError `IBKR_SPREAD_INVALID` */
export function strangle(request: Pick<StrangleRequest, 'expiry' | 'putStrike' | 'callStrike' | 'side'>): SpreadPlan {
  const expiry = expiryOf('expiry', request.expiry);
  const put = strikeOf('putStrike', request.putStrike);
  const call = strikeOf('callStrike', request.callStrike);
  const side = sideOf(request.side);
  checkRising(['putStrike', put], ['callStrike', call]);
  return {
    kind: 'strangle',
    name: `${side} strangle`,
    view: volatilityView(side),
    legs: held(side, [leg('BUY', 'P', put, expiry), leg('BUY', 'C', call, expiry)]),
    width: call - put,
  };
}

/** One strike, two days. @throws UsageError `IBKR_SPREAD_INVALID` */
export function calendarSpread(request: Pick<CalendarSpreadRequest, 'right' | 'strike' | 'nearExpiry' | 'farExpiry' | 'side'>): SpreadPlan {
  const right = rightOf(request.right);
  const near = expiryOf('nearExpiry', request.nearExpiry);
  const far = expiryOf('farExpiry', request.farExpiry);
  const strike = strikeOf('strike', request.strike);
  const side = sideOf(request.side);
  if (near >= far) failSpread('farExpiry', `must be after nearExpiry ${near}${near === far ? '' : ': the legs are the wrong way round'}`, far);
  return {
    kind: 'calendar',
    name: `${side} ${right === 'C' ? 'call' : 'put'} calendar spread`,
    view: side === 'long' ? 'gains when the underlying stays near the strike, and when volatility rises' : 'gains when the underlying moves away from the strike, and when volatility falls',
    legs: held(side, [leg('SELL', right, strike, near), leg('BUY', right, strike, far)]),
  };
}

/** One below, two in the middle, one above. @throws UsageError `IBKR_SPREAD_INVALID` */
export function butterfly(request: Pick<ButterflyRequest, 'expiry' | 'right' | 'lowerStrike' | 'middleStrike' | 'upperStrike' | 'side'>): SpreadPlan {
  const right = rightOf(request.right);
  const expiry = expiryOf('expiry', request.expiry);
  const lower = strikeOf('lowerStrike', request.lowerStrike);
  const middle = strikeOf('middleStrike', request.middleStrike);
  const upper = strikeOf('upperStrike', request.upperStrike);
  const side = sideOf(request.side);
  checkRising(['lowerStrike', lower], ['middleStrike', middle]);
  checkRising(['middleStrike', middle], ['upperStrike', upper]);
  return {
    kind: 'butterfly',
    name: `${side} ${right === 'C' ? 'call' : 'put'} butterfly`,
    view: side === 'long' ? 'gains when the underlying stays near the middle strike' : 'gains when the underlying moves away from the middle strike',
    legs: held(side, [leg('BUY', right, lower, expiry), leg('SELL', right, middle, expiry, 2), leg('BUY', right, upper, expiry)]),
    width: Math.max(middle - lower, upper - middle),
  };
}

/** The legs of any spread. @throws UsageError `IBKR_SPREAD_INVALID` that names the field, the rule and the value. */
export function planSpread(request: SpreadRequest): SpreadPlan {
  switch (request.kind) {
    case 'vertical':
      return verticalSpread(request);
    case 'ironCondor':
      return ironCondor(request);
    case 'straddle':
      return straddle(request);
    case 'strangle':
      return strangle(request);
    case 'calendar':
      return calendarSpread(request);
    case 'butterfly':
      return butterfly(request);
    default:
      return failSpread('kind', 'must be vertical, ironCondor, straddle, strangle, calendar or butterfly');
  }
}
