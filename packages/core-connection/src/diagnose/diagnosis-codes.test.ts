import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { END_KINDS } from '../session/session-end.js';
import { endError } from '../session/end-error.js';
import { PROBE_NAMES } from './diagnosis.js';
import { diagnosisCodes, endOfCode } from './diagnosis-codes.js';

it('explains every code and every probe in docs/doctor.md', async () => {
  const text = await readFile(new URL('../../../../docs/doctor.md', import.meta.url), 'utf8');
  const codes = diagnosisCodes();
  expect(codes.filter((code) => !text.includes(`\`${code}\``))).toEqual([]);
  expect(PROBE_NAMES.filter((name) => !text.includes(`| \`${name}\` |`))).toEqual([]);
  const told = new Set([...text.matchAll(/`(IBKR_[A-Z_]+)`/gu)].map(([, code = '']) => code));
  expect([...told].filter((code) => !codes.some((known) => known === code))).toEqual(['IBKR_NOT_CONNECTED']);
  expect(new Set(codes).size).toBe(codes.length);
});

it('knows the end behind a code', () => {
  for (const kind of END_KINDS) {
    const { code, tips } = endError(kind, { host: 'gateway', port: 4002, clientId: 1 });
    expect(endOfCode(code)).toEqual({ kind, code, tips });
  }
  expect(endOfCode('IBKR_SOMETHING_ELSE')).toBeUndefined();
});
