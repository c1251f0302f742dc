import { clientConId, serverConId, serverInstrument } from './contract-layouts.js';
import type { WireContract } from './contract-model.js';
import { fixed, layout, list, nested, optional, required, since, tail, version } from './layout.js';
import type { WireSoftDollarTier } from './order-model.js';
import { asciiOrUnset, asciiText, documentText, flag, integer, lineOrUnset, lineText, number, tagValueText, unsettableInteger } from './scalar.js';
import type { TagValue } from './scalar.js';

/** What a scan looks for. */
export interface WireScannerSubscription {
  readonly numberOfRows?: number | undefined;
  readonly instrument?: string | undefined;
  readonly locationCode?: string | undefined;
  readonly scanCode?: string | undefined;
  readonly abovePrice?: number | undefined;
  readonly belowPrice?: number | undefined;
  readonly aboveVolume?: number | undefined;
  readonly marketCapAbove?: number | undefined;
  readonly marketCapBelow?: number | undefined;
  readonly moodyRatingAbove?: string | undefined;
  readonly moodyRatingBelow?: string | undefined;
  readonly spRatingAbove?: string | undefined;
  readonly spRatingBelow?: string | undefined;
  readonly maturityDateAbove?: string | undefined;
  readonly maturityDateBelow?: string | undefined;
  readonly couponRateAbove?: number | undefined;
  readonly couponRateBelow?: number | undefined;
  readonly excludeConvertible?: boolean | undefined;
  readonly averageOptionVolumeAbove?: number | undefined;
  readonly scannerSettingPairs?: string | undefined;
  readonly stockTypeFilter?: string | undefined;
}

/** Starts a scan, which repeats about every 30 seconds. */
export interface ReqScannerSubscription {
  readonly type: 'reqScannerSubscription';
  readonly reqId: number;
  readonly subscription: WireScannerSubscription;
  readonly filterOptions?: readonly TagValue[] | undefined;
  readonly options?: readonly TagValue[] | undefined;
}

/** Ends a scan. */
export interface CancelScannerSubscription {
  readonly type: 'cancelScannerSubscription';
  readonly reqId: number;
}

/** Asks for everything that scans can look for. */
export interface ReqScannerParameters {
  readonly type: 'reqScannerParameters';
}

/** Asks for a report about a company. */
export interface ReqFundamentalData {
  readonly type: 'reqFundamentalData';
  readonly reqId: number;
  readonly contract: WireContract;
  /** ReportSnapshot, ReportsFinSummary, ReportRatios, ReportsFinStatements, RESC or CalendarReport. */
  readonly reportType: string;
  readonly options?: readonly TagValue[] | undefined;
}

/** Ends a request for a report. */
export interface CancelFundamentalData {
  readonly type: 'cancelFundamentalData';
  readonly reqId: number;
}

/** Asks what corporate events can be asked for. Since server version 161. */
export interface ReqWshMetaData {
  readonly type: 'reqWshMetaData';
  readonly reqId: number;
}

/** Ends a request for the kinds of corporate events. Since server version 161. */
export interface CancelWshMetaData {
  readonly type: 'cancelWshMetaData';
  readonly reqId: number;
}

/** Asks for corporate events. Since server version 161. */
export interface ReqWshEventData {
  readonly type: 'reqWshEventData';
  readonly reqId: number;
  readonly conId?: number | undefined;
  /** JSON. Since server version 171, as the next three. */
  readonly filter?: string | undefined;
  readonly fillWatchlist?: boolean | undefined;
  readonly fillPortfolio?: boolean | undefined;
  readonly fillCompetitors?: boolean | undefined;
  /** Since server version 173, as the next two. */
  readonly startDate?: string | undefined;
  readonly endDate?: string | undefined;
  readonly totalLimit?: number | undefined;
}

/** Ends a request for corporate events. Since server version 161. */
export interface CancelWshEventData {
  readonly type: 'cancelWshEventData';
  readonly reqId: number;
}

/** Requests about scans, reports and corporate events. */
export type ReferenceRequest =
  | ReqScannerSubscription
  | CancelScannerSubscription
  | ReqScannerParameters
  | ReqFundamentalData
  | CancelFundamentalData
  | ReqWshMetaData
  | CancelWshMetaData
  | ReqWshEventData
  | CancelWshEventData;

/** One row of a scan. */
export interface WireScannerRow {
  readonly rank: number;
  readonly contract: WireContract;
  readonly marketName?: string | undefined;
  readonly distance?: string | undefined;
  readonly benchmark?: string | undefined;
  readonly projection?: string | undefined;
  readonly legsStr?: string | undefined;
}

/** One result of a scan. TWS API: no end message follows, the batch is complete. */
export interface ScannerData {
  readonly type: 'scannerData';
  readonly reqId: number;
  readonly rows: readonly WireScannerRow[];
}

/** Everything that scans can look for. */
export interface ScannerParameters {
  readonly type: 'scannerParameters';
  /** About 2 MB. */
  readonly xml: string;
}

/** A report about a company. */
export interface FundamentalData {
  readonly type: 'fundamentalData';
  readonly reqId: number;
  readonly data: string;
}

/** What corporate events can be asked for, as JSON. */
export interface WshMetaData {
  readonly type: 'wshMetaData';
  readonly reqId: number;
  readonly dataJson: string;
}

/** Corporate events, as JSON. */
export interface WshEventData {
  readonly type: 'wshEventData';
  readonly reqId: number;
  readonly dataJson: string;
}

/** The soft dollar tiers of the login. */
export interface SoftDollarTiers {
  readonly type: 'softDollarTiers';
  readonly reqId: number;
  readonly tiers: readonly WireSoftDollarTier[];
}

/** Which accounts belong together. */
export interface FamilyCodes {
  readonly type: 'familyCodes';
  readonly familyCodes: readonly { readonly accountID: string; readonly familyCode: string }[];
}

/** Answers about scans, reports, corporate events and the login. */
export type ReferenceMessage = ScannerData | ScannerParameters | FundamentalData | WshMetaData | WshEventData | SoftDollarTiers | FamilyCodes;

const reqId = required('reqId', integer);
const options = tail(optional('options', tagValueText));

const fundamentalData = [
  version(2),
  reqId,
  nested(
    'contract',
    clientConId,
    optional('symbol', asciiOrUnset),
    optional('secType', asciiOrUnset),
    optional('exchange', asciiOrUnset),
    optional('primaryExch', asciiOrUnset),
    optional('currency', asciiOrUnset),
    optional('localSymbol', asciiOrUnset),
  ),
  required('reportType', asciiText),
] as const;

export const referenceRequestLayouts = {
  reqScannerSubscription: layout<ReqScannerSubscription>(22, 'reqScannerSubscription', [
    reqId,
    nested(
      'subscription',
      optional('numberOfRows', unsettableInteger),
      optional('instrument', asciiOrUnset),
      optional('locationCode', asciiOrUnset),
      optional('scanCode', asciiOrUnset),
      optional('abovePrice', number),
      optional('belowPrice', number),
      optional('aboveVolume', unsettableInteger),
      optional('marketCapAbove', number),
      optional('marketCapBelow', number),
      optional('moodyRatingAbove', asciiOrUnset),
      optional('moodyRatingBelow', asciiOrUnset),
      optional('spRatingAbove', asciiOrUnset),
      optional('spRatingBelow', asciiOrUnset),
      optional('maturityDateAbove', asciiOrUnset),
      optional('maturityDateBelow', asciiOrUnset),
      optional('couponRateAbove', number),
      optional('couponRateBelow', number),
      optional('excludeConvertible', flag),
      optional('averageOptionVolumeAbove', unsettableInteger),
      optional('scannerSettingPairs', asciiOrUnset),
      optional('stockTypeFilter', asciiOrUnset),
    ),
    optional('filterOptions', tagValueText),
    options,
  ]),
  cancelScannerSubscription: layout<CancelScannerSubscription>(23, 'cancelScannerSubscription', [version(1), reqId]),
  reqScannerParameters: layout<ReqScannerParameters>(24, 'reqScannerParameters', [version(1)]),
  reqFundamentalData: layout<ReqFundamentalData>(52, 'reqFundamentalData', [...fundamentalData, options], {
    // As in option calculations: a count in front of the options.
    otherwise: [...fundamentalData, fixed('0'), options],
  }),
  cancelFundamentalData: layout<CancelFundamentalData>(53, 'cancelFundamentalData', [version(1), reqId]),
  reqWshMetaData: layout<ReqWshMetaData>(100, 'reqWshMetaData', [reqId], { since: 161 }),
  cancelWshMetaData: layout<CancelWshMetaData>(101, 'cancelWshMetaData', [reqId], { since: 161 }),
  reqWshEventData: layout<ReqWshEventData>(
    102,
    'reqWshEventData',
    [
      reqId,
      optional('conId', unsettableInteger),
      since(
        171,
        optional('filter', asciiOrUnset),
        optional('fillWatchlist', flag),
        optional('fillPortfolio', flag),
        optional('fillCompetitors', flag),
      ),
      since(173, optional('startDate', asciiOrUnset), optional('endDate', asciiOrUnset), optional('totalLimit', unsettableInteger)),
    ],
    { since: 161 },
  ),
  cancelWshEventData: layout<CancelWshEventData>(103, 'cancelWshEventData', [reqId], { since: 161 }),
} as const;

export const referenceMessageLayouts = {
  scannerData: layout<ScannerData>(20, 'scannerData', [
    version(3),
    reqId,
    list(
      'rows',
      required('rank', integer),
      nested(
        'contract',
        serverConId,
        ...serverInstrument,
        optional('exchange', lineOrUnset),
        optional('currency', lineOrUnset),
        optional('localSymbol', lineOrUnset),
      ),
      optional('marketName', lineOrUnset),
      nested('contract', optional('tradingClass', lineOrUnset)),
      optional('distance', lineOrUnset),
      optional('benchmark', lineOrUnset),
      optional('projection', lineOrUnset),
      optional('legsStr', lineOrUnset),
    ),
  ]),
  scannerParameters: layout<ScannerParameters>(19, 'scannerParameters', [version(1), required('xml', documentText)]),
  fundamentalData: layout<FundamentalData>(51, 'fundamentalData', [version(1), reqId, required('data', documentText)]),
  wshMetaData: layout<WshMetaData>(104, 'wshMetaData', [reqId, required('dataJson', documentText)], { since: 161 }),
  wshEventData: layout<WshEventData>(105, 'wshEventData', [reqId, required('dataJson', documentText)], { since: 161 }),
  softDollarTiers: layout<SoftDollarTiers>(77, 'softDollarTiers', [
    reqId,
    list('tiers', optional('name', lineOrUnset), optional('value', lineOrUnset), optional('displayName', lineOrUnset)),
  ]),
  familyCodes: layout<FamilyCodes>(78, 'familyCodes', [list('familyCodes', required('accountID', lineText), required('familyCode', lineText))]),
} as const;
