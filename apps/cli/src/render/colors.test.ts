import { describe, expect, it } from 'vitest';
import { FakeSink } from '../testing/fake-io.js';
import { colorsFor } from './colors.js';

type Context = Parameters<typeof colorsFor>[0];

function isColored(env: Readonly<Record<string, string>>, { terminal = true, color = true }: { readonly terminal?: boolean; readonly color?: boolean } = {}): boolean {
  const context = { io: { out: new FakeSink(terminal), env }, globals: { color } };
  // What is read of the context is there.
  return colorsFor(context as unknown as Context).bad('x') !== 'x';
}

describe('colours', () => {
  it('are for terminals that can show them', () => {
    expect([isColored({ TERM: 'xterm' }), isColored({}), isColored({ TERM: 'dumb' }), isColored({ TERM: 'xterm' }, { terminal: false })]).toEqual([true, true, false, false]);
  });

  it('come with FORCE_COLOR also into a pipe, and not at all with FORCE_COLOR=0', () => {
    expect([isColored({ FORCE_COLOR: '1' }, { terminal: false }), isColored({ FORCE_COLOR: 'true', TERM: 'dumb' }), isColored({ FORCE_COLOR: '' }, { terminal: false }), isColored({ FORCE_COLOR: '0' }), isColored({ FORCE_COLOR: 'false' })]).toEqual([true, true, false, false, false]);
  });

  it('never come against --no-color or NO_COLOR, which the globals tell', () => {
    expect([isColored({}, { color: false }), isColored({ FORCE_COLOR: '1' }, { color: false })]).toEqual([false, false]);
  });
});
