import { isSecType } from './contract-query.js';
import type { ResolvedContract } from './resolved-contract.js';

/** One answer of the broker that is kept. */
export interface StoredContract {
  /** The question: equal for equal questions, whatever was left to defaults. Exchange, currency, class and expired ones or not are in it. */
  readonly key: string;
  /** Whether the question allowed contracts that trade no more. */
  readonly includeExpired: boolean;
  /** When the broker answered, epoch milliseconds. */
  readonly storedAtMs: number;
  readonly contract: ResolvedContract;
}

/** Where answers are kept between runs. What it throws is reported and costs look-ups, nothing else. */
export interface ContractStore {
  /** Everything that is kept, in any order. */
  load(): Promise<readonly StoredContract[]>;
  /** Adds these; one with the same key takes the place of an older one. Others may be dropped once they are older than `keptFromMs`. */
  save(entries: readonly StoredContract[], keptFromMs: number): Promise<void>;
}

const TEXTS = ['symbol', 'exchange', 'currency', 'localSymbol', 'longName'] as const;
const OPTIONAL_TEXTS = ['primaryExchange', 'tradingClass', 'lastTradeDate', 'contractMonth', 'stockType', 'timeZoneId', 'tradingHours', 'liquidHours'] as const;
const OPTIONAL_NUMBERS = ['multiplier', 'strike', 'underlyingConId', 'priceMagnifier', 'minSize', 'sizeIncrement'] as const;

/** Reads one kept answer from parsed JSON; `undefined` when it is not one to the last field. */
export function readStored(value: unknown): StoredContract | undefined {
  if (!isRecord(value)) return undefined;
  const { key, includeExpired, storedAtMs } = value;
  const contract = readContract(value['contract']);
  if (typeof key !== 'string' || typeof includeExpired !== 'boolean' || !isNumber(storedAtMs) || contract === undefined) return undefined;
  return { key, includeExpired, storedAtMs, contract };
}

function readContract(value: unknown): ResolvedContract | undefined {
  if (!isRecord(value)) return undefined;
  const { conId, secType, minTick, right, validExchanges, marketRuleIds } = value;
  if (!isNumber(conId) || !Number.isSafeInteger(conId) || conId <= 0 || !isNumber(minTick)) return undefined;
  if (typeof secType !== 'string' || !isSecType(secType)) return undefined;
  if (right !== undefined && right !== 'C' && right !== 'P') return undefined;
  if (!isListOf(validExchanges, isText) || !isListOf(marketRuleIds, isNumber)) return undefined;
  const texts = pick(value, TEXTS, isText);
  const optionalTexts = pick(value, OPTIONAL_TEXTS, isOptional(isText));
  const numbers = pick(value, OPTIONAL_NUMBERS, isOptional(isNumber));
  if (texts === undefined || optionalTexts === undefined || numbers === undefined) return undefined;
  return Object.freeze({ conId, secType, minTick, right, ...texts, ...optionalTexts, ...numbers, validExchanges: Object.freeze([...validExchanges]), marketRuleIds: Object.freeze([...marketRuleIds]) });
}

function pick<K extends string, T>(value: Readonly<Record<string, unknown>>, keys: readonly K[], is: (value: unknown) => value is T): Record<K, T> | undefined {
  const picked: Partial<Record<K, T>> = {};
  for (const key of keys) {
    const each = value[key];
    if (!is(each)) return undefined;
    picked[key] = each;
  }
  return hasAll(picked, keys) ? picked : undefined;
}

function hasAll<K extends string, T>(picked: Partial<Record<K, T>>, keys: readonly K[]): picked is Record<K, T> {
  return keys.every((key) => key in picked);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isOptional<T>(is: (value: unknown) => value is T): (value: unknown) => value is T | undefined {
  return (value): value is T | undefined => value === undefined || is(value);
}

function isListOf<T>(value: unknown, is: (value: unknown) => value is T): value is readonly T[] {
  return Array.isArray(value) && value.every(is);
}
