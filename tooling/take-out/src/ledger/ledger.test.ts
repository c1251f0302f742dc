import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { fingerprintOf, rowsOf } from '../page/row.js';
import { readExceptions, readHandEdits } from './by-hand.js';
import { readLedger } from './ledger.js';

const HOME = path.resolve(import.meta.dirname, '..', '..');
const ROOT = path.resolve(HOME, '..', '..');
const ROWS = rowsOf(readFileSync(path.join(ROOT, 'docs', 'features.md'), 'utf8'));
const LEDGER = readLedger(path.join(HOME, 'ledger.json'));
const EXCEPTIONS = readExceptions(path.join(HOME, 'exceptions.json'));
const EDITS = readHandEdits(path.join(HOME, 'edits'));
const named = ({ member, what }: { readonly member: string; readonly what: string }): string => `${member}: ${what}`;
const NAMES = new Set(ROWS.map(named));

describe('docs/features.md', () => {
  it('has no row whose test was not seen to fail without the feature: npm run features -- --changed', () => {
    const excused = new Set(EXCEPTIONS.map(named));
    expect(ROWS.filter((row) => LEDGER.get(fingerprintOf(row))?.verdict !== 'proved' && !excused.has(named(row))).map(named)).toEqual([]);
    expect(ROWS.length).toBeGreaterThan(600);
  });

  it('has every row that an exception or an edit by hand is about, and no exception that is proved', () => {
    expect([...EXCEPTIONS, ...EDITS].map(named).filter((name) => !NAMES.has(name))).toEqual([]);
    const proved = new Set(ROWS.filter((row) => LEDGER.get(fingerprintOf(row))?.verdict === 'proved').map(named));
    expect(EXCEPTIONS.map(named).filter((name) => proved.has(name))).toEqual([]);
  });

  it('has no two rows of a section that say the same', () => {
    expect(ROWS.map(named).filter((name, at, all) => all.indexOf(name) !== at)).toEqual([]);
  });
});

describe('a name', () => {
  it('that some row proves through a part of it is proved as it stands by another row', () => {
    const proved = ROWS.flatMap((row) => LEDGER.get(fingerprintOf(row)) ?? []).filter(({ verdict }) => verdict === 'proved').flatMap(({ member, by }) => by.map((note) => ({ member, label: note.slice(0, note.indexOf(': ')), through: note.includes(': through ') })));
    const whole = new Set(proved.filter(({ through }) => !through).map(({ member, label }) => `${member}: ${label}`));
    expect(proved.filter(({ member, label, through }) => through && !whole.has(`${member}: ${label}`)).map(({ member, label }) => `${member}: ${label}`)).toEqual([]);
  });
});

describe('each edit by hand', () => {
  it('still finds its text, once', () => {
    const lost = EDITS.filter(({ file, search }) => {
      const full = path.join(ROOT, file);
      return !existsSync(full) || readFileSync(full, 'utf8').split(search).length !== 2;
    });
    expect(lost).toEqual([]);
  });
});
