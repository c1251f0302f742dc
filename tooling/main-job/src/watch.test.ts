import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import { redraw, watch } from './watch.js';
import type { Watched } from './watch.js';

const problem = { code: 'IBKR_NOT_CONNECTED', detail: 'no connection' };
const api: Watched = {
  status: () => Promise.resolve({ ok: false, problem }),
  accounts: () => Promise.resolve({ ok: false, problem }),
  quote: () => Promise.resolve({ ok: false, problem }),
};

async function watched(isTerminal: boolean): Promise<readonly string[]> {
  const clock = createTestClock();
  const written: string[] = [];
  const end = new AbortController();
  const watching = watch(api, { clock, symbols: ['SPY'], signal: end.signal, out: { write: (text) => written.push(text), isTerminal, columns: 80 } });
  const ended = expect(watching).rejects.toThrow('over');
  await clock.advance(2500);
  end.abort(new Error('over'));
  await ended;
  expect(clock.pending).toBe(0);
  return written;
}

describe('watch', () => {
  it('draws over itself on a terminal, once a second', async () => {
    const [first = '', second = '', ...rest] = await watched(true);
    expect(rest).toHaveLength(1);
    const rows = first.split('\n').length - 1;
    expect(first).not.toContain('\u001b[1A');
    expect(second.startsWith(`\u001b[${rows}A\r`)).toBe(true);
    expect(rest[0]).toBe(second);
  });

  it('writes elsewhere only what changed', async () => {
    expect(await watched(false)).toEqual([
      '14:30:00 quote    SPY    no connection\n',
      '14:30:00 account  no connection\n',
      '14:30:00 health   the daemon does not answer: no connection\n',
    ]);
  });
});

describe('redraw', () => {
  it('counts the rows that a narrow terminal makes of long ones', () => {
    const { text, drawn } = redraw('abcdefghij\nk', 0, 5);
    expect(text).toBe('abcd\u001b[K\nefgh\u001b[K\nij\u001b[K\nk\u001b[K\u001b[J');
    expect(drawn).toBe(3);
    expect(redraw('a', drawn, 5).text).toBe('\u001b[3A\ra\u001b[K\u001b[J');
  });
});
