import { codeGroup } from '../code-record.js';
import type { CodeRecord } from '../code-record.js';

/** Bars, ticks, scanners and fundamentals from the past. */
export const HISTORICAL_CODES: readonly CodeRecord[] = codeGroup(
  { category: 'historical', scope: 'request', effect: 'requestFailed', retryable: false, strategy: { kind: 'reject' } },
  [
    [
      162,
      'historicalServiceError',
      'The historical data service refused or ended a query; the text says why.',
      [
        'Read the text: pacing, no data, permissions and cancelled queries all come with this code.',
        'Check bar size against duration, and that the contract traded in that time.',
      ],
    ],
    [
      165,
      'historicalServiceNotice',
      'The historical data service says something about a running query.',
      ['Note it; the query goes on unless another code ends it.'],
      { effect: 'warning', strategy: { kind: 'ignore' } },
    ],
    [
      166,
      'expiredContractTooOld',
      'The contract expired too long ago: futures keep about two years, options and combos none.',
      ['Ask for a younger contract, or use your own archive.'],
    ],
    [
      365,
      'unknownScannerId',
      'A cancel named a scanner subscription that TWS does not know.',
      ['Usually it ended before: nothing to do.'],
      { effect: 'warning', strategy: { kind: 'ignore' } },
    ],
    [
      366,
      'unknownHistoricalId',
      'A cancel named a history query that TWS does not know.',
      ['Usually it was answered before: nothing to do.'],
      { effect: 'warning', strategy: { kind: 'ignore' } },
    ],
    [
      385,
      'duplicateScannerId',
      'The request id belongs to a running scanner subscription.',
      ['Take a new request id.'],
      { category: 'request' },
    ],
    [
      386,
      'duplicateHistoricalId',
      'The request id belongs to a running history query.',
      ['Take a new request id.'],
      { category: 'request' },
    ],
    [
      430,
      'noFundamentals',
      'There is no fundamental data for this security.',
      ['Take fundamentals from another source.'],
    ],
    [
      431,
      'whatToShowInvalid',
      'The kind of data is missing or not one that exists for this contract.',
      ['Use TRADES, MIDPOINT, BID, ASK or another kind that the contract has.'],
    ],
    [
      10182,
      'liveUpdatesEnded',
      'A history query that was kept up to date stopped updating.',
      ['Ask again with a fresh request id; it does not resume by itself.'],
      { retryable: true, strategy: { kind: 'resubscribe', waitMs: 1000 } },
    ],
    [
      10295,
      'scheduleNeedsDailyBars',
      'A trading schedule was asked with a bar size other than one day; the same code has been seen for tax-loss orders with a wrong time in force.',
      ['Ask for SCHEDULE with 1 day bars.', 'On an order: use time in force DAY.'],
    ],
    [
      10299,
      'wrongDataKind',
      'This instrument has another kind of data than the one asked; the text names it.',
      ['Use the kind in the text: crypto trades are AGGTRADES.'],
    ],
    [
      10300,
      'startTimeFormat',
      'A date and time field has the wrong format.',
      ["Use UTC as yyyymmdd-hh:mm:ss, or local time with the zone's name."],
      { category: 'request' },
    ],
    [
      10301,
      'dateTimeFormat',
      'A date, time or zone in a request is not valid.',
      ["Use UTC as yyyymmdd-hh:mm:ss, or local time with the zone's name."],
      { category: 'request' },
    ],
    [
      10314,
      'endTimeFormat',
      'The end of the range has the wrong date, time or time zone format.',
      ["Use UTC as yyyymmdd-hh:mm:ss, or local time with the zone's name."],
      { category: 'request' },
    ],
    [
      10315,
      'timeOnlyFormat',
      'A field that takes only a time was given something else.',
      ['Send hh:mm:ss in UTC, without a date.'],
      { category: 'request' },
    ],
    [
      10339,
      'continuousFutureWithEnd',
      'A continuous future cannot be asked with an end date.',
      ['Leave the end empty, or name one real expiry.'],
    ],
  ],
);
