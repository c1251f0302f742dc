import { TOPIC_KINDS } from '@ibkit/api-contract';
import type { StreamMode, TopicKind, TopicKindName } from '@ibkit/api-contract';

/** The modes of a topic, its default first. */
export function modesOf(kind: TopicKindName): readonly StreamMode[] {
  const { modes }: TopicKind = TOPIC_KINDS[kind];
  return modes;
}
