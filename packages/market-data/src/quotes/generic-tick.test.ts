import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { GENERIC_TICKS, GENERIC_TICK_FACTS, genericTickIds } from './generic-tick.js';

describe('genericTickIds', () => {
  it('takes names and numbers, each once', () => {
    expect(genericTickIds(['shortable', 100, 'optionVolume', 9999])).toEqual([100, 236, 9999]);
    expect(() => genericTickIds([0])).toThrow('whole number from 1 to 9999');
    expect(() => genericTickIds([1.5])).toThrow('ticks');
  });
});

describe('the table of extra ticks in the documentation', () => {
  it('says what the program does', async () => {
    const text = await readFile(new URL('../../../../docs/quotes.md', import.meta.url), 'utf8');
    const rows = text.split('\n').filter((line) => /^\| `\w+` \| \d+ \|/u.test(line));
    const expected = Object.entries(GENERIC_TICK_FACTS).map(([name, { gives, unit, older }]) => {
      const id = Object.entries(GENERIC_TICKS).find(([key]) => key === name)?.[1];
      const fields = gives.length === 0 ? '-' : gives.map((field) => `\`${field}\``).join(', ');
      return `| \`${name}\` | ${id ?? ''} | ${fields} | ${unit}${older === true ? ' (older TWS only)' : ''} |`;
    });
    expect(rows).toEqual(expected);
  });
});
