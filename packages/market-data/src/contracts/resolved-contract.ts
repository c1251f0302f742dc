import { ContractError } from '@ibkit/error-codes';
import type { WireContract, WireContractDetails } from '@ibkit/wire';
import { isSecType } from './contract-query.js';
import type { ContractQuery, OptionRight, SecType } from './contract-query.js';

/** What the broker says about one contract; bonds come without some of it. */
export type ContractDetailsRow = Pick<
  WireContractDetails,
  | 'contract' | 'minTick' | 'longName' | 'validExchanges' | 'marketRuleIds' | 'minSize' | 'sizeIncrement' | 'timeZoneId'
  | 'tradingHours' | 'liquidHours' | 'contractMonth' | 'underConId' | 'stockType' | 'priceMagnifier'
>;

/** One contract, known to the broker: the identity that quotes and orders use. Absent fields do not apply to its type. */
export interface ResolvedContract {
  readonly conId: number;
  readonly symbol: string;
  readonly secType: SecType;
  /** Where requests for it are routed; `SMART` when the broker routes. */
  readonly exchange: string;
  readonly primaryExchange?: string | undefined;
  readonly currency: string;
  readonly localSymbol: string;
  readonly tradingClass?: string | undefined;
  /** Units per contract; absent for 1. */
  readonly multiplier?: number | undefined;
  /** The smallest price step that the broker names; the real step may depend on the price, see `marketRuleIds`. */
  readonly minTick: number;
  readonly longName: string;
  /** `YYYY-MM-DD`. */
  readonly lastTradeDate?: string | undefined;
  /** `YYYYMM`. */
  readonly contractMonth?: string | undefined;
  readonly strike?: number | undefined;
  readonly right?: OptionRight | undefined;
  readonly underlyingConId?: number | undefined;
  readonly stockType?: string | undefined;
  /** Every exchange that it can be routed to. */
  readonly validExchanges: readonly string[];
  /** Price step rules, one per valid exchange, in the same order. */
  readonly marketRuleIds: readonly number[];
  readonly priceMagnifier?: number | undefined;
  readonly minSize?: number | undefined;
  readonly sizeIncrement?: number | undefined;
  /** The exchange's time zone as the broker writes it, usually IANA (`US/Eastern`). */
  readonly timeZoneId?: string | undefined;
  /** The broker's own text: `20260521:0400-20260521:2000;20260522:CLOSED`, in `timeZoneId`. */
  readonly tradingHours?: string | undefined;
  /** The same for the regular session. */
  readonly liquidHours?: string | undefined;
}

/** Whether a value is the result of an earlier look-up, so that no request is needed. */
export function isResolved(value: ContractQuery | ResolvedContract): value is ResolvedContract {
  return (
    value.conId !== undefined && value.conId > 0 &&
    'minTick' in value && typeof value.minTick === 'number' &&
    'validExchanges' in value && Array.isArray(value.validExchanges) &&
    Boolean(value.exchange)
  );
}

/**
 * Reads one row of the broker's answer.
 * @param row what the broker sent
 * @param askedExchange the exchange of the question; without one, SMART when the contract can be routed there
 * @throws {@link ContractError} when the row lacks what identifies a contract, or is of a type that is not supported.
 */
export function resolvedFrom(row: ContractDetailsRow, askedExchange: string | undefined): ResolvedContract {
  const { contract } = row;
  const { conId, secType, symbol } = contract;
  if (conId === undefined || conId <= 0 || symbol === undefined || !isSecType(secType)) {
    throw new ContractError({
      code: 'IBKR_CONTRACT_UNREADABLE',
      message: `The broker described a contract without what identifies it (conId ${conId ?? 'missing'}, type ${secType ?? 'missing'})`,
    });
  }
  const validExchanges = listOf(row.validExchanges);
  const derivative = contract.strike !== undefined && contract.strike > 0;
  return Object.freeze({
    conId,
    symbol,
    secType,
    exchange: askedExchange ?? (validExchanges.includes('SMART') ? 'SMART' : contract.exchange ?? ''),
    primaryExchange: nonEmpty(contract.primaryExch),
    currency: contract.currency ?? '',
    localSymbol: contract.localSymbol ?? symbol,
    tradingClass: nonEmpty(contract.tradingClass),
    multiplier: positive(Number(contract.multiplier ?? Number.NaN)),
    minTick: row.minTick ?? 0,
    longName: row.longName ?? '',
    lastTradeDate: dateOf(contract.lastTradeDate ?? contract.lastTradeDateOrContractMonth),
    contractMonth: nonEmpty(row.contractMonth),
    strike: derivative ? contract.strike : undefined,
    right: rightOf(contract.right),
    underlyingConId: positive(row.underConId),
    stockType: nonEmpty(row.stockType),
    validExchanges: Object.freeze(validExchanges),
    marketRuleIds: Object.freeze(listOf(row.marketRuleIds).map(Number).filter(Number.isSafeInteger)),
    priceMagnifier: positive(row.priceMagnifier),
    minSize: positive(row.minSize),
    sizeIncrement: positive(row.sizeIncrement),
    timeZoneId: nonEmpty(row.timeZoneId),
    tradingHours: nonEmpty(row.tradingHours),
    liquidHours: nonEmpty(row.liquidHours),
  });
}

/** The contract as a request carries it. */
export function wireContract(contract: ResolvedContract): WireContract {
  return {
    conId: contract.conId,
    symbol: contract.symbol,
    secType: contract.secType,
    lastTradeDateOrContractMonth: contract.lastTradeDate?.replaceAll('-', ''),
    strike: contract.strike,
    right: contract.right,
    multiplier: contract.multiplier === undefined ? undefined : String(contract.multiplier),
    exchange: contract.exchange,
    primaryExch: contract.primaryExchange,
    currency: contract.currency,
    localSymbol: contract.localSymbol,
    tradingClass: contract.tradingClass,
  };
}

/** What tells one upstream line from another: the contract and where it is routed. */
export function lineKey(contract: ResolvedContract): string {
  return `${contract.conId}@${contract.exchange}`;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text;
}

function positive(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 && Number.isFinite(value) ? value : undefined;
}

function listOf(text: string | undefined): string[] {
  return (text ?? '').split(',').map((item) => item.trim()).filter((item) => item !== '');
}

function rightOf(text: string | undefined): OptionRight | undefined {
  if (text === 'C' || text === 'CALL') return 'C';
  return text === 'P' || text === 'PUT' ? 'P' : undefined;
}

/** TWS appends a time and a zone to some dates (`20261218 08:30:00 US/Central`). */
const LEADING_DATE = /^(\d{4})-?(\d{2})-?(\d{2})(?!\d)/u;

function dateOf(text: string | undefined): string | undefined {
  const match = LEADING_DATE.exec(text ?? '');
  return match === null ? undefined : `${match[1] ?? ''}-${match[2] ?? ''}-${match[3] ?? ''}`;
}
