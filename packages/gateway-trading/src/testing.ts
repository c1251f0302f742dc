export { JOURNAL_RULES } from './testing/journal-conformance.js';
export type { JournalFixture, JournalRule } from './testing/journal-conformance.js';
export { createSlowJournal } from './testing/slow-journal.js';
export type { SlowJournal, SlowJournalOptions } from './testing/slow-journal.js';
