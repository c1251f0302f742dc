import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import type { CommandContext } from '../config/globals.js';
import { LiveTable } from './live-table.js';
import { FakeSink } from '../testing/fake-io.js';

/** What a terminal shows after a text: knows line feed, carriage return, cursor up, clear to the end of the line and of the screen. */
function screenOf(text: string): string[] {
  const screen: string[] = [''];
  let row = 0;
  let column = 0;
  // eslint-disable-next-line no-control-regex -- escape sequences are what this reads
  for (const part of text.matchAll(/\u001b\[(\d*)([AKJ])|\n|\r|[^\u001b\n\r]+/g)) {
    const [all, number, command] = part;
    if (command === 'A') row = Math.max(0, row - Number(number));
    else if (command === 'K') screen[row] = (screen[row] ?? '').slice(0, column);
    else if (command === 'J') {
      screen[row] = (screen[row] ?? '').slice(0, column);
      screen.length = row + 1;
    } else if (all === '\n') {
      row += 1;
      column = 0;
      screen[row] ??= '';
    } else if (all === '\r') column = 0;
    else {
      const old = screen[row] ?? '';
      screen[row] = old.slice(0, column) + all + old.slice(column + all.length);
      column += all.length;
    }
  }
  return screen.at(-1) === '' ? screen.slice(0, -1) : screen;
}

function table(draw: () => string, size: { readonly columns?: number; readonly rows?: number } = {}): { readonly live: LiveTable; readonly out: FakeSink; readonly clock: ReturnType<typeof createTestClock> } {
  const clock = createTestClock();
  const out = Object.assign(new FakeSink(true), size);
  const context = { clock, io: { out } } as unknown as CommandContext;
  return { live: new LiveTable(context, draw), out, clock };
}

describe('a live table', () => {
  it('is drawn in its place while its rows grow, shrink and change', async () => {
    let text = 'one\n';
    const { live, out, clock } = table(() => text);
    for (const next of ['a long first row\nsecond\n', 'short\nsecond\nthird\n', 'only\n']) {
      text = next;
      await clock.advance(250);
      expect(screenOf(out.text)).toEqual(next.split('\n').slice(0, -1));
    }
    live.close();
    live.close();
    expect(screenOf(out.text)).toEqual(['only']);
    expect(clock.pending).toBe(0);
  });

  it('keeps news above itself', async () => {
    const { live, out, clock } = table(() => 'row one\nrow two\n');
    await clock.advance(250);
    live.interject(() => {
      out.write('news\n');
    });
    await clock.advance(250);
    live.interject(() => {
      out.write('more news\n');
    });
    live.close();
    expect(screenOf(out.text)).toEqual(['news', 'more news', 'row one', 'row two']);
  });

  it('fits the terminal: no row wraps and nothing scrolls away', async () => {
    const { live, out, clock } = table(() => Array.from({ length: 30 }, (_, index) => `row ${index} ${'x'.repeat(100)}\n`).join(''), { columns: 20, rows: 6 });
    await clock.advance(1_000);
    live.close();
    const screen = screenOf(out.text);
    expect(screen).toHaveLength(5);
    expect(screen.at(-1)).toBe('... and 26 more lin');
    for (const row of screen) expect(row.length).toBeLessThan(20);
  });
});

it('keeps a coloured row to the width of the terminal, with its colours whole', () => {
  const out = new FakeSink(true);
  out.columns = 9;
  const io = { io: { out }, clock: createTestClock() };
  // What is drawn reads nothing else.
  const table = new LiveTable(io as unknown as CommandContext, () => '12\u001b[31m3456\u001b[39m789012\n');
  table.close();
  expect(out.text).toContain('12\u001b[31m3456\u001b[39m78\u001b[K');
});
