import { createTestClock } from '@ibkit/clock/testing';
import { expect, it } from 'vitest';
import { commandContext } from './globals.js';
import type { Globals } from './globals.js';
import type { Io } from '../terminal/io.js';

it('the patience with the gateway begins with the first step that needs it, and all steps share it', async () => {
  const clock = createTestClock();
  // Nothing else of them is read.
  const context = commandContext({} as unknown as Io, { timeoutMs: 10_000 } as unknown as Globals, clock);
  await clock.advance(60_000); // a slow machine loads the command
  expect(context.remainingMs()).toBe(10_000);
  await clock.advance(4_000);
  expect(context.remainingMs()).toBe(6_000);
  await clock.advance(60_000);
  expect(context.remainingMs()).toBe(1);
});
