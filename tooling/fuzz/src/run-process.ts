import process from 'node:process';
import { FuzzFailure, TARGETS, fuzz } from './fuzz.js';
import type { TargetName } from './fuzz.js';

/** What the parent asks for; frames travel as base64. */
interface Order {
  readonly target: TargetName;
  readonly frames: number;
  readonly seed: number;
  readonly firstRound: number;
  readonly only?: readonly string[] | undefined;
}

function isOrder(value: unknown): value is Order {
  return typeof value === 'object' && value !== null && 'target' in value && TARGETS.some((target) => target === value.target) && 'frames' in value && 'seed' in value;
}

// A process of its own: the one that fuzzes may hang or die, and somebody must be left to say so.
process.once('message', (order) => {
  if (!isOrder(order)) throw new TypeError('the order of a run has a target, frames and a seed');
  const { target, frames, seed, firstRound, only } = order;
  const bytes = only?.map((frame) => Buffer.from(frame, 'base64'));
  fuzz({ target, frames, seed, firstRound, only: bytes, onRound: (round, done) => process.send?.({ round, done }) })
    .then(
      (report) => process.send?.({ report }),
      (error: unknown) => process.send?.({ failure: { round: error instanceof FuzzFailure ? error.round : firstRound, message: error instanceof Error ? error.message : String(error) } }),
    )
    .finally(() => {
      // Whatever a failure has left open.
      if (process.connected) process.disconnect();
      process.exit();
    });
});
