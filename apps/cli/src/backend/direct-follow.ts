import type { TopicKindName } from '@ibkit/api-contract';
import { isIbkrError } from '@ibkit/error-codes';
import type { Topics, TopicEvent as LocalEvent, TopicFeed } from '@ibkit/operations';
import type { FollowOptions, TopicEvent } from './topic-event.js';

function milliseconds(microseconds: number | undefined): number | undefined {
  return microseconds === undefined ? undefined : microseconds / 1000;
}

function isFeedOf<K extends TopicKindName>(feed: TopicFeed, kind: K): feed is TopicFeed & AsyncIterable<LocalEvent<K>> {
  return feed.kind === kind;
}

function eventOf<K extends TopicKindName>(event: LocalEvent<K>): TopicEvent<K> {
  const atMs = event.tsUs / 1000;
  switch (event.kind) {
    case 'snapshot': case 'reset': return { type: 'snapshot', data: event.data, atMs };
    case 'delta': return { type: 'delta', data: event.data, atMs };
    case 'gap': return { type: 'gap', reason: event.data.reason, fromMs: milliseconds(event.data.fromUs), toMs: milliseconds(event.data.toUs), atMs };
    case 'stale': return { type: 'stale', cause: event.data.cause, sinceMs: milliseconds(event.data.sinceUs), atMs };
    case 'end': return { type: 'ended', error: isIbkrError(event.error) ? event.error : undefined, atMs };
  }
}

async function* eventsOf<K extends TopicKindName>(feed: AsyncIterable<LocalEvent<K>>): AsyncGenerator<TopicEvent<K>, void, undefined> {
  for await (const event of feed) yield eventOf(event);
}

/** Follows a topic of this process. What ends it is thrown from the iteration. */
export async function* followLocally<K extends TopicKindName>(topics: Topics, kind: K, topic: string, { instrument, marketData, signal }: FollowOptions): AsyncGenerator<TopicEvent<K>, void, undefined> {
  await using feed = topics.open(topic, { instrument, marketData, signal });
  if (isFeedOf(feed, kind)) yield* eventsOf<K>(feed);
}
