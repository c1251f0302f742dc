import { TOPIC_KINDS } from '@ibkit/api-contract';
import type { StreamMode, TopicDelta, TopicKindName, TopicSnapshot } from '@ibkit/api-contract';
import type { IbkrError } from '@ibkit/error-codes';

/** Why a snapshot came. */
export type SnapshotReason = 'start' | 'resync' | 'epochChanged' | 'tooFarBehind' | 'demoted' | 'recovered' | 'reconnected';

/** What a subscription tells, in order. */
export type TopicEvent<K extends TopicKindName> =
  /** All of the topic: forget what you had. */
  | { readonly type: 'snapshot'; readonly reason: SnapshotReason; readonly mode: StreamMode; readonly data: TopicSnapshot<K>; readonly atMs: number }
  /** A change; `folded` is how many changes of the source are in it. */
  | { readonly type: 'delta'; readonly data: TopicDelta<K>; readonly folded: number; readonly atMs: number }
  /** Something was missed for good. */
  | { readonly type: 'gap'; readonly reason: string; readonly fromMs?: number | undefined; readonly toMs?: number | undefined; readonly missed?: number | undefined; readonly atMs: number }
  /** What is known is not fresh any more, until a delta or a snapshot says otherwise. */
  | { readonly type: 'stale'; readonly cause: string; readonly sinceMs?: number | undefined; readonly atMs: number }
  /** The daemon feeds this subscription otherwise than was asked, because we read too slowly, or as asked again. */
  | { readonly type: 'feed'; readonly state: 'demoted' | 'paused' | 'restored'; readonly mode: StreamMode; readonly reason: string; readonly atMs: number }
  /** Our connection to the daemon is gone; it is made again. */
  | { readonly type: 'lost'; readonly reason: string; readonly atMs: number }
  /** It is back, and nothing was missed. */
  | { readonly type: 'resumed'; readonly atMs: number }
  /** Nothing more will come. */
  | { readonly type: 'ended'; readonly error: IbkrError | undefined; readonly atMs: number };

/** Whether data is a snapshot of the kind. */
export function isSnapshot<K extends TopicKindName>(kind: K, data: unknown): data is TopicSnapshot<K> {
  return TOPIC_KINDS[kind].snapshot.safeParse(data).success;
}

/** Whether data is a change of the kind. */
export function isDelta<K extends TopicKindName>(kind: K, data: unknown): data is TopicDelta<K> {
  return TOPIC_KINDS[kind].delta.safeParse(data).success;
}
