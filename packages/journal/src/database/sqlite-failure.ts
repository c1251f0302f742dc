import { SystemError, isIbkrError } from '@ibkit/error-codes';
import type { IbkrError, IbkrErrorCode } from '@ibkit/error-codes';
import { journalRuleError } from '@ibkit/gateway-trading';
import type { JournalRuleBreak } from '@ibkit/gateway-trading';

interface Failure {
  readonly code: IbkrErrorCode;
  readonly what: string;
  readonly tips: readonly string[];
  readonly retryable?: boolean;
}

const LOCKED: Failure = {
  code: 'IBKR_JOURNAL_LOCKED',
  what: 'is locked by another program',
  tips: ['Close whatever has the file open for writing: a database browser, a backup. A process that was stopped in the middle of a write keeps it locked until it goes on or is killed.'],
  retryable: true,
};
const NOT_WRITABLE: Failure = {
  code: 'IBKR_JOURNAL_NOT_WRITABLE',
  what: 'cannot be opened for writing',
  tips: ['Choose a directory that this user may write, on a local disk, and give the files in it to this user.'],
};
const DISK_FULL: Failure = {
  code: 'IBKR_JOURNAL_DISK_FULL',
  what: 'cannot grow, because the disk, or the quota, is full',
  tips: ['Make room, then start again: what was written before is there.'],
};
const IO: Failure = {
  code: 'IBKR_JOURNAL_IO',
  what: 'cannot be read or written: the disk reports an error',
  tips: ['Check the disk and the free space, then start again. Whether the last record was written is read at the start.'],
};
const CORRUPT: Failure = {
  code: 'IBKR_JOURNAL_CORRUPT',
  what: 'is damaged or is no journal',
  tips: [
    'Keep the file: move its directory away instead of deleting it, and look at orders and positions in TWS before anything is sent.',
    'A new journal in its place forgets the keys and the order ids of earlier orders.',
  ],
};
const NOT_FOUND: Failure = { code: 'IBKR_JOURNAL_NOT_FOUND', what: 'is not there', tips: ['Check the directory.'] };
const OTHER: Failure = { code: 'IBKR_JOURNAL_STORAGE', what: 'could not be used', tips: ['Look at the cause.'] };

/** SQLite's primary result codes (sqlite.org: Result and Error Codes). */
const BY_RESULT: Readonly<Partial<Record<number, Failure>>> = {
  3: NOT_WRITABLE,
  5: LOCKED,
  6: LOCKED,
  8: NOT_WRITABLE,
  10: IO,
  11: CORRUPT,
  13: DISK_FULL,
  14: NOT_WRITABLE,
  15: LOCKED,
  23: NOT_WRITABLE,
  26: CORRUPT,
};
const CONSTRAINT = 19;
const BUSY = 5;

const BY_SYSTEM_CODE: Readonly<Partial<Record<string, Failure>>> = {
  ENOSPC: DISK_FULL,
  EDQUOT: DISK_FULL,
  EFBIG: DISK_FULL,
  EIO: IO,
  EACCES: NOT_WRITABLE,
  EPERM: NOT_WRITABLE,
  EROFS: NOT_WRITABLE,
  ENOTDIR: NOT_WRITABLE,
  EEXIST: NOT_WRITABLE,
  ENOENT: NOT_FOUND,
};

/** What the triggers and constraints of the schema say, and the rule behind it. */
const RULE_TEXTS: readonly (readonly [RegExp, JournalRuleBreak])[] = [
  [/ibkit:id-floor|intent\.client_id|order_id > 0/u, 'idFloor'],
  [/intent\.intent_id/u, 'intent'],
  [/intent\.account/u, 'key'],
];

function resultOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  // The low byte of an extended result code is the primary one.
  return error.errcode & 0xff;
}

function failureOf(error: unknown): Failure {
  const result = resultOf(error);
  if (result !== undefined) return BY_RESULT[result] ?? OTHER;
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return BY_SYSTEM_CODE[error.code] ?? OTHER;
  return OTHER;
}

/** Whether a failure only says that somebody else is writing at this moment. */
export function isBusy(error: unknown): boolean {
  return resultOf(error) === BUSY;
}

/** The damage of a journal, with the place where it begins. */
export function corruptError(file: string, where: string, cause?: unknown): SystemError {
  return new SystemError({
    code: CORRUPT.code,
    message: `The journal ${file} is damaged: ${where}. No order is sent with it`,
    tips: CORRUPT.tips,
    details: { file },
    cause,
  });
}

/** What storage threw, as an error of ibkit that names the file and says what to do. */
export function journalError(error: unknown, file: string): IbkrError {
  if (isIbkrError(error)) return error;
  const text = error instanceof Error ? error.message : String(error);
  if (resultOf(error) === CONSTRAINT) {
    const rule = RULE_TEXTS.find(([pattern]) => pattern.test(text))?.[1];
    if (rule !== undefined) return journalRuleError(rule, error);
  }
  const { code, what, tips, retryable } = failureOf(error);
  return new SystemError({
    code,
    message: `The journal ${file} ${what} (${text}). No order is sent with it`,
    retryable,
    tips,
    details: { file },
    cause: error,
  });
}
