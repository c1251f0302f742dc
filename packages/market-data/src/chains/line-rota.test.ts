import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rotaStep } from './line-rota.js';
import type { RotaRow } from './line-rota.js';

type Row = { -readonly [K in keyof RotaRow]: RotaRow[K] } & { answers: boolean; visits: number; givingUp: boolean };

function row(rank: number, more: Partial<Row> = {}): Row {
  return { rank, watched: false, watchedAtMs: Number.NEGATIVE_INFINITY, read: false, mayLeave: false, tries: 0, notBeforeMs: 0, answers: true, visits: 0, givingUp: false, ...more };
}

const view = { leaving: 0, mayOpen: 100, nowMs: 10_000, follows: true, exchanges: 0 };

describe('rotaStep', () => {
  it('reads what is nearest to the money first, and what was tried in vain last', () => {
    const rows = [row(2), row(0, { tries: 1 }), row(1)];
    expect(rotaStep({ ...view, rows, free: 2, slots: 2 })).toEqual({ open: [rows[2], rows[0]], close: [], exchanged: false });
    expect(rotaStep({ ...view, rows, free: 3, mayOpen: 1, slots: 3 }).open).toEqual([rows[2]]);
    expect(rotaStep({ ...view, rows, free: 3, slots: 3, follows: false }).open).toEqual([rows[2], rows[0], rows[1]]);
  });

  it('takes lines from what was read for what was not, as many as are wanted and not already on their way', () => {
    const watched = { watched: true, read: true, mayLeave: true };
    const rows = [row(0, { ...watched, watchedAtMs: 3 }), row(1, { ...watched, watchedAtMs: 1 }), row(2, { ...watched, watchedAtMs: 2 }), row(3), row(4)];
    expect(rotaStep({ ...view, rows, free: 0, slots: 3, follows: false }).close).toEqual([rows[1], rows[2]]);
    expect(rotaStep({ ...view, rows, free: 0, leaving: 1, slots: 3, follows: false }).close).toEqual([rows[1]]);
    expect(rotaStep({ ...view, rows, free: 1, leaving: 1, slots: 4, follows: false }).close).toEqual([]);
    // One of three stays with what is nearest.
    expect(rotaStep({ ...view, rows: [row(0, { ...watched, watchedAtMs: 0 }), ...rows.slice(1)], free: 0, slots: 3 }).close).toEqual([rows[1], rows[2]]);
  });

  it('leaves a row alone that is still waited for', () => {
    const rows = [row(0, { watched: true }), row(1)];
    expect(rotaStep({ ...view, rows, free: 0, slots: 1 })).toEqual({ open: [], close: [], exchanged: false });
  });

  it('exchanges what was read at the given pace only, the one that was read longest ago next', () => {
    const read = { read: true, mayLeave: true };
    const rows = [row(0, { ...read, watched: true, watchedAtMs: 0 }), row(1, { ...read, watched: true, watchedAtMs: 5 }), row(2, { ...read, watchedAtMs: 9 }), row(3, { ...read, watchedAtMs: 8 })];
    expect(rotaStep({ ...view, rows, free: 0, slots: 2 })).toEqual({ open: [], close: [], exchanged: false });
    expect(rotaStep({ ...view, rows, free: 0, slots: 2, exchanges: 5 })).toEqual({ open: [], close: [rows[1]], exchanged: true });
    expect(rotaStep({ ...view, rows, free: 1, slots: 2 }).open).toEqual([rows[3]]);
    expect(rotaStep({ ...view, rows, free: 1, slots: 2, follows: false })).toEqual({ open: [], close: [], exchanged: false });
  });
});

/** Plays a chain against rows that answer after a while or never, with lines that come and go. */
function play(rows: Row[], slotsAt: (step: number) => number, steps: number): { readonly most: number; readonly over: number } {
  let most = 0;
  let over = 0;
  for (let step = 0; step < steps; step += 1) {
    const nowMs = step * 1000;
    const slots = slotsAt(step);
    for (const one of rows) {
      if (one.givingUp) one.givingUp = false;
      if (!one.watched) continue;
      if (one.answers) one.read = true;
      one.mayLeave = one.answers || nowMs - one.watchedAtMs >= 5000;
    }
    const open = rows.filter(({ watched }) => watched).length;
    const leaving = rows.filter(({ givingUp }) => givingUp).length;
    const decided = rotaStep({ rows, free: slots - open - leaving, leaving, mayOpen: 60, slots, nowMs, follows: true, exchanges: 5 });
    for (const one of decided.close) {
      expect(one.watched).toBe(true);
      Object.assign(one, { watched: false, watchedAtMs: nowMs, givingUp: true });
      if (!one.read) Object.assign(one, { tries: one.tries + 1, notBeforeMs: nowMs + 10_000 * 2 ** one.tries });
    }
    for (const one of decided.open) {
      expect(one.watched).toBe(false);
      Object.assign(one, { watched: true, watchedAtMs: nowMs, mayLeave: false, visits: one.visits + 1 });
    }
    const now = rows.filter(({ watched, givingUp }) => watched || givingUp).length;
    // Lines that were taken away from the chain are not given to it again; what it had it keeps until its turn.
    if (now > Math.max(slots, open + leaving)) over += 1;
    most = Math.max(most, now);
  }
  return { most, over };
}

describe('the rota over time', () => {
  it('never has more lines than there are, and starves nobody', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 60 }), fc.integer({ min: 2, max: 30 }), (answers, slots) => {
        const rows = answers.map((answer, rank) => row(rank, { answers: answer }));
        const { most, over } = play(rows, () => slots, 150);
        expect(over).toBe(0);
        expect(most).toBeLessThanOrEqual(slots);
        expect(rows.filter((one) => one.visits === 0)).toEqual([]);
        // Whatever answers was read, and goes on being read.
        expect(rows.filter((one) => one.answers && !one.read)).toEqual([]);
        const least = Math.min(...rows.filter((one) => one.answers && one.rank >= Math.floor(slots / 2)).map(({ visits }) => visits));
        expect(rows.length <= slots || least >= 2).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps half of the lines with what is nearest to the money, once that was read', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 80 }), fc.integer({ min: 2, max: 30 }), (count, slots) => {
        const rows = Array.from({ length: count }, (_, rank) => row(rank));
        play(rows, () => slots, 100);
        expect(rows.filter(({ rank, watched }) => rank < Math.floor(slots / 2) && !watched)).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it('takes no line that others have when lines become fewer', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 5, maxLength: 40 }), (supply) => {
        const rows = Array.from({ length: 50 }, (_, rank) => row(rank));
        expect(play(rows, (step) => supply[step % supply.length] ?? 0, 80).over).toBe(0);
      }),
      { numRuns: 40 },
    );
  });
});
