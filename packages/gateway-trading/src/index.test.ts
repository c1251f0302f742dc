import { expect, it } from 'vitest';

it('exports what it promises', async () => {
  expect(Object.keys(await import('./index.js')).sort()).toEqual(['DEFAULT_TRADING', 'GATE_REASONS', 'OrderHandle', 'Trading', 'isEnded', 'isPaperAccount', 'isSettled', 'journalRuleError', 'leaseHeldError', 'memoryCoordinator', 'memoryJournal']);
  expect(Object.keys(await import('./testing.js')).sort()).toEqual(['COORDINATOR_RULES', 'JOURNAL_RULES', 'createSlowCoordinator', 'createSlowJournal']);
});
