import { createTestClock } from '@ibkit/clock/testing';
import { expect, it } from 'vitest';
import { TopicFeed } from './topic-feed.js';
import { TopicLine } from './topic-line.js';

it('ends a loop that waits when it is closed', async () => {
  const line = new TopicLine({ kind: 'positions', clock: createTestClock(), onEnded: () => undefined, onListenerError: undefined });
  line.attach(() => ({ close: () => Promise.resolve() }));
  line.whole({ positions: [] });
  const feed = new TopicFeed({ topic: 'positions', line, release: () => Promise.resolve(), onEvent: undefined });
  const events = feed[Symbol.asyncIterator]();
  expect(await events.next()).toMatchObject({ done: false, value: { kind: 'snapshot' } });
  const next = events.next();
  await feed.close();
  expect(await next).toEqual({ done: true, value: undefined });
});
