import { applyTopicDelta } from '@ibkit/api-contract';
import type { TopicDelta, TopicKindName, TopicSnapshot } from '@ibkit/api-contract';
import type { Clock } from '@ibkit/clock';
import { microseconds } from './topic-event.js';
import type { TopicChange, TopicEvent, TopicState } from './topic-event.js';
import type { SourceStamp, TopicSink, TopicSource } from './topic-source.js';

type Listener<K extends TopicKindName> = (event: TopicEvent<K>) => void;

/** One topic that is open, however many read it: the state, the numbering of its events, and its source. */
export class TopicLine<K extends TopicKindName> implements TopicSink<K> {
  readonly kind: K;
  readonly #clock: Clock;
  readonly #listeners = new Set<Listener<K>>();
  readonly #onListenerError: ((error: unknown) => void) | undefined;
  readonly #onEnded: () => void;
  #source: TopicSource<K> | undefined;
  #data: TopicSnapshot<K> | undefined;
  #position = 0;
  #tsUs = 0;
  #ended = false;
  #error: Error | undefined;

  constructor(options: { readonly kind: K; readonly clock: Clock; readonly onEnded: () => void; readonly onListenerError: ((error: unknown) => void) | undefined }) {
    this.kind = options.kind;
    this.#clock = options.clock;
    this.#onEnded = options.onEnded;
    this.#onListenerError = options.onListenerError;
  }

  /** Begins to feed it. */
  attach(open: (sink: TopicSink<K>) => TopicSource<K>): void {
    const source = open(this);
    this.#source = source;
    // It may have ended while it was being opened.
    if (this.#ended) void source.close();
  }

  get readers(): number {
    return this.#listeners.size;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get error(): Error | undefined {
    return this.#error;
  }

  get epoch(): string | undefined {
    return this.#source?.epoch?.();
  }

  get history(): ((after: number) => AsyncIterable<TopicChange<K>>) | undefined {
    return this.#source?.history;
  }

  get state(): TopicState<K> | undefined {
    if (this.#data === undefined) return undefined;
    return { position: this.#position, tsUs: this.#tsUs, data: this.#source?.read?.() ?? this.#data };
  }

  listen(listener: Listener<K>): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  whole(data: TopicSnapshot<K>, stamp: SourceStamp = {}): void {
    if (this.#ended) return;
    const kind = this.#data === undefined ? 'snapshot' : 'reset';
    this.#data = data;
    this.#tell({ kind, ...this.#stamp(stamp), data });
  }

  delta(data: TopicDelta<K>, options: SourceStamp & { readonly notable?: boolean | undefined } = {}): void {
    if (this.#ended || this.#data === undefined) return;
    if (this.#source?.read === undefined) this.#data = applyTopicDelta(this.kind, this.#data, data);
    this.#tell({ kind: 'delta', ...this.#stamp(options), data, notable: options.notable === true });
  }

  gap({ reason, fromMs, toMs, missed }: Parameters<TopicSink<K>['gap']>[0]): void {
    if (this.#ended) return;
    const bounds = { ...(fromMs === undefined ? {} : { fromUs: microseconds(fromMs) }), ...(toMs === undefined ? {} : { toUs: microseconds(toMs) }) };
    this.#tell({ kind: 'gap', ...this.#stamp(), data: { reason, ...bounds, ...(missed === undefined ? {} : { missed }) } });
  }

  stale(cause: string, sinceMs?: number): void {
    if (this.#ended) return;
    this.#tell({ kind: 'stale', ...this.#stamp(), data: { cause, ...(sinceMs === undefined ? {} : { sinceUs: microseconds(sinceMs) }) } });
  }

  end(error?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#tell({ kind: 'end', ...this.#stamp(), error });
    this.#listeners.clear();
    this.#onEnded();
  }

  async close(): Promise<void> {
    this.end();
    await this.#source?.close();
  }

  #stamp({ position, atMs }: SourceStamp = {}): { readonly position: number; readonly tsUs: number } {
    // What a durable topic says beside its journal has the place of the record before it.
    const next = this.#source?.epoch === undefined ? this.#position + 1 : this.#position;
    this.#position = position ?? next;
    this.#tsUs = microseconds(atMs ?? this.#clock.now());
    return { position: this.#position, tsUs: this.#tsUs };
  }

  #tell(event: TopicEvent<K>): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        this.#onListenerError?.(error);
      }
    }
  }
}
