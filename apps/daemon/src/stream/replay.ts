import type { TopicKindName } from '@ibkit/api-contract';
import type { TopicChange } from '@ibkit/operations';
import { changeFor } from './account-limits.js';
import type { AccountFacts } from './account-limits.js';
import { folded } from './conflator.js';
import type { FoldedChange } from './conflator.js';
import type { RingEvent } from './event-ring.js';
import type { ResumeTokens } from './resume-token.js';
import { tailOf } from './subscriber-group.js';
import type { Subscription } from './subscription.js';

/** Of which topic events are told again. */
export interface ReplayedTopic {
  readonly kind: TopicKindName;
  readonly facts: AccountFacts;
  readonly tokens: ResumeTokens;
  /** More than so many bytes that the client has not taken are no room for another. */
  readonly roomBytes: number;
}

/**
 * Tells one subscriber events that it missed: one by one in mode `all`, else folded.
 * @returns whether all of them were told, and not only what the client has room for
 */
export function replay(subscription: Subscription, events: readonly RingEvent[], { kind, facts, tokens, roomBytes }: ReplayedTopic): boolean {
  let waiting: FoldedChange | undefined;
  const tell = (out: FoldedChange | undefined): void => {
    if (out !== undefined) subscription.send(tailOf(tokens, out.change, out.count), out.change.position);
  };
  for (const event of events) {
    if (event.kind !== 'delta') {
      tell(waiting);
      waiting = undefined;
      subscription.send(tailOf(tokens, event), event.position);
      continue;
    }
    const data = changeFor(kind, event.data, subscription.owner.accounts, facts);
    const change: TopicChange | undefined = data === undefined ? undefined : { ...event, data };
    if (change === undefined) {
      if (waiting === undefined) subscription.passed(event.position);
    } else if (subscription.mode === 'all') {
      tell({ change, count: 1 });
      if (subscription.owner.bufferedBytes > roomBytes) return false;
    } else {
      const next = folded(kind, waiting, change);
      tell(next.out);
      waiting = next.waiting;
    }
  }
  tell(waiting);
  return true;
}
