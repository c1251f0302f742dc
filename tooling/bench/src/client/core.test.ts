import { expect, it } from 'vitest';
import { mostInWindow } from './core.js';

it('counts the most messages in any sliding second', () => {
  expect(mostInWindow([])).toBe(0);
  expect(mostInWindow([0, 500, 999, 1_000, 1_400])).toBe(4);
  expect(mostInWindow([0, 1_000, 2_000])).toBe(1);
});
