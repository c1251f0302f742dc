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

it('says what it is about, whether its past can be read, and how it ended', async () => {
  const lineOf = (kind: 'positions' | 'orders'): TopicLine<typeof kind> => {
    const line = new TopicLine({ kind, clock: createTestClock(), onEnded: () => undefined, onListenerError: undefined });
    line.attach(() => ({ close: () => Promise.resolve() }));
    return line;
  };
  const line = lineOf('positions');
  const feed = new TopicFeed({ topic: 'positions', line, release: () => Promise.resolve(), onEvent: undefined });
  const orders = new TopicFeed({ topic: 'orders', line: lineOf('orders'), release: () => Promise.resolve(), onEvent: undefined });
  expect([feed.kind, feed.topic, feed.durable, orders.durable]).toEqual(['positions', 'positions', false, true]);
  expect([feed.ended, feed.error]).toEqual([false, undefined]);
  line.end(new Error('the link is gone'));
  expect([feed.ended, feed.error?.message]).toEqual([true, 'the link is gone']);
  await feed.close();
  await orders.close();
});
