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

/** What is written down; `undefined` when nothing is, or nothing that can be understood. */
export async function readLogin(directory: string): Promise<LoginRecord | undefined> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(fileOf(directory), 'utf8'));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('failedLogins' in value) || !('cause' in value) || !('atMs' in value)) return undefined;
  const { failedLogins, cause, atMs } = value;
  if (typeof failedLogins !== 'number' || typeof cause !== 'string' || typeof atMs !== 'number') return undefined;
  const lockOut = 'lockOut' in value && (value.lockOut === 'credentials' || value.lockOut === 'secondFactor') ? value.lockOut : undefined;
  return { failedLogins, lockOut, cause, atMs };
}

/** Writes it down. */
export async function writeLogin(directory: string, record: LoginRecord): Promise<void> {
  await writePrivate(fileOf(directory), `${JSON.stringify(record)}\n`);
}
