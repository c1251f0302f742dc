import type { TagValue, WireScannerRow, WireScannerSubscription } from '@ibkit/wire';
import type { Instrument } from '../../market/instrument.js';
import type { Market, Quote } from '../../market/market.js';
import { contractOf } from '../instrument-contract.js';
import { SCAN_CODES, SCAN_INSTRUMENTS } from './scan-codes.js';
import type { ScanCode } from './scan-codes.js';

/** A scan that can be run. */
export interface Scan {
  readonly scanCode: ScanCode;
  readonly rows: number;
  readonly fits: (instrument: Instrument, quote: Quote) => boolean;
}

/** Why a scan cannot be run: the code and text for the client. */
export interface ScanRefusal {
  readonly code: number;
  readonly text: string;
}

/** TWS API: scans are answered by the historical data service, and so are their faults. */
function serviceFault(text: string): ScanRefusal {
  return { code: 162, text: `Historical Market Data Service error message:${text}` };
}

function filterNumber(filters: readonly TagValue[], tag: string): number | undefined {
  const text = filters.find((filter) => filter.tag === tag)?.value;
  const value = Number(text);
  return text === undefined || text === '' || Number.isNaN(value) ? undefined : value;
}

/** Reads a subscription; the limits of newer clients come as filter options and count as well. */
export function readScan(subscription: WireScannerSubscription, filters: readonly TagValue[], mostRows: number): Scan | ScanRefusal {
  const { scanCode = '', instrument = '', locationCode = '', numberOfRows = -1, stockTypeFilter = '' } = subscription;
  if (scanCode === '') return { code: 321, text: "Error validating request.-'reqScannerSubscription' : cause - Scan code is missing" };
  const code = SCAN_CODES.find((known) => known.code === scanCode);
  if (code === undefined) return serviceFault(`Scanner type with code ${scanCode} is disabled`);
  const kind = SCAN_INSTRUMENTS.find((known) => known.code === instrument);
  if (kind === undefined) return serviceFault(`Scanner instrument ${instrument} is unknown`);
  const location = kind.locations.find((known) => known.code === locationCode);
  if (location === undefined) return serviceFault(`Scanner location ${locationCode} is unknown for ${instrument}`);
  const priceAbove = subscription.abovePrice ?? filterNumber(filters, 'priceAbove') ?? 0;
  const priceBelow = subscription.belowPrice ?? filterNumber(filters, 'priceBelow') ?? Infinity;
  const volumeAbove = subscription.aboveVolume ?? filterNumber(filters, 'volumeAbove') ?? 0;
  return {
    scanCode: code,
    rows: numberOfRows <= 0 ? mostRows : Math.min(numberOfRows, mostRows),
    fits: (listed, { last = 0, volume = 0 }) =>
      kind.fits(listed) && location.fits(listed) && isOfStockType(listed, stockTypeFilter) && last >= priceAbove && last <= priceBelow && volume >= volumeAbove,
  };
}

/** TWS API: `ALL`, `ETF`, or one of the words for corporations (`CORP`, `STOCK`). */
function isOfStockType({ stockType }: Instrument, filter: string): boolean {
  if (filter === '' || filter === 'ALL') return true;
  return filter === 'ETF' ? stockType === 'ETF' : stockType !== 'ETF';
}

/** The rows of this moment, the best first. Equal ones are ordered by symbol. */
export function runScan(market: Market, { scanCode, rows, fits }: Scan): readonly WireScannerRow[] {
  return market.universe.listed
    .map((instrument) => ({ instrument, quote: market.quote(instrument.conId) }))
    .filter(({ instrument, quote }) => fits(instrument, quote))
    .flatMap(({ instrument, quote }) => {
      const rate = scanCode.rate(quote, instrument);
      return rate === undefined || Number.isNaN(rate) ? [] : [{ instrument, rate }];
    })
    .sort((a, b) => b.rate - a.rate || (a.instrument.localSymbol < b.instrument.localSymbol ? -1 : 1))
    .slice(0, rows)
    .map(({ instrument }, rank) => ({ rank, contract: contractOf(instrument), marketName: instrument.marketName, distance: '', benchmark: '', projection: '', legsStr: '' }));
}
