import { expect, it } from 'vitest';
import * as clock from './index.js';
import * as testing from './testing.js';

it('exports these names and no others', () => {
  expect(Object.keys(clock).sort()).toEqual([
    'TimeZone', 'abortReason', 'createScaledClock', 'formatLocalDate', 'onAbort', 'parseLocalDate', 'seededRandom', 'sleep', 'systemClock', 'systemRandom', 'withDeadline',
  ]);
  expect(Object.keys(testing)).toEqual(['createTestClock']);
});
