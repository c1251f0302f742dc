import { mergeTopicDeltas } from '@ibkit/api-contract';
import type { StreamMode, TopicKindName } from '@ibkit/api-contract';
import type { Clock, Timer } from '@ibkit/clock';
import type { TopicChange } from '@ibkit/operations';

/** Changes that became one. */
export interface FoldedChange {
  readonly change: TopicChange;
  /** How many they were. */
  readonly count: number;
}

/** Folds a change into those that wait; gives back what has to go out before it, because nothing may be folded into it. */
export function folded(kind: TopicKindName, waiting: FoldedChange | undefined, change: TopicChange): { readonly out: FoldedChange | undefined; readonly waiting: FoldedChange } {
  if (waiting === undefined) return { out: undefined, waiting: { change, count: 1 } };
  const data = mergeTopicDeltas(kind, waiting.change.data, change.data);
  if (data === undefined) return { out: waiting, waiting: { change, count: 1 } };
  return { out: undefined, waiting: { change: { ...change, data }, count: waiting.count + 1 } };
}

/** What a {@link Conflator} is made from. */
export interface ConflatorOptions {
  readonly kind: TopicKindName;
  readonly clock: Clock;
  readonly mode: StreamMode;
  readonly intervalMs: number;
  readonly emit: (folded: FoldedChange) => void;
}

/**
 * Decides when changes go out. `all`: each at once. `latest`: the first at once, then at most one per interval that does what all since then did.
 * `sampled`: one per interval by the clock. What is notable goes out at once in every mode, with what waits.
 */
export class Conflator {
  readonly #options: ConflatorOptions;
  #waiting: FoldedChange | undefined;
  #timer: Timer | undefined;

  constructor(options: ConflatorOptions) {
    this.#options = options;
  }

  /** Whether changes wait for their interval. */
  get isWaiting(): boolean {
    return this.#waiting !== undefined;
  }

  push(change: TopicChange): void {
    const { kind, mode, emit } = this.#options;
    if (mode === 'all') {
      emit({ change, count: 1 });
      return;
    }
    const { out, waiting } = folded(kind, this.#waiting, change);
    this.#waiting = waiting;
    if (out !== undefined) emit(out);
    if (change.notable || (mode === 'latest' && this.#timer === undefined)) this.flush();
    this.#arm();
  }

  /** Sends what waits now. */
  flush(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) this.#options.emit(waiting);
  }

  /** Forgets what waits. */
  clear(): void {
    this.#waiting = undefined;
  }

  close(): void {
    this.clear();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(): void {
    this.#timer ??= this.#options.clock.setTimer(this.#options.intervalMs, () => {
      this.#timer = undefined;
      // A quiet topic needs no clock: the next change winds it up again.
      if (this.#waiting === undefined) return;
      this.flush();
      this.#arm();
    }, { keepAlive: false });
  }
}
