import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { LockOutReason } from '../machine/gateway-state.js';
import { writePrivate } from '../process/process-record.js';

/** What must outlive us, so that a program that is started again and again does not lock an account. */
export interface LoginRecord {
  /** Logins that the broker refused, in a row. */
  readonly failedLogins: number;
  readonly lockOut: LockOutReason | undefined;
  /** Why, for people. */
  readonly cause: string;
  /** Epoch milliseconds. */
  readonly atMs: number;
}

function fileOf(directory: string): string {
  return path.join(directory, 'login.json');
}

/** Nobody knows how often a login was refused: one more could lock the account. */
const NOT_UNDERSTOOD: LoginRecord = {
  failedLogins: 0,
  lockOut: 'credentials',
  cause: 'login.json in its state directory cannot be understood, so that nobody knows how often the broker refused the login',
  atMs: 0,
};

/** What is written down; `undefined` when nothing is. What cannot be understood counts as locked out. */
export async function readLogin(directory: string): Promise<LoginRecord | undefined> {
  try {
    return parseLogin(await readFile(fileOf(directory), 'utf8')) ?? NOT_UNDERSTOOD;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? undefined : NOT_UNDERSTOOD;
  }
}

function parseLogin(text: string): LoginRecord | undefined {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || !('failedLogins' in value) || !('cause' in value) || !('atMs' in value)) return undefined;
  const { failedLogins, cause, atMs } = value;
  const lockOut = 'lockOut' in value ? value.lockOut : undefined;
  if (typeof failedLogins !== 'number' || !Number.isSafeInteger(failedLogins) || failedLogins < 0 || typeof cause !== 'string' || typeof atMs !== 'number') return undefined;
  if (lockOut !== undefined && lockOut !== 'credentials' && lockOut !== 'secondFactor') return undefined;
  return { failedLogins, lockOut, cause, atMs };
}

/** Writes it down. */
export async function writeLogin(directory: string, record: LoginRecord): Promise<void> {
  await writePrivate(fileOf(directory), `${JSON.stringify(record)}\n`);
}
