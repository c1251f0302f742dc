export { JOURNAL_RULES } from './testing/journal-conformance.js';
export type { JournalFixture, JournalRule } from './testing/journal-conformance.js';
export { createSlowJournal } from './testing/slow-journal.js';
export type { SlowJournal, SlowJournalOptions } from './testing/slow-journal.js';
export { COORDINATOR_RULES } from './testing/coordinator-conformance.js';
export type { CoordinatorFixture, CoordinatorRule } from './testing/coordinator-conformance.js';
export { createSlowCoordinator } from './testing/slow-coordinator.js';
export type { SlowCoordinator, SlowCoordinatorOptions } from './testing/slow-coordinator.js';
