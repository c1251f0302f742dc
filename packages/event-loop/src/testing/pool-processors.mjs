// Processors for the tests, as a user's built modules are: plain JavaScript that a pool's thread can load.
import { threadId } from 'node:worker_threads';

export function processMessages(messages) {
  return { sum: messages.reduce((total, { value }) => total + value, 0), threadId };
}

export function fail() {
  throw new RangeError('cannot add up');
}

export function hang() {
  return new Promise(() => {});
}

/** Waits until so many threads are in here at the same time. */
export function meet([{ counter, threads }]) {
  const inside = new Int32Array(counter);
  Atomics.add(inside, 0, 1);
  Atomics.notify(inside, 0);
  for (let seen = Atomics.load(inside, 0); seen < threads; seen = Atomics.load(inside, 0)) Atomics.wait(inside, 0, seen);
  return { threadId };
}
