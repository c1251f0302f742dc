import type { TopicKindName } from '@ibkit/api-contract';
import type { Clock } from '@ibkit/clock';
import { isIbkrError } from '@ibkit/error-codes';
import type { TopicEvent, TopicState, TopicWhole } from '@ibkit/operations';
import { problemOf } from '../http/problem.js';
import { accountsKey, seesPart, wholeFor } from './account-limits.js';
import type { AccountFacts } from './account-limits.js';
import { EventRing } from './event-ring.js';
import type { RingEvent } from './event-ring.js';
import { replay } from './replay.js';
import { ResumeTokens } from './resume-token.js';
import type { ResumePoint } from './resume-token.js';
import { SharedTail } from './stream-encoding.js';
import type { StreamLimits } from './stream-limits.js';
import type { StreamFeed } from './stream-ports.js';
import { tailOf } from './subscriber-group.js';
import { SubscriberGroups } from './subscriber-groups.js';
import type { Subscription } from './subscription.js';
import { modesOf } from './topic-modes.js';

/** Of a durable topic: what is older is in the journal. */
const DURABLE_RING = 1000;

/** Why all of a topic is told. */
export type SnapshotReason = 'start' | 'resync' | 'epochChanged' | 'tooFarBehind' | 'recovered' | 'reconnected';

/** What a {@link TopicChannel} is made from. */
export interface TopicChannelOptions {
  /** Names the topic with everything that its text does not say. */
  readonly key: string;
  readonly kind: TopicKindName;
  readonly clock: Clock;
  readonly limits: StreamLimits;
  readonly facts: AccountFacts;
  /** A new name for a history. */
  readonly newEpoch: () => string;
  readonly open: (onEvent: (event: TopicEvent) => void) => StreamFeed;
  /** The topic is over. */
  readonly onOver: () => void;
}

/** One topic for all its subscribers: what they get is folded and written once, and kept for a while for those who come back. */
export class TopicChannel {
  readonly key: string;
  readonly kind: TopicKindName;
  readonly subscriptions = new Set<Subscription>();
  readonly #options: TopicChannelOptions;
  readonly #feed: StreamFeed;
  readonly #groups: SubscriberGroups;
  readonly #resumes = new Map<Subscription, ResumePoint>();
  readonly #snapshots = new Map<string, SharedTail>();
  #ring: EventRing | undefined;
  #tokens: ResumeTokens | undefined;
  #doubt: SharedTail | undefined;
  #events = 0;
  #closed = false;

  /** @throws what opening the topic throws */
  constructor(options: TopicChannelOptions) {
    this.key = options.key;
    this.kind = options.kind;
    this.#options = options;
    const { kind, clock, facts, limits } = options;
    this.#groups = new SubscriberGroups({ kind, clock, facts, slowIntervalMs: limits.intervalMs, tokens: () => this.#required(), told: () => this.#feed.state?.data });
    this.#feed = options.open((event) => {
      this.#take(event);
    });
    const { state } = this.#feed;
    if (state !== undefined) this.#begin(state);
  }

  get topic(): string {
    return this.#feed.topic;
  }

  get durable(): boolean {
    return this.#feed.durable;
  }

  /** What the topic has told so far. */
  get events(): number {
    return this.#events;
  }

  /** Changes that were folded into others so far. */
  get folded(): number {
    return this.#groups.folded;
  }

  /** Whether it is over, and will tell nothing more. */
  get isOver(): boolean {
    return this.#closed || this.#feed.ended;
  }

  /** Whether it can be folded for slow clients. */
  get canFold(): boolean {
    return modesOf(this.kind).includes('latest');
  }

  /** The resume token of a position; `undefined` as long as the topic has no state. */
  at(position: number): string | undefined {
    return this.#tokens?.at(position);
  }

  /** Takes a subscriber in: with all of the topic, or with what it missed since it left. */
  join(subscription: Subscription, resume: ResumePoint | undefined): void {
    this.subscriptions.add(subscription);
    const { state } = this.#feed;
    if (state === undefined || this.#tokens === undefined) {
      if (resume !== undefined) this.#resumes.set(subscription, resume);
      if (this.#doubt !== undefined) subscription.send(this.#doubt, 0);
      if (this.#feed.ended) this.#tellOver(subscription);
    } else this.#start(subscription, state, resume);
  }

  leave(subscription: Subscription): void {
    subscription.phase = 'ended';
    this.subscriptions.delete(subscription);
    this.#resumes.delete(subscription);
    this.#groups.leave(subscription);
  }

  /** Tells one subscriber all of the topic again. */
  resync(subscription: Subscription): void {
    if (subscription.phase === 'live') this.#snapshot(subscription, 'resync');
    // What was missed is told first; whoever waits or is paused gets all of it anyway.
    else if (subscription.phase === 'catchingUp') subscription.wantsAll = true;
  }

  /** Its client does not keep up: changes are folded for it. */
  demote(subscription: Subscription, bufferedBytes: number): void {
    if (subscription.phase !== 'live' || subscription.mode !== 'all' || this.durable || !this.canFold) return;
    this.#groups.leave(subscription);
    subscription.mode = 'latest';
    this.#groups.join(subscription);
    this.#tellMode(subscription, 'demoted', 'the client takes less than the topic sends', bufferedBytes);
  }

  /** Its client does not keep up at all: nothing more until it does. What is durable waits in the journal. */
  pause(subscription: Subscription, bufferedBytes: number): void {
    if (subscription.phase !== 'live') return;
    this.#groups.leave(subscription);
    if (this.durable) {
      void this.#catchUp(subscription);
      return;
    }
    subscription.phase = 'paused';
    subscription.pausedAt = { events: this.#events, tsUs: this.#nowUs() };
    this.#tellMode(subscription, 'paused', 'the client has not taken what was sent', bufferedBytes);
  }

  /** Its client has taken everything: it is fed as it asked, from all of the topic on. */
  restore(subscription: Subscription): void {
    const { phase, pausedAt, mode, wanted } = subscription;
    if (phase !== 'paused' && !(phase === 'live' && mode !== wanted)) return;
    this.#groups.leave(subscription);
    subscription.mode = wanted;
    subscription.pausedAt = undefined;
    this.#tellMode(subscription, 'restored', 'the client keeps up again', undefined);
    const missed = pausedAt === undefined ? 0 : this.#events - pausedAt.events;
    if (pausedAt !== undefined && missed > 0 && wanted === 'all') {
      this.#gap(subscription, { reason: 'the client did not take what was sent', fromUs: pausedAt.tsUs, toUs: this.#nowUs(), missed });
    }
    this.#snapshot(subscription, 'recovered');
    subscription.phase = 'live';
    this.#groups.join(subscription);
  }

  /** Lets go of what can not be resumed any more. */
  trim(): void {
    this.#ring?.trim(this.#options.clock.monotonic());
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#groups.close();
    await this.#feed.close();
  }

  #take(event: TopicEvent): void {
    if (event.kind === 'end') {
      this.#over(event.error);
      return;
    }
    this.#events += 1;
    this.#snapshots.clear();
    if (isWhole(event)) {
      this.#whole(event);
      return;
    }
    if (this.#ring === undefined) {
      // What a topic says before it has a state tells those who wait for it why they do.
      this.#doubt = tailOf(this.#required(), event);
      for (const one of this.subscriptions) one.send(this.#doubt, 0);
      return;
    }
    this.#ring.push(event, this.#options.clock.monotonic());
    this.#groups.push(event);
  }

  #whole(state: TopicState): void {
    if (this.#ring !== undefined && this.durable) {
      for (const one of this.#groups.members()) this.#snapshot(one, 'reconnected');
      return;
    }
    this.#begin(state);
    this.#groups.clear();
    for (const one of this.#groups.members()) this.#snapshot(one, 'reconnected');
    for (const one of this.subscriptions) {
      if (one.phase !== 'waiting') continue;
      const resume = this.#resumes.get(one);
      this.#resumes.delete(one);
      this.#start(one, state, resume);
    }
  }

  /** A history begins. */
  #begin({ position }: TopicState): void {
    const { key, limits, newEpoch } = this.#options;
    const { durable, epoch } = this.#feed;
    this.#tokens = new ResumeTokens(key, durable ? (epoch ?? 'empty') : newEpoch());
    this.#ring = new EventRing({ most: durable ? DURABLE_RING : limits.ringEvents, keepMs: durable ? Number.POSITIVE_INFINITY : limits.ringMs, from: position });
  }

  #start(subscription: Subscription, state: TopicState, resume: ResumePoint | undefined): void {
    subscription.beginAt(resume?.position ?? state.position);
    if (resume === undefined) {
      this.#live(subscription, 'start');
      return;
    }
    this.trim();
    const isKnown = resume.epoch === this.#tokens?.epoch && resume.position <= state.position;
    if (isKnown && (this.durable || this.#ring?.after(resume.position) !== undefined)) {
      subscription.send(new SharedTail({ t: 'resumed', mode: subscription.mode, at: this.at(resume.position), tsUs: this.#nowUs() }), resume.position);
      void this.#catchUp(subscription);
      return;
    }
    const missed = isKnown ? state.position - resume.position : undefined;
    subscription.beginAt(state.position);
    this.#gap(subscription, { reason: isKnown ? 'what was missed is not kept so long' : 'the history that the position was in is over', missed });
    this.#live(subscription, isKnown ? 'tooFarBehind' : 'epochChanged');
  }

  #live(subscription: Subscription, reason: SnapshotReason): void {
    this.#snapshot(subscription, reason);
    subscription.phase = 'live';
    this.#groups.join(subscription);
  }

  /** Tells a subscriber what it missed, as fast as its client takes it, and lets it join the others then. */
  async #catchUp(subscription: Subscription): Promise<void> {
    subscription.phase = 'catchingUp';
    try {
      while (this.#isCatchingUp(subscription)) {
        await this.#room(subscription);
        if (!this.#isCatchingUp(subscription)) return;
        const missed = this.#ring?.after(subscription.position);
        if (missed !== undefined) {
          if (!this.#replay(subscription, missed)) continue;
          if (subscription.wantsAll) this.#snapshot(subscription, 'resync');
          subscription.wantsAll = false;
          subscription.phase = 'live';
          this.#groups.join(subscription);
          return;
        }
        if (!this.durable) {
          this.#gap(subscription, { reason: 'what was missed is not kept so long' });
          this.#live(subscription, 'tooFarBehind');
          return;
        }
        const head = this.#feed.state?.position ?? 0;
        for await (const change of this.#feed.history(subscription.position)) {
          await this.#room(subscription);
          if (!this.#isCatchingUp(subscription)) return;
          this.#replay(subscription, [change]);
        }
        // Up to there it was read, also where the last entries were about something else.
        if (subscription.position < head) subscription.passed(head);
      }
    } catch (error) {
      subscription.owner.over(subscription, { code: codeOf(error), reason: `what was missed could not be read: ${error instanceof Error ? error.message : String(error)}` });
    }
  }

  /** @returns whether all of it was told, and not only what the client has room for */
  #replay(subscription: Subscription, events: readonly RingEvent[]): boolean {
    const tokens = this.#tokens;
    if (tokens === undefined) return true;
    const { facts, limits } = this.#options;
    return replay(subscription, events, { kind: this.kind, facts, tokens, roomBytes: limits.demoteBytes });
  }

  #isCatchingUp({ phase }: Subscription): boolean {
    return phase === 'catchingUp' && !this.#closed;
  }

  async #room({ owner }: Subscription): Promise<void> {
    if (owner.bufferedBytes > this.#options.limits.demoteBytes) await owner.drained();
  }

  #snapshot(subscription: Subscription, reason: SnapshotReason): void {
    const { state } = this.#feed;
    if (state === undefined) return;
    const { accounts } = subscription.owner;
    const key = `${reason} ${subscription.mode} ${accountsKey(accounts)}`;
    let tail = this.#snapshots.get(key);
    if (tail === undefined) {
      const { position, tsUs, data } = state;
      tail = new SharedTail({ t: 'snapshot', reason, mode: subscription.mode, at: this.at(position), tsUs, data: wholeFor(this.kind, data, accounts, this.#options.facts) });
      this.#snapshots.set(key, tail);
    }
    subscription.send(tail, state.position);
  }

  #gap(subscription: Subscription, { missed, ...data }: { readonly reason: string; readonly fromUs?: number; readonly toUs?: number; readonly missed?: number | undefined }): void {
    // How much was missed of all of it is not theirs to know who see a part.
    const counted = seesPart(this.kind, subscription.owner.accounts) ? data : { ...data, missed };
    subscription.send(new SharedTail({ t: 'gap', at: this.at(subscription.position), tsUs: this.#nowUs(), data: counted }), subscription.position);
  }

  #tellMode(subscription: Subscription, state: 'demoted' | 'paused' | 'restored', reason: string, bufferedBytes: number | undefined): void {
    const { mode, position } = subscription;
    subscription.send(new SharedTail({ t: 'state', at: this.at(position), tsUs: this.#nowUs(), data: { state, mode, bufferedBytes, reason } }), position);
  }

  #over(error: Error | undefined): void {
    if (this.#closed) return;
    for (const subscription of [...this.subscriptions]) this.#tellOver(subscription, error);
    this.#options.onOver();
  }

  #tellOver(subscription: Subscription, error = this.#feed.error): void {
    subscription.owner.over(subscription, { code: codeOf(error), reason: error?.message ?? 'the topic is over', ...(isIbkrError(error) ? { problem: problemOf(error) } : {}) });
  }

  #required(): ResumeTokens {
    this.#tokens ??= new ResumeTokens(this.key, this.#options.newEpoch());
    return this.#tokens;
  }

  #nowUs(): number {
    return Math.round(this.#options.clock.now() * 1000);
  }
}

function isWhole(event: TopicEvent): event is TopicWhole {
  return event.kind === 'snapshot' || event.kind === 'reset';
}

function codeOf(error: unknown): string {
  if (error === undefined) return 'IBKR_STREAM_OVER';
  return isIbkrError(error) ? error.code : 'IBKR_UNEXPECTED';
}
