import type { ApiContract, ApiContractDetails } from '@ibkit/api-contract';
import type { ResolvedContract } from '@ibkit/market-data';
import { filled, finite, known } from './known.js';

/** A leg as the broker, the journal or a caller writes it. */
export interface LegSource {
  readonly conId?: number | undefined;
  readonly ratio?: number | undefined;
  readonly action?: string | undefined;
  readonly exchange?: string | undefined;
}

/** A contract in any of the forms that the packages below have: of the wire, of an order, of a fill, of a scan, or resolved. */
export interface ContractSource {
  readonly conId?: number | undefined;
  readonly symbol?: string | undefined;
  readonly secType?: string | undefined;
  readonly exchange?: string | undefined;
  readonly primaryExchange?: string | undefined;
  readonly primaryExch?: string | undefined;
  readonly currency?: string | undefined;
  readonly localSymbol?: string | undefined;
  readonly tradingClass?: string | undefined;
  readonly lastTradeDate?: string | undefined;
  readonly lastTradeDateOrContractMonth?: string | undefined;
  readonly strike?: number | undefined;
  readonly right?: string | undefined;
  readonly multiplier?: number | string | undefined;
  readonly comboLegs?: readonly LegSource[] | undefined;
}

/** TWS appends a time and a zone to some dates (`20261218 08:30:00 US/Central`). */
const DAY = /^(\d{4})-?(\d{2})-?(\d{2})(?!\d)/u;
const MONTH = /^(\d{4})-?(\d{2})$/u;

/** The last trading day as `YYYY-MM-DD`; `YYYY-MM` where only the contract month is known. */
export function expiryView(text: string | undefined): string | undefined {
  const day = DAY.exec(text ?? '');
  if (day !== null) return `${day[1] ?? ''}-${day[2] ?? ''}-${day[3] ?? ''}`;
  const month = MONTH.exec(text ?? '');
  return month === null ? undefined : `${month[1] ?? ''}-${month[2] ?? ''}`;
}

/** TWS API: 0 stands for none in ids, strikes and multipliers. */
function positive(value: number | undefined): number | undefined {
  return value === undefined || !(value > 0) ? undefined : finite(value);
}

function rightView(text: string | undefined): 'C' | 'P' | undefined {
  if (text === 'C' || text === 'CALL') return 'C';
  return text === 'P' || text === 'PUT' ? 'P' : undefined;
}

type ApiLeg = NonNullable<ApiContract['legs']>[number];

function legView({ conId, ratio, action, exchange }: LegSource): ApiLeg | undefined {
  if (conId === undefined || conId <= 0 || ratio === undefined || ratio <= 0 || (action !== 'BUY' && action !== 'SELL')) return undefined;
  return known<ApiLeg>({ conId, ratio, action, exchange: filled(exchange) });
}

/** All legs or none: a part of a combination would be another one. */
function legsView(legs: readonly LegSource[] | undefined): ApiLeg[] | undefined {
  const seen = (legs ?? []).map(legView).filter((leg) => leg !== undefined);
  return seen.length < 2 || seen.length !== legs?.length ? undefined : seen;
}

/** A contract as answers show it. */
export function contractView(contract: ContractSource): ApiContract {
  const { multiplier } = contract;
  return known({
    conId: positive(contract.conId),
    symbol: filled(contract.symbol),
    secType: filled(contract.secType),
    exchange: filled(contract.exchange),
    primaryExchange: filled(contract.primaryExchange) ?? filled(contract.primaryExch),
    currency: filled(contract.currency),
    localSymbol: filled(contract.localSymbol),
    tradingClass: filled(contract.tradingClass),
    expiry: expiryView(contract.lastTradeDate ?? contract.lastTradeDateOrContractMonth),
    strike: positive(contract.strike),
    right: rightView(contract.right),
    multiplier: positive(typeof multiplier === 'string' ? Number(multiplier) : multiplier),
    legs: legsView(contract.comboLegs),
  });
}

/** A resolved contract with everything that the broker told about it. */
export function contractDetailsView(contract: ResolvedContract): ApiContractDetails {
  const { conId, symbol } = contract;
  return known({
    ...contractView(contract),
    conId,
    symbol,
    longName: filled(contract.longName),
    contractMonth: contract.contractMonth,
    underlyingConId: contract.underlyingConId,
    stockType: contract.stockType,
    minTick: positive(contract.minTick),
    minSize: positive(contract.minSize),
    sizeIncrement: positive(contract.sizeIncrement),
    priceMagnifier: positive(contract.priceMagnifier),
    validExchanges: [...contract.validExchanges],
    marketRuleIds: [...contract.marketRuleIds],
    timeZoneId: contract.timeZoneId,
    tradingHours: contract.tradingHours,
    liquidHours: contract.liquidHours,
  });
}
