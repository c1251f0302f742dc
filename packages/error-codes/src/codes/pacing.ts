import { codeGroup } from '../code-record.js';
import type { CodeRecord } from '../code-record.js';

/** Rates, quotas and lines. */
export const PACING_CODES: readonly CodeRecord[] = codeGroup(
  { category: 'pacing', scope: 'request', effect: 'requestFailed', retryable: false, strategy: { kind: 'reject' } },
  [
    [
      100,
      'messageRateExceeded',
      'More messages per second reached TWS than it allows; at the third such warning it closes the connection.',
      [
        'Stay below half the number of your market data lines per second; 45 is safe with the usual 100 lines.',
        'Cut the rate at once and wait at least a second before you send more.',
        'Look for a loop that asks the same thing again and again.',
      ],
      { scope: 'connection', effect: 'warning', retryable: true, strategy: { kind: 'throttleAndRetry', waitMs: 1000, maxRetries: 3 } },
    ],
    [
      101,
      'marketDataLinesExhausted',
      'Every market data line of this user is taken, watchlists in TWS included.',
      [
        'Close subscriptions that nobody reads.',
        'Remove rows from TWS watchlists: they use the same lines.',
        'Snapshots, or quote booster packs, make room for more.',
      ],
    ],
    [
      308,
      'apiPagesExhausted',
      'TWS cannot show another API page in its classic window.',
      ['Close API pages in TWS; Gateway has no such limit.'],
      { effect: 'warning', strategy: { kind: 'ignore' } },
    ],
    [
      309,
      'depthLinesExhausted',
      'All market depth subscriptions are in use; most users have three.',
      ['Cancel a depth subscription first.', 'Tick-by-tick streams draw on the same allowance.'],
    ],
    [
      10190,
      'tickByTickQuota',
      'The number of tick-by-tick streams is used up; it is about five in a hundred market data lines.',
      ['Close a tick-by-tick stream first.', 'Use normal quotes where every single trade is not needed.'],
    ],
  ],
);
