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
  ],
);
