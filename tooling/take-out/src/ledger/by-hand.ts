import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Row } from '../page/row.js';
import type { Mutation } from '../source/edit.js';

/** An edit that somebody wrote for a row whose feature cannot be found by its name, or is only a part of what has the name. */
export interface HandEdit {
  readonly member: string;
  /** As in the row. */
  readonly what: string;
  /** From the root of the repository. */
  readonly file: string;
  /** Occurs once in the file. */
  readonly search: string;
  readonly replace: string;
}

/** A row that no edit can prove, and why. */
export interface Exception {
  readonly member: string;
  readonly what: string;
  readonly reason: string;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

function list(file: string, keys: readonly string[]): readonly Readonly<Record<string, string>>[] {
  if (!existsSync(file)) return [];
  const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return (Array.isArray(value) ? value : []).map((item) => {
    const texts: Readonly<Record<string, unknown>> = isRecord(item) ? item : {};
    const read = Object.fromEntries(keys.map((key) => {
      const text = texts[key];
      if (typeof text !== 'string') throw new Error(`${file}: ${key} must be a text in ${JSON.stringify(item)}`);
      return [key, text];
    }));
    return read;
  });
}

/** The edits of the folder: one file a member, each a list. */
export function readHandEdits(folder: string): readonly HandEdit[] {
  return readdirSync(folder).filter((name) => name.endsWith('.json')).sort().flatMap((name) =>
    list(path.join(folder, name), ['member', 'what', 'file', 'search', 'replace']).map(({ member = '', what = '', file = '', search = '', replace = '' }) => ({ member, what, file, search, replace })),
  );
}

/** The rows that stand without a proof. */
export function readExceptions(file: string): readonly Exception[] {
  return list(file, ['member', 'what', 'reason']).map(({ member = '', what = '', reason = '' }) => ({ member, what, reason }));
}

/** The edits of a row as ways to take it out. Several edits in one file are one way, as are several files. */
export function handMutation(row: Row, edits: readonly HandEdit[], read: (file: string) => string): Mutation | undefined {
  const own = edits.filter(({ member, what }) => member === row.member && what === row.what);
  if (own.length === 0) return undefined;
  return {
    operator: 'edit by hand',
    edits: own.map(({ file, search, replace }) => {
      const text = read(file);
      const start = text.indexOf(search);
      if (start < 0 || text.includes(search, start + 1)) throw new Error(`the edit by hand of "${row.what}" must find its text once in ${file}`);
      return { file, start, end: start + search.length, text: replace };
    }),
  };
}
