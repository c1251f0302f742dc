import type { StreamMode } from '@ibkit/api-contract';
import type { Clock } from '@ibkit/clock';
import type { TopicChange, TopicGap, TopicStale } from '@ibkit/operations';
import { changeFor, seesPart, wholeFor } from './account-limits.js';
import type { AccountFacts } from './account-limits.js';
import { Conflator } from './conflator.js';
import type { FoldedChange } from './conflator.js';
import { SharedTail } from './stream-encoding.js';
import type { ResumeTokens } from './resume-token.js';
import type { Subscription } from './subscription.js';
import type { TopicKindName, TopicSnapshot } from '@ibkit/api-contract';

/** What tells the groups of a topic apart. */
export interface GroupKey {
  readonly mode: StreamMode;
  readonly intervalMs: number;
  readonly accounts: ReadonlySet<string> | undefined;
}

/** Everybody who gets the same messages of a topic: what is sent is folded and written once for all of them. */
export class SubscriberGroup {
  readonly key: GroupKey;
  readonly subscriptions = new Set<Subscription>();
  readonly #kind: TopicKindName;
  readonly #tokens: () => ResumeTokens;
  readonly #facts: AccountFacts;
  /** Of topics whose changes are all of them, what was told last. */
  #told: string | undefined;
  readonly #conflator: Conflator;
  #folded = 0;

  constructor(options: { readonly key: GroupKey; readonly kind: TopicKindName; readonly clock: Clock; readonly tokens: () => ResumeTokens; readonly facts: AccountFacts; readonly told: TopicSnapshot<TopicKindName> | undefined }) {
    const { key, kind, clock } = options;
    this.key = key;
    this.#kind = kind;
    this.#tokens = options.tokens;
    this.#facts = options.facts;
    if (options.told !== undefined) this.#isTold(wholeFor(kind, options.told, key.accounts, options.facts));
    this.#conflator = new Conflator({
      kind, clock, mode: key.mode, intervalMs: key.intervalMs,
      emit: (out) => {
        this.#emit(out);
      },
    }); // prettier-ignore
  }

  /** Changes that were folded into others so far. */
  get folded(): number {
    return this.#folded;
  }

  push(event: TopicChange | TopicGap | TopicStale): void {
    if (event.kind === 'delta') {
      const data = changeFor(this.#kind, event.data, this.key.accounts, this.#facts);
      if (data !== undefined && !this.#isTold(data)) this.#conflator.push({ ...event, data });
      else if (!this.#conflator.isWaiting) for (const one of this.subscriptions) one.passed(event.position);
      return;
    }
    this.#conflator.flush();
    this.#send(tailOf(this.#tokens(), event), event.position);
  }

  /** What is the same for them as before changed for others, and that is not theirs to know. */
  #isTold(data: unknown): boolean {
    if (this.#kind !== 'risk' || !seesPart(this.#kind, this.key.accounts)) return false;
    const text = JSON.stringify(data);
    const isTold = text === this.#told;
    this.#told = text;
    return isTold;
  }

  /** All of the topic is told anew: what waits is in it. */
  clear(): void {
    this.#conflator.clear();
  }

  close(): void {
    this.#conflator.close();
  }

  #emit({ change, count }: FoldedChange): void {
    this.#folded += count - 1;
    this.#send(tailOf(this.#tokens(), change, count), change.position);
  }

  #send(tail: SharedTail, position: number): void {
    for (const one of this.subscriptions) one.send(tail, position);
  }
}

/** A change, gap or doubt as every subscriber gets it. */
export function tailOf(tokens: ResumeTokens, { kind, position, tsUs, data }: TopicChange | TopicGap | TopicStale, count = 1): SharedTail {
  return new SharedTail({ t: kind, at: tokens.at(position), tsUs, n: count > 1 ? count : undefined, data });
}
