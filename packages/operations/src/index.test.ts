import { expect, it } from 'vitest';
import * as operations from './index.js';

it('exports these names and no others', () => {
  expect(Object.keys(operations).sort()).toEqual(['TopicFeed', 'Topics', 'auditEntryView', 'createOperations', 'createTopics', 'limitedRisk', 'mayReadEntry', 'watchedJournal']);
});
