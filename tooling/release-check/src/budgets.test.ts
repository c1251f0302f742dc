import { expect, it } from 'vitest';
import { BUDGETS, overBudget } from './budgets.js';

const clock = BUDGETS['@ibkit/clock'] ?? { packed: 0, installed: 0 };

it('takes what is within the line', () => {
  expect(overBudget('@ibkit/clock', clock)).toEqual([]);
});

it('names what is over, and a package without a line', () => {
  expect(overBudget('@ibkit/clock', { packed: clock.packed + 1, installed: clock.installed + 1 })).toEqual([expect.stringContaining('tarball'), expect.stringContaining('installed')]);
  expect(overBudget('@ibkit/new', { packed: 10_000, installed: 100_000 })).toEqual([expect.stringContaining("'@ibkit/new': { packed: 12 * KB, installed: 120 * KB }")]);
});
