import type { TopicKindName, TopicSnapshot } from '@ibkit/api-contract';
import type { Clock } from '@ibkit/clock';
import type { TopicChange, TopicGap, TopicStale } from '@ibkit/operations';
import { accountsKey } from './account-limits.js';
import type { AccountFacts } from './account-limits.js';
import type { ResumeTokens } from './resume-token.js';
import { SubscriberGroup } from './subscriber-group.js';
import type { Subscription } from './subscription.js';

/** What {@link SubscriberGroups} are made from. */
export interface SubscriberGroupsOptions {
  readonly kind: TopicKindName;
  readonly clock: Clock;
  readonly facts: AccountFacts;
  /** How often those are told who are folded for because they are slow, milliseconds. */
  readonly slowIntervalMs: number;
  readonly tokens: () => ResumeTokens;
  /** All of the topic, as it is now. */
  readonly told: () => TopicSnapshot<TopicKindName> | undefined;
}

/** Everybody who is told the changes of a topic as they come: those who get the same share a group. */
export class SubscriberGroups {
  readonly #options: SubscriberGroupsOptions;
  readonly #groups = new Map<string, SubscriberGroup>();
  #foldedBefore = 0;

  constructor(options: SubscriberGroupsOptions) {
    this.#options = options;
  }

  /** Changes that were folded into others so far. */
  get folded(): number {
    return [...this.#groups.values()].reduce((sum, group) => sum + group.folded, this.#foldedBefore);
  }

  /** Everybody who is in a group now. */
  *members(): Generator<Subscription> {
    for (const group of this.#groups.values()) yield* group.subscriptions;
  }

  join(subscription: Subscription): void {
    const { slowIntervalMs, kind, clock, facts, tokens, told } = this.#options;
    const { mode, owner } = subscription;
    const intervalMs = mode === 'all' ? 0 : subscription.wanted === 'all' ? slowIntervalMs : subscription.intervalMs;
    const key = `${mode} ${intervalMs} ${accountsKey(owner.accounts)}`;
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = new SubscriberGroup({ key: { mode, intervalMs, accounts: owner.accounts }, kind, clock, facts, tokens, told: told() });
      this.#groups.set(key, group);
    }
    group.subscriptions.add(subscription);
    subscription.group = group;
  }

  leave(subscription: Subscription): void {
    const { group } = subscription;
    subscription.group = undefined;
    if (group === undefined) return;
    group.subscriptions.delete(subscription);
    if (group.subscriptions.size > 0) return;
    group.close();
    this.#foldedBefore += group.folded;
    for (const [key, one] of this.#groups) if (one === group) this.#groups.delete(key);
  }

  push(event: TopicChange | TopicGap | TopicStale): void {
    for (const group of this.#groups.values()) group.push(event);
  }

  /** All of the topic is told anew: what waits is in it. */
  clear(): void {
    for (const group of this.#groups.values()) group.clear();
  }

  close(): void {
    for (const group of this.#groups.values()) group.close();
    this.#groups.clear();
  }
}
