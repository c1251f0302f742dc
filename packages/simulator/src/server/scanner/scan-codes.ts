import type { Instrument } from '../../market/instrument.js';
import type { Quote } from '../../market/market.js';

/** One kind of scan. */
export interface ScanCode {
  readonly code: string;
  readonly name: string;
  /** What the rows are ordered by, the highest first; undefined leaves the instrument out. */
  readonly rate: (quote: Quote, instrument: Instrument) => number | undefined;
}

function change(from: number | undefined, to: number | undefined): number | undefined {
  return from === undefined || to === undefined || from <= 0 ? undefined : to / from - 1;
}

function negative(value: number | undefined): number | undefined {
  return value === undefined ? undefined : -value;
}

function ratio(value: number | undefined, base: number | undefined): number | undefined {
  return value === undefined || base === undefined || base <= 0 ? undefined : value / base;
}

function range({ high, low }: Quote): number | undefined {
  return high === undefined || low === undefined ? undefined : high - low;
}

function size(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.abs(value);
}

/** Every scan that the simulator knows; each is computed from the quotes of the moment. */
export const SCAN_CODES: readonly ScanCode[] = [
  { code: 'TOP_PERC_GAIN', name: 'Top % Gainers', rate: ({ close, last }) => change(close, last) },
  { code: 'TOP_PERC_LOSE', name: 'Top % Losers', rate: ({ close, last }) => negative(change(close, last)) },
  { code: 'TOP_OPEN_PERC_GAIN', name: 'Top % Gainers Since Open', rate: ({ open, last }) => change(open, last) },
  { code: 'TOP_OPEN_PERC_LOSE', name: 'Top % Losers Since Open', rate: ({ open, last }) => negative(change(open, last)) },
  { code: 'HIGH_OPEN_GAP', name: 'Top Close-to-Open % Gainers', rate: ({ close, open }) => change(close, open) },
  { code: 'LOW_OPEN_GAP', name: 'Top Close-to-Open % Losers', rate: ({ close, open }) => negative(change(close, open)) },
  { code: 'MOST_ACTIVE', name: 'Most Active', rate: ({ volume }) => volume },
  { code: 'MOST_ACTIVE_USD', name: 'Most Active ($)', rate: ({ volume, vwap, last }) => (volume === undefined ? undefined : volume * (vwap ?? last ?? 0)) },
  { code: 'TOP_TRADE_COUNT', name: 'Top Trade Count', rate: ({ trades }) => trades },
  { code: 'HOT_BY_VOLUME', name: 'Hot by Volume', rate: ({ volume, trades }) => ratio(volume, trades) },
  { code: 'HOT_BY_PRICE', name: 'Hot by Price', rate: ({ close, last }) => size(change(close, last)) },
  { code: 'TOP_PRICE_RANGE', name: 'Top Price Range', rate: (quote) => range(quote) },
  { code: 'HOT_BY_PRICE_RANGE', name: 'Hot by Price Range', rate: (quote) => ratio(range(quote), quote.close) },
];

/** What can be scanned, and where: TWS API `instrument` and `locationCode`. */
export interface ScanInstrument {
  readonly code: string;
  readonly name: string;
  readonly fits: (instrument: Instrument) => boolean;
  readonly locations: readonly ScanLocation[];
}

/** One location code. */
export interface ScanLocation {
  readonly code: string;
  readonly name: string;
  readonly fits: (instrument: Instrument) => boolean;
}

function everything(): boolean {
  return true;
}

function listedAt(...names: readonly string[]): (instrument: Instrument) => boolean {
  return ({ primaryExch, exchange }) => names.includes(primaryExch) || names.includes(exchange);
}

export const SCAN_INSTRUMENTS: readonly ScanInstrument[] = [
  {
    code: 'STK',
    name: 'US Stocks',
    fits: ({ secType }) => secType === 'STK',
    locations: [
      { code: 'STK.US', name: 'US Stocks', fits: everything },
      { code: 'STK.US.MAJOR', name: 'Listed/NASDAQ', fits: everything },
      { code: 'STK.NYSE', name: 'NYSE', fits: listedAt('NYSE') },
      { code: 'STK.NASDAQ', name: 'NASDAQ', fits: listedAt('NASDAQ') },
      { code: 'STK.ARCA', name: 'ARCA', fits: listedAt('ARCA') },
      { code: 'STK.AMEX', name: 'AMEX', fits: listedAt('AMEX') },
    ],
  },
  {
    code: 'ETF.EQ.US',
    name: 'US Equity ETFs',
    fits: ({ stockType }) => stockType === 'ETF',
    locations: [
      { code: 'ETF.EQ.US', name: 'US Equity ETFs', fits: everything },
      { code: 'ETF.EQ.US.MAJOR', name: 'Listed/NASDAQ', fits: everything },
    ],
  },
  {
    code: 'FUT.US',
    name: 'US Futures',
    fits: ({ secType }) => secType === 'FUT',
    locations: [
      { code: 'FUT.US', name: 'US Futures', fits: everything },
      { code: 'FUT.CME', name: 'CME', fits: listedAt('CME') },
      { code: 'FUT.NYMEX', name: 'NYMEX', fits: listedAt('NYMEX') },
    ],
  },
  {
    code: 'IND.US',
    name: 'US Indexes',
    fits: ({ secType }) => secType === 'IND',
    locations: [{ code: 'IND.US', name: 'US Indexes', fits: everything }],
  },
];
