import type { WireContract } from '@ibkit/wire';
import { twsTimeZone } from '../sessions/tws-time-zone.js';
import { futuresCodeParts, futuresYear } from './futures-code.js';
import { parseOccSymbol } from './occ-symbol.js';
import type { ResolvedContract } from './resolved-contract.js';

/** Where the day ends last: a contract whose zone nobody knows is over when its last day is over everywhere. */
const LAST_DAY_END_MS = 12 * 3_600_000;

/** Whether the last day of a contract is over, by the wall of its exchange. */
export function isExpired(contract: Pick<ResolvedContract, 'lastTradeDate' | 'timeZoneId'>, nowMs: number): boolean {
  const { lastTradeDate, timeZoneId } = contract;
  if (lastTradeDate === undefined) return false;
  const today = twsTimeZone(timeZoneId ?? '')?.dateOf(nowMs) ?? new Date(nowMs - LAST_DAY_END_MS).toISOString().slice(0, 10);
  return lastTradeDate < today;
}

/** The day or month in which a contract that is asked for ended, if that is over: `YYYY-MM-DD` or `YYYY-MM`. */
export function endedIn(contract: WireContract, nowMs: number): string | undefined {
  const told = contract.lastTradeDateOrContractMonth ?? monthInName(contract, nowMs);
  const match = /^(\d{4})(\d{2})(\d{2})?$/u.exec(told ?? '');
  if (match === null) return undefined;
  const end = [match[1], match[2], match[3]].filter((part) => part !== undefined).join('-');
  const today = new Date(nowMs - LAST_DAY_END_MS).toISOString().slice(0, 10);
  return end < today.slice(0, end.length) ? end : undefined;
}

function monthInName({ localSymbol, secType }: WireContract, nowMs: number): string | undefined {
  if (localSymbol === undefined) return undefined;
  if (secType !== 'FUT') return parseOccSymbol(localSymbol)?.expiration.replaceAll('-', '');
  const code = futuresCodeParts(localSymbol);
  return code === undefined ? undefined : `${futuresYear(code, nowMs)}${String(code.month).padStart(2, '0')}`;
}
