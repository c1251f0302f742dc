import { TOPIC_KINDS, applyTopicDelta, topicText } from '@ibkit/api-contract';
import type { Topic, TopicDelta, TopicKindName, TopicSnapshot } from '@ibkit/api-contract';
import type { TopicChange, TopicEvent, TopicState } from '@ibkit/operations';
import type { StreamFeed, StreamTopics } from '../stream-ports.js';

/** A topic that a test moves by hand. */
export class FakeTopic implements StreamFeed {
  readonly kind: TopicKindName;
  readonly topic: string;
  readonly durable: boolean;
  readonly epoch: string | undefined;
  readonly told: TopicChange[] = [];
  state: TopicState | undefined;
  ended = false;
  error: Error | undefined;
  closed = 0;
  readonly #listeners = new Set<(event: TopicEvent) => void>();
  #position = 0;

  constructor(topic: Topic) {
    this.kind = topic.kind;
    this.topic = topicText(topic);
    this.durable = TOPIC_KINDS[topic.kind].durable;
    this.epoch = this.durable ? 'journal' : undefined;
  }

  listen(onEvent: (event: TopicEvent) => void): void {
    this.#listeners.add(onEvent);
  }

  get position(): number {
    return this.#position;
  }

  whole(data: TopicSnapshot<TopicKindName>): void {
    const kind = this.state === undefined ? 'snapshot' : 'reset';
    this.state = { position: this.#next(), tsUs: this.#position * 1000, data };
    this.#tell({ kind, ...this.state });
  }

  delta(data: TopicDelta<TopicKindName>, notable = false): void {
    if (this.state === undefined) throw new Error('there is no state yet');
    const stamp = { position: this.#next(), tsUs: this.#position * 1000 };
    this.state = { ...stamp, data: applyTopicDelta(this.kind, this.state.data, data) };
    const change: TopicChange = { kind: 'delta', ...stamp, data, notable };
    this.told.push(change);
    this.#tell(change);
  }

  gap(reason: string): void {
    this.#tell({ kind: 'gap', position: this.#next(), tsUs: this.#position * 1000, data: { reason } });
  }

  stale(cause: string): void {
    this.#tell({ kind: 'stale', position: this.#next(), tsUs: this.#position * 1000, data: { cause } });
  }

  end(error?: Error): void {
    this.ended = true;
    this.error = error;
    this.#tell({ kind: 'end', position: this.#position, tsUs: 0, error });
  }

  async *history(after: number): AsyncGenerator<TopicChange> {
    for (const change of [...this.told]) if (change.position > after) yield await Promise.resolve(change);
  }

  close(): Promise<void> {
    this.closed += 1;
    this.#listeners.clear();
    return Promise.resolve();
  }

  #next(): number {
    this.#position += 1;
    return this.#position;
  }

  #tell(event: TopicEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}

/** Topics that a test moves by hand; each exists from the first time that it is asked for, over every opening. */
export class FakeTopics implements StreamTopics {
  readonly #topics = new Map<string, FakeTopic>();

  /** @param whole what a volatile topic begins with */
  get(text: string, topic: Topic, whole?: TopicSnapshot<TopicKindName>): FakeTopic {
    const known = this.#topics.get(text);
    if (known !== undefined) return known;
    const made = new FakeTopic(topic);
    if (whole !== undefined) made.whole(whole);
    this.#topics.set(text, made);
    return made;
  }

  open(topic: Topic, { onEvent }: Parameters<StreamTopics['open']>[1]): FakeTopic {
    const found = this.get(topicText(topic), topic);
    found.listen(onEvent);
    return found;
  }
}
