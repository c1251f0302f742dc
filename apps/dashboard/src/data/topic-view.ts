import { applyTopicDelta } from '@ibkit/api-contract';
import type { TopicKindName, TopicSnapshot } from '@ibkit/api-contract';
import type { TopicEvent } from '@ibkit/websocket-provider/browser';

/** A topic as the page shows it. */
export interface TopicView<K extends TopicKindName> {
  /** Absent until the first snapshot. */
  readonly data: TopicSnapshot<K> | undefined;
  /** Why what is shown may be old. */
  readonly stale: string | undefined;
  /** Why nothing comes any more. */
  readonly error: string | undefined;
  /** When it was last told anything, epoch milliseconds. */
  readonly atMs: number | undefined;
}

/** Nothing is known yet. */
export const UNKNOWN = Object.freeze({ data: undefined, stale: undefined, error: undefined, atMs: undefined });

/** A topic after an event. */
export function viewAfter<K extends TopicKindName>(kind: K, view: TopicView<K>, event: TopicEvent<K>): TopicView<K> {
  const { atMs } = event;
  switch (event.type) {
    case 'snapshot': return { data: event.data, stale: undefined, error: undefined, atMs };
    case 'delta': return view.data === undefined ? view : { data: applyTopicDelta(kind, view.data, event.data), stale: undefined, error: undefined, atMs };
    case 'stale': return { ...view, stale: event.cause };
    case 'lost': return { ...view, stale: event.reason };
    case 'resumed': return { ...view, stale: undefined, atMs };
    case 'ended': return { ...view, stale: event.error?.message, error: event.error?.message };
    case 'gap': case 'feed': return view;
  }
}
