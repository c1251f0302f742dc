import { TOPIC_KINDS, mergeTopicDeltas } from '@ibkit/api-contract';
import type { TopicKindName } from '@ibkit/api-contract';
import { UsageError } from '@ibkit/error-codes';
import type { TopicChange, TopicEvent, TopicState } from './topic-event.js';
import type { TopicLine } from './topic-line.js';

/** Events that an iteration holds for a slow loop. */
const MOST_HELD = 100_000;

/**
 * One reader of a topic.
 *
 * A loop over it gets all of the topic first and then what changes; for a slow loop changes of one kind of topic that can be folded are folded, and
 * nothing is dropped. Leaving the loop ends the reader; what ended the topic is thrown from it.
 */
export class TopicFeed<K extends TopicKindName = TopicKindName> implements AsyncIterable<TopicEvent<K>>, AsyncDisposable {
  readonly kind: K;
  /** The topic in its canonical form. */
  readonly topic: string;
  /** Whether its positions outlive the process. */
  readonly durable: boolean;
  readonly #line: TopicLine<K>;
  readonly #release: () => Promise<void>;
  readonly #off: () => void;
  #closing: Promise<void> | undefined;
  /** Loops that wait for the next event: the end is one, too. */
  readonly #waiting = new Set<() => void>();

  constructor(options: { readonly topic: string; readonly line: TopicLine<K>; readonly release: () => Promise<void>; readonly onEvent: ((event: TopicEvent<K>) => void) | undefined }) {
    this.topic = options.topic;
    this.#line = options.line;
    this.kind = options.line.kind;
    this.durable = TOPIC_KINDS[this.kind].durable;
    this.#release = options.release;
    this.#off = options.line.listen((event) => options.onEvent?.(event));
  }

  /** All of it now; `undefined` until it is known. */
  get state(): TopicState<K> | undefined {
    return this.#line.state;
  }

  /** Whether it is over. */
  get ended(): boolean {
    return this.#closing !== undefined || this.#line.ended;
  }

  /** What ended it, when that was no request. */
  get error(): Error | undefined {
    return this.#line.error;
  }

  /** Which history the positions of a durable topic are in: the journal's name. `undefined` for other topics, and until there is a state. */
  get epoch(): string | undefined {
    return this.#line.epoch;
  }

  /**
   * Of a durable topic: every change after a position, up to the end at the time of the call, read from the journal.
   * @throws UsageError for a topic that is not durable; from the iteration, what the journal throws.
   */
  history(after: number): AsyncIterable<TopicChange<K>> {
    const read = this.#line.history;
    if (read === undefined) throw new UsageError({ field: 'topic', value: this.topic, rule: 'must be durable for its history to be read' });
    return read(after);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TopicEvent<K>, void, undefined> {
    const held: TopicEvent<K>[] = [];
    let wake = (): void => undefined;
    const reader = { isBehind: false };
    const { state } = this;
    if (state !== undefined) held.push({ kind: 'snapshot', ...state });
    const off = this.#line.listen((event) => {
      const last = held.at(-1);
      const folded = last?.kind === 'delta' && event.kind === 'delta' ? mergeTopicDeltas(this.kind, last.data, event.data) : undefined;
      if (folded !== undefined && event.kind === 'delta') held[held.length - 1] = { ...event, data: folded };
      else if (held.length < MOST_HELD) held.push(event);
      else reader.isBehind = true;
      wake();
    });
    try {
      if (this.ended && held.length === 0 && this.error !== undefined) throw this.error;
      while (!this.ended || held.length > 0) {
        const event = held.shift();
        if (event === undefined) {
          if (reader.isBehind) throw new UsageError({ field: 'reader', value: this.topic, rule: `must not fall more than ${MOST_HELD} events behind` });
          await new Promise<void>((resolve) => {
            wake = resolve;
            this.#waiting.add(resolve);
          });
          this.#waiting.delete(wake);
          continue;
        }
        if (event.kind === 'end') {
          if (event.error !== undefined) throw event.error;
          return;
        }
        yield event;
      }
    } finally {
      off();
      await this.close();
    }
  }

  /** Ends the reader. What feeds the topic ends a little after its last reader. Idempotent. */
  close(): Promise<void> {
    this.#off();
    this.#closing ??= this.#release();
    for (const wake of this.#waiting) wake();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
