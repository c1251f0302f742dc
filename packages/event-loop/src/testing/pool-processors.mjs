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
