import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CODE_GROUPS } from './catalog.js';
import { ERROR_STRATEGIES, describeError, getErrorTips, knownErrorCodes } from './describe-error.js';
import type { ErrorDescription, ErrorEffect } from './description.js';
import { CODES_WITH_VARIANTS } from './text-variants.js';

const CATEGORIES: ReadonlySet<string> = new Set([
  'connection', 'pacing', 'marketData', 'historical', 'contract', 'request', 'order', 'account', 'system', 'unclassified',
]);
const SCOPES: ReadonlySet<string> = new Set(['request', 'order', 'connection', 'farm']);
const EFFECTS: ReadonlySet<string> = new Set([
  'info', 'warning', 'degraded', 'restored', 'requestFailed', 'orderRejected', 'orderCancelled', 'cancelVerdict', 'sessionEnding',
]);

/** Spans of consecutive codes, both ends included. */
const span = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, index) => first + index);

function expectWellFormed(description: ErrorDescription, code: number): void {
  expect(description.code).toBe(code);
  expect(CATEGORIES).toContain(description.category);
  expect(SCOPES).toContain(description.scope);
  expect(EFFECTS).toContain(description.effect);
  expect(description.description).toMatch(/\.$/u);
  expect(description.tips.length).toBeGreaterThan(0);
}

describe('the table', () => {
  it('has no code in two groups and no name twice', () => {
    const records = CODE_GROUPS.flat();
    expect(new Set(records.map(({ code }) => code)).size).toBe(records.length);
    expect(new Set(records.map(({ name }) => name)).size).toBe(records.length);
  });

  it('describes every code in words of its own', () => {
    const records = CODE_GROUPS.flat();
    expect(records.length).toBeGreaterThanOrEqual(470);
    expect(new Set(records.map(({ description }) => description)).size).toBe(records.length);
    for (const { code } of records) expectWellFormed(describeError(code), code);
  });

  it('covers the codes that TWS is known to send and the ones that client libraries invent', () => {
    const expected = [
      ...span(100, 107), ...span(109, 111), 113, ...span(114, 129), ...span(131, 148), ...span(151, 168), ...span(200, 203),
      ...span(300, 317), ...span(319, 449), 460, 463, 481, 492, ...span(501, 589), 1100, 1101, 1102, 1300, ...span(2100, 2111), 2119, 2130, 2137,
      2150, 2152, 2157, 2158, 2168, 2169, 2176, ...span(10000, 10003), ...span(10005, 10027), 10032, 10063, ...span(10089, 10092), 10147, 10148,
      10167, 10168, 10185, 10186, 10187, 10189, 10190, 10197, 10225, 10230, 10231, ...span(10233, 10254), ...span(10268, 10270),
      ...span(10276, 10312), ...span(10314, 10319), 10321, 10322, ...span(10324, 10347), 10349, 10358,
    ];
    const known = new Set(knownErrorCodes());
    // Holes in the published table.
    const holes = new Set([130, 149, 150, 10004]);
    expect(expected.filter((code) => !known.has(code) && !holes.has(code))).toEqual([]);
  });

  it('gives every code a strategy', () => {
    expect(Object.keys(ERROR_STRATEGIES).map(Number)).toEqual(knownErrorCodes());
    expect(ERROR_STRATEGIES[100]).toEqual({ kind: 'throttleAndRetry', waitMs: 1000, maxRetries: 3 });
    expect(ERROR_STRATEGIES[502]).toEqual({ kind: 'reconnect' });
    expect(ERROR_STRATEGIES[1100]).toEqual({ kind: 'watchdogRecovery' });
  });
});

describe('describeError', () => {
  it('answers every number and every text with one well-formed description', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.constantFrom(...knownErrorCodes())), fc.string(), (code, text) => {
        const description = describeError(code, text);
        expectWellFormed(description, code);
        expect(description.known).toBe(knownErrorCodes().includes(code));
        expect(describeError(code, text)).toEqual(description);
      }),
      { numRuns: 300 },
    );
  });

  it('lets the text decide only where a code stands for several things', () => {
    fc.assert(
      fc.property(fc.constantFrom(...knownErrorCodes().filter((code) => !CODES_WITH_VARIANTS.includes(code))), fc.string(), (code, text) => {
        expect(describeError(code, text)).toEqual(describeError(code));
      }),
    );
  });

  it('keeps what an unknown code concerns alive', () => {
    expect(describeError(98_765)).toMatchObject({ category: 'unclassified', effect: 'warning', known: false, retryable: false });
  });

  it.each<[ErrorEffect, readonly number[]]>([
    ['restored', [1101, 1102, 2104, 2106, 2158]],
    ['degraded', [1100, 2110, 2103, 2105, 2157]],
    ['sessionEnding', [326, 1300, 502]],
    ['warning', [10167, 10090, 399, 404, 10349, 2109, 2137, 2168, 10329]],
    ['orderCancelled', [202]],
    ['cancelVerdict', [161, 10147, 10148, 135, 136, 104, 105, 2102]],
    ['requestFailed', [200, 354, 321, 322, 162, 101, 10197]],
    ['orderRejected', [201, 103, 110, 203, 460]],
  ])('says %s for its codes', (effect, codes) => {
    expect(codes.map((code) => describeError(code).effect)).toEqual(codes.map(() => effect));
  });

  it('limits a farm notice to the farm', () => {
    expect([2103, 2104, 2105, 2106, 2157, 2158].map((code) => describeError(code).scope)).toEqual(Array.from({ length: 6 }, () => 'farm'));
  });

  it.each([
    [162, 'Historical Market Data Service error message:Historical data request pacing violation', 'historicalPacing', true],
    [162, 'Historical Market Data Service error message:HMDS query returned no data: SPY@SMART Trades', 'historicalNoData', false],
    [162, 'Historical Market Data Service error message:API historical data query cancelled: 7', 'historicalCancelled', false],
    [162, 'Historical Market Data Service error message:Trading TWS session is connected from a different IP address', 'historicalCompetingSession', true],
    [162, 'Historical Market Data Service error message:HMDS data farm connection is broken:ushmds', 'historicalFarmDown', true],
    [162, 'Historical Market Data Service error message:No market data permissions for NYSE STK', 'historicalNoPermission', false],
    [162, 'something else', 'historicalServiceError', false],
    [200, 'The contract description specified for SPY is ambiguous.', 'contractAmbiguous', false],
    [201, 'Order rejected - reason:YOUR ORDER IS NOT ACCEPTED. IN ORDER TO OBTAIN THE DESIRED POSITION YOUR EQUITY WITH LOAN VALUE MUST EXCEED THE INITIAL MARGIN', 'rejectedFunds', false],
    [201, 'Order rejected - reason:No trading permissions.', 'rejectedPermission', false],
    [321, 'Error validating request.-\'bN\' : cause - The API interface is currently in Read-Only mode.', 'readOnlyApi', false],
    [322, 'Error processing request.-\'bM\' : cause - Duplicate ticker id', 'duplicateRequestId', false],
    [322, 'Error processing request.-\'cd\' : cause - Maximum number of account summary requests exceeded', 'requestQuota', false],
    [399, 'Order Message:\nBUY 1 SPY ARCA\nWarning: your order will not be placed at the exchange until 2024-12-02 04:00:00 US/Eastern', 'orderWarning', false],
    [399, 'Order Message:\nYour order was rejected by the exchange', 'orderMessageRejected', false],
    [420, 'Invalid Real-time Query: Historical data request pacing violation', 'realTimePacing', true],
    [420, 'Invalid Real-time Query:No market data permissions for ISLAND STK', 'realTimeNoPermission', false],
    [10189, 'Failed to request tick-by-tick data.Trading TWS session is connected from a different IP address', 'tickByTickCompetingSession', true],
  ])('reads the text of %d: %s', (code, text, name, retryable) => {
    expect(describeError(code, text)).toMatchObject({ code, name, retryable, known: true });
  });

  it('does not take a delayed placement for a rejection', () => {
    expect(describeError(399, 'Warning: your order was not accepted by the exchange yet').effect).toBe('warning');
    expect(describeError(399, 'Your order was rejected').effect).toBe('orderRejected');
  });
});

describe('getErrorTips', () => {
  it('has description and tips for a refused connection', () => {
    const found = getErrorTips(502);
    expect(found?.description).toContain('No connection');
    expect(found?.tips.join(' ')).toContain('4002');
  });

  it('has nothing for an unknown code', () => {
    expect(getErrorTips(98_765)).toBeUndefined();
  });
});
