import type { ApiInstrumentFields, StreamMode, TopicDelta, TopicKindName, TopicSnapshot } from '@ibkit/api-contract';
import type { IbkrError } from '@ibkit/error-codes';

/** What a subscription tells, in order, whether it comes from our own connection or through the daemon. */
export type TopicEvent<K extends TopicKindName> =
  | { readonly type: 'snapshot'; readonly data: TopicSnapshot<K>; readonly atMs: number }
  | { readonly type: 'delta'; readonly data: TopicDelta<K>; readonly atMs: number }
  /** Something was missed for good. */
  | { readonly type: 'gap'; readonly reason: string; readonly fromMs?: number | undefined; readonly toMs?: number | undefined; readonly atMs: number }
  /** What is known is not fresh any more, until a delta or a snapshot says otherwise. */
  | { readonly type: 'stale'; readonly cause: string; readonly sinceMs?: number | undefined; readonly atMs: number }
  /** Our link to the daemon is gone; it is made again. */
  | { readonly type: 'lost'; readonly reason: string; readonly atMs: number }
  | { readonly type: 'resumed'; readonly atMs: number }
  /** Nothing more will come. */
  | { readonly type: 'ended'; readonly error: IbkrError | undefined; readonly atMs: number };

/** How a topic is followed. */
export interface FollowOptions {
  /** What the text of the topic does not say about the instrument. */
  readonly instrument?: ApiInstrumentFields | undefined;
  /** Of quotes: what is taken where live data is not to be had. */
  readonly marketData?: 'delayed' | undefined;
  readonly mode?: StreamMode | undefined;
  readonly minIntervalMs?: number | undefined;
  readonly signal: AbortSignal;
}
