export type { AuditOptions } from './audit/audit-export.js';
export { canonicalText, chainHash } from './chain.js';
export type { ChainLink } from './chain.js';
export { importEntries } from './import-entries.js';
export { DEFAULT_SQLITE_JOURNAL } from './options.js';
export type { SqliteJournalOptions } from './options.js';
export { sqliteJournal } from './sqlite-journal.js';
export type { SqliteJournal } from './sqlite-journal.js';
export type { Anchor, Verification } from './verify.js';
