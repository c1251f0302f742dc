import type { TopicDelta, TopicKindName, TopicSnapshot } from '@ibkit/api-contract';

interface At {
  /**
   * Where in the history of the topic this is: it never decreases. Of durable topics it is the sequence number of the journal, the same after a
   * restart; of others it counts the events since the topic was opened.
   */
  readonly position: number;
  /** Microseconds since 1970, UTC. */
  readonly tsUs: number;
}

/** All of a topic: the first time, and whenever it cannot be told as a change (`reset`). */
export interface TopicWhole<K extends TopicKindName = TopicKindName> extends At {
  readonly kind: 'snapshot' | 'reset';
  readonly data: TopicSnapshot<K>;
}

/** A change. */
export interface TopicChange<K extends TopicKindName = TopicKindName> extends At {
  readonly kind: 'delta';
  readonly data: TopicDelta<K>;
  /** Worth to be told at once, however changes are folded: a halt, another kind of data, doubt. */
  readonly notable: boolean;
}

/** Something was missed for good. */
export interface TopicGap extends At {
  readonly kind: 'gap';
  readonly data: { readonly reason: string; readonly fromUs?: number | undefined; readonly toUs?: number | undefined; readonly missed?: number | undefined };
}

/** What was told last may not be the truth any more, until a change or all of it comes. */
export interface TopicStale extends At {
  readonly kind: 'stale';
  readonly data: { readonly cause: string; readonly sinceUs?: number | undefined };
}

/** The last event; with the error when the topic did not end by request. */
export interface TopicEnd extends At {
  readonly kind: 'end';
  readonly error: Error | undefined;
}

/** What a topic tells. */
export type TopicEvent<K extends TopicKindName = TopicKindName> = TopicWhole<K> | TopicChange<K> | TopicGap | TopicStale | TopicEnd;

/** All of a topic at one position. */
export interface TopicState<K extends TopicKindName = TopicKindName> extends At {
  readonly data: TopicSnapshot<K>;
}

/** Instants of the packages below are milliseconds. */
export function microseconds(milliseconds: number): number {
  return Math.round(milliseconds * 1000);
}
