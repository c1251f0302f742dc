import { expect, it } from 'vitest';

it('exports what it promises', async () => {
  expect(Object.keys(await import('./index.js')).sort()).toEqual(['API_CODES', 'BracketHandle', 'Broker', 'DEFAULT_TRADING', 'GATE_REASONS', 'GATE_TIPS', 'IBGateway', 'JournalOrders', 'ORDER_TYPE_RULES', 'OrderHandle', 'Trading', 'accountValueFor', 'adaptiveAlgo', 'arrivalPriceAlgo', 'butterfly', 'calendarSpread', 'checkGuards', 'explainSpread', 'ironCondor', 'isEnded', 'isPaperAccount', 'isSettled', 'journalRuleError', 'leaseHeldError', 'limitCountOf', 'memoryCoordinator', 'memoryJournal', 'notionalOf', 'payoffOf', 'planSpread', 'previewFingerprint', 'spreadOrder', 'straddle', 'strangle', 'twapAlgo', 'valueAtExpiry', 'verticalSpread', 'vwapAlgo']);
  expect(Object.keys(await import('./testing.js')).sort()).toEqual(['COORDINATOR_RULES', 'JOURNAL_RULES', 'createSlowCoordinator', 'createSlowJournal']);
});
