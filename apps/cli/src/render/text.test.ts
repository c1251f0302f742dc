import { describe, expect, it } from 'vitest';
import { amount, count, forTerminal, plain, span } from './text.js';
import { table } from './table.js';

describe('text', () => {
  it('from the broker cannot move the cursor, hide itself or break a line', () => {
    expect(plain('a\u001b[2Jb\r\nc\u009b1md\u202ee\u0000')).toBe('a [2Jb c 1md e ');
  });

  it('that got past everything is shown as its escape on a terminal, and a document stays the same', () => {
    const document = JSON.stringify({ text: 'a\u009b31mb\u202ec\u007f\u001b[2J' });
    const shown = forTerminal(document);
    expect(shown).toBe('{"text":"a\\u009b31mb\\u202ec\\u007f\\u001b[2J"}');
    expect(JSON.parse(shown)).toEqual(JSON.parse(document));
  });

  it('shows prices, counts and times for people, and absence as a dash', () => {
    expect([amount(1234.5), amount(0.0123), amount(250), amount(undefined)]).toEqual(['1,234.50', '0.0123', '250.00', '-']);
    expect([count(8_779_300), count(0.5), count(0), count(undefined)]).toEqual(['8,779,300', '0.5', '0', '-']);
    expect([span(12.4), span(1_000), span(119_000), span(180_000), span(undefined)]).toEqual(['12 ms', '1 s', '119 s', '3 min', '-']);
  });

  it('stands in columns without borders', () => {
    expect(table([{ title: 'A' }, { title: 'NUMBER', align: 'right' }], [['one', '1'], ['three', '1,000']])).toBe('A      NUMBER\none         1\nthree   1,000\n');
    expect(table([{ title: 'A' }], [])).toBe('A\n');
  });
});
