import type { ComboLeg, SecType, TradableContract } from '../contract.js';
import { checkChoice, checkObject, checkText, fail, whole } from './invalid-field.js';
import type { Unchecked } from './invalid-field.js';

/** Every kind that can be traded. */
export const SEC_TYPES: readonly SecType[] = [
  'STK', 'OPT', 'FUT', 'FOP', 'CASH', 'CFD', 'BOND', 'BILL', 'WAR', 'IOPT', 'FUND', 'CMDTY', 'CRYPTO', 'BAG',
]; // prettier-ignore

/** An index and the continuous future that only history knows are quoted, but cannot be traded: they are not in the list above. */
const TEXTS = ['primaryExchange', 'primaryExch', 'localSymbol', 'tradingClass', 'lastTradeDate', 'lastTradeDateOrContractMonth'] as const;
const MOST_LEGS = 8;

function checkLeg(at: string, leg: Unchecked<ComboLeg>): void {
  checkObject(at, leg);
  whole(`${at}.conId`, leg.conId, 1);
  whole(`${at}.ratio`, leg.ratio, 1);
  checkChoice(`${at}.action`, leg.action, ['BUY', 'SELL']);
  if (leg.exchange !== undefined) checkText(`${at}.exchange`, leg.exchange, { required: true });
}

function checkLegs(secType: unknown, legs: unknown): void {
  if (secType !== 'BAG') {
    // A plain contract of another library may carry an empty list.
    if (legs !== undefined && !(Array.isArray(legs) && legs.length === 0)) fail('contract.comboLegs', 'must be absent for anything but a combination (BAG)', secType);
    return;
  }
  if (!Array.isArray(legs) || legs.length < 2 || legs.length > MOST_LEGS) fail('contract.comboLegs', `must be a list of 2 to ${MOST_LEGS} legs for a combination`, legs);
  const seen = new Set<unknown>();
  for (const [index, leg] of (legs as readonly Unchecked<ComboLeg>[]).entries()) {
    const at = `contract.comboLegs[${index}]`;
    checkLeg(at, leg);
    if (seen.has(leg.conId)) fail(`${at}.conId`, 'must be in the combination once: add the ratios up', leg.conId);
    seen.add(leg.conId);
  }
}

function isOptionComplete({ conId, localSymbol, lastTradeDateOrContractMonth, lastTradeDate, strike, right }: Unchecked<TradableContract>): boolean {
  if (Number(conId ?? 0) > 0 || localSymbol !== undefined) return true;
  return (lastTradeDateOrContractMonth ?? lastTradeDate) !== undefined && strike !== undefined && right !== undefined;
}

/** Checks that a contract can be traded and says which one it is. @throws {@link UsageError} `IBKR_ORDER_INVALID`. */
export function checkContract(contract: Unchecked<TradableContract>): void {
  checkObject('contract', contract);
  for (const field of ['symbol', 'exchange', 'currency'] as const) checkText(`contract.${field}`, contract[field], { required: true });
  for (const field of TEXTS) checkText(`contract.${field}`, contract[field]);
  const { secType, conId, strike, right, multiplier } = contract;
  if (multiplier !== undefined && !(Number(multiplier) > 0)) fail('contract.multiplier', 'must be a number above 0', multiplier);
  checkChoice('contract.secType', secType, SEC_TYPES);
  if (conId !== undefined && !(Number.isSafeInteger(conId) && Number(conId) >= 0)) fail('contract.conId', 'must be a whole number', conId);
  if (strike !== undefined && !Number.isFinite(strike)) fail('contract.strike', 'must be a finite number', strike);
  if (right !== undefined) checkChoice('contract.right', right, ['C', 'P']);
  for (const field of ['minTick', 'minSize', 'sizeIncrement'] as const) {
    const value = contract[field];
    if (value !== undefined && !(Number.isFinite(value) && Number(value) >= 0)) fail(`contract.${field}`, 'must be 0 or more', value);
  }
  checkLegs(secType, contract.comboLegs);
  if ((secType === 'OPT' || secType === 'FOP') && !isOptionComplete(contract)) {
    fail('contract', 'must say conId, or expiry, strike and right, for an option', secType);
  }
}

const DAY_MS = 86_400_000;

/**
 * Refuses a contract whose last trading day is over everywhere on earth. A contract month without a day is not judged.
 * @throws {@link UsageError} `IBKR_ORDER_INVALID`.
 */
export function checkNotExpired({ lastTradeDate, lastTradeDateOrContractMonth }: TradableContract, nowMs: number): void {
  const match = /^(\d{4})-?(\d{2})-?(\d{2})/u.exec(lastTradeDateOrContractMonth ?? lastTradeDate ?? '');
  if (match === null) return;
  const startMs = Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]));
  // A day ends twelve hours after its end in UTC where the day ends last.
  if (nowMs > startMs + 1.5 * DAY_MS) fail('contract.lastTradeDate', 'must not be past: the contract has expired', match[0]);
}
