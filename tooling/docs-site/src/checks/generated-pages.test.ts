import path from 'node:path';
import { brokerError, describeError, knownErrorCodes } from '@ibkit/error-codes';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { OWN_CODE_NOTES } from '../codes/own-code-notes.js';
import { SAMPLE_TEXTS, brokerCodesPage } from '../pages/broker-codes-page.js';
import { errorsPage, ownCodes } from '../pages/errors-page.js';
import { ROOT } from '../repository.js';

function committed(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}

describe('the pages that are made from the sources', () => {
  const own = ownCodes();

  // Both are made again by: npm run docs -- --pages
  it('docs/errors.md is up to date; npm run docs -- --pages makes it again', () => {
    expect(errorsPage()).toBe(committed('docs/errors.md'));
  });

  it('docs/broker-codes.md is up to date; npm run docs -- --pages makes it again', () => {
    expect(brokerCodesPage()).toBe(committed('docs/broker-codes.md'));
  });

  it('have an entry for every code of the broker, and one meaning for each of its texts', () => {
    const page = brokerCodesPage();
    expect(knownErrorCodes().filter((code) => !page.includes(`\n### ${code} `))).toEqual([]);
    for (const [code, texts] of SAMPLE_TEXTS) {
      const names = texts.map((text) => describeError(code, text).name);
      expect(new Set([...names, describeError(code).name]).size, `texts of ${code}`).toBe(texts.length + 1);
      for (const text of texts) expect(brokerError({ code, message: text }).code).not.toBe(brokerError({ code, message: '' }).code);
    }
  });

  it('say of every code of ours what it means and what to do next', () => {
    expect(own.length).toBeGreaterThan(250);
    expect(own.filter(({ means, next }) => means.length < 12 || next.length === 0).map(({ code }) => code)).toEqual([]);
    expect(own.find(({ code }) => code === 'IBKR_ORDER_UNSENT')).toMatchObject({ retryable: 'yes', classes: ['OrderError'], members: ['gateway-trading'] });
    expect(own.find(({ code }) => code === 'IBKR_CONNECT_REFUSED')?.means).toMatch(/^Nothing listens on/);
  });

  it('have no note for a code that is gone', () => {
    const codes = new Set(own.map(({ code }) => code));
    expect(Object.keys(OWN_CODE_NOTES).filter((code) => !codes.has(code))).toEqual([]);
  });
});
