import type { TopicDelta, TopicKindName, TopicSnapshot } from '@ibkit/api-contract';
import type { TopicChange } from './topic-event.js';

/** Where and when something is, as far as the source knows better than the line. */
export interface SourceStamp {
  /** @defaultValue the next number */
  readonly position?: number | undefined;
  /** Epoch milliseconds. @defaultValue now */
  readonly atMs?: number | undefined;
}

/** Where a source tells what happens to its topic. */
export interface TopicSink<K extends TopicKindName> {
  /** All of it: the first time, and whenever it cannot be told as a change. */
  whole(data: TopicSnapshot<K>, stamp?: SourceStamp): void;
  /** A change of what is known; dropped before the first `whole`. */
  delta(data: TopicDelta<K>, options?: SourceStamp & { readonly notable?: boolean | undefined }): void;
  /** Something was missed; instants in epoch milliseconds. */
  gap(gap: { readonly reason: string; readonly fromMs?: number | undefined; readonly toMs?: number | undefined; readonly missed?: number | undefined }): void;
  /** It may not be true any more, since an instant in epoch milliseconds. */
  stale(cause: string, sinceMs?: number): void;
  /** It is over. */
  end(error?: Error): void;
}

/** What feeds a topic as long as somebody reads it. */
export interface TopicSource<K extends TopicKindName> {
  /** All of it now, where the source itself keeps it; else it is what the changes made of the first. */
  readonly read?: (() => TopicSnapshot<K>) | undefined;
  /** Of durable topics: which history the positions are in; known once there is a state. */
  readonly epoch?: (() => string) | undefined;
  /** Of durable topics: every change after a position, from the journal. */
  readonly history?: ((after: number) => AsyncIterable<TopicChange<K>>) | undefined;
  close(): Promise<void>;
}
