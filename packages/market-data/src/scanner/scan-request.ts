import { UsageError } from '@ibkit/error-codes';
import type { ClientMessage, ServerMessageOf, WireContract } from '@ibkit/wire';
import { plainLine } from '../broker-text/plain-text.js';

/** What a scan looks for. */
export interface ScanOptions {
  /** @defaultValue 'STK', US stocks */
  readonly instrument?: string | undefined;
  /** @defaultValue 'STK.US.MAJOR' */
  readonly location?: string | undefined;
  /** Values by the code of a filter, such as `{ priceAbove: 5, volumeAbove: 100000 }`: see {@link ScannerParameters.filters}. @defaultValue none */
  readonly filters?: Readonly<Record<string, string | number | boolean>> | undefined;
  /** Rows, 1 to 50. @defaultValue 50 */
  readonly rows?: number | undefined;
}

/** A contract that a scan found: what other methods take for a contract. */
export interface ScanContract {
  readonly conId: number;
  readonly symbol: string;
  readonly secType: string;
  readonly exchange: string;
  readonly currency: string;
  readonly localSymbol?: string | undefined;
  readonly lastTradeDateOrContractMonth?: string | undefined;
  readonly strike?: number | undefined;
  readonly right?: string | undefined;
  readonly tradingClass?: string | undefined;
}

/** A row of a scan. */
export interface ScanRow {
  /** 0 is the first. */
  readonly rank: number;
  readonly contract: ScanContract;
  readonly marketName: string;
  /** What the scan measured, for the few that tell. */
  readonly distance?: string | undefined;
  readonly benchmark?: string | undefined;
  readonly projection?: string | undefined;
  readonly legs?: string | undefined;
}

/** TWS API: 50 rows at most. */
const MOST_ROWS = 50;
const WORD = /^[A-Za-z0-9_.:-]{1,60}$/u;
/** A value ends at a semicolon, and a key at an equals sign. */
const VALUE = /^[\x20-\x3a\x3c\x3e-\x7e]{1,200}$/u;

type ScanMessage = Extract<ClientMessage, { readonly type: 'reqScannerSubscription' }>;

/** The request of a scan. @throws UsageError for what cannot be understood. */
export function scanRequest(code: string, { instrument = 'STK', location = 'STK.US.MAJOR', filters = {}, rows = MOST_ROWS }: ScanOptions): (reqId: number) => ScanMessage {
  if (!Number.isSafeInteger(rows) || rows < 1 || rows > MOST_ROWS) throw new UsageError({ field: 'rows', value: rows, rule: `must be a whole number from 1 to ${MOST_ROWS}` });
  const subscription = {
    numberOfRows: rows,
    scanCode: checkedWord('code', code, 'a scan code such as TOP_PERC_GAIN'),
    instrument: checkedWord('instrument', instrument, 'an instrument such as STK'),
    locationCode: checkedWord('location', location, 'a location such as STK.US.MAJOR'),
  };
  const filterOptions = Object.entries(filters).map(([tag, value]) => {
    const text = String(value);
    if (!WORD.test(tag) || !VALUE.test(text)) throw new UsageError({ field: `filters.${tag.slice(0, 60)}`, value, rule: 'must be a filter code with a plain value' });
    return { tag, value: text };
  });
  return (reqId) => ({ type: 'reqScannerSubscription', reqId, subscription, filterOptions });
}

/** Reads the rows of an answer, best first. */
export function scanRows(message: ServerMessageOf<'scannerData'>): readonly ScanRow[] {
  return Object.freeze(
    message.rows
      .map((row) => Object.freeze({
        rank: row.rank,
        contract: contractOf(row.contract),
        marketName: plainLine(row.marketName ?? ''),
        distance: present(row.distance),
        benchmark: present(row.benchmark),
        projection: present(row.projection),
        legs: present(row.legsStr),
      }))
      .sort((a, b) => a.rank - b.rank),
  ); // prettier-ignore
}

function contractOf(contract: WireContract): ScanContract {
  const { conId = 0, symbol = '', secType = '', exchange = '', currency = '', strike } = contract;
  return Object.freeze({
    conId,
    symbol: plainLine(symbol),
    secType: plainLine(secType),
    exchange: plainLine(exchange),
    currency: plainLine(currency),
    localSymbol: present(contract.localSymbol),
    lastTradeDateOrContractMonth: present(contract.lastTradeDateOrContractMonth),
    strike: strike === 0 ? undefined : strike,
    right: present(contract.right),
    tradingClass: present(contract.tradingClass),
  });
}

function present(text: string | undefined): string | undefined {
  const line = plainLine(text ?? '');
  return line === '' ? undefined : line;
}

function checkedWord(field: string, value: string, what: string): string {
  if (WORD.test(value)) return value;
  throw new UsageError({ field, value, rule: `must be ${what}` });
}
