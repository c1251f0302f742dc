import { describe, expect, it } from 'vitest';
import { isAllowed, licenseList } from './licenses.js';

describe('isAllowed', () => {
  it.each(['MIT', 'Apache-2.0', '(MIT OR GPL-3.0-only)', 'GPL-2.0-only OR ISC', '(MIT AND BSD-3-Clause)'])('takes %s', (license) => {
    expect(isAllowed(license)).toBe(true);
  });

  it.each(['GPL-3.0-only', 'AGPL-3.0', 'MIT AND GPL-2.0-only', 'SEE LICENSE IN LICENSE.md', 'UNLICENSED', 'none', ''])('refuses "%s"', (license) => {
    expect(isAllowed(license)).toBe(false);
  });
});

describe('licenseList', () => {
  it('is the same whatever the order, with one line per package', () => {
    const zod = { name: 'zod', license: 'MIT' };
    const ws = { name: 'ws', license: 'ISC' };
    expect(licenseList([zod, ws, zod], [])).toBe(licenseList([ws, zod], []));
    expect(licenseList([zod], [])).not.toBe(licenseList([{ ...zod, license: 'ISC' }], []));
  });
});
