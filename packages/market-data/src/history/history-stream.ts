import type { HistoryBar } from './history-bar.js';
import type { HistoryCursor } from './history-cursor.js';
import type { HistoryGap } from './history-gap.js';
import type { HistoryRetry } from './history-request.js';
import { PagedStream } from './paged-stream.js';
import type { PagedStreamOptions } from './paged-stream.js';

/** How far a stream is. */
export interface HistoryProgress {
  /** Requests that are answered, and all of them. */
  readonly done: number;
  readonly total: number;
  /** What was handed to the reader. */
  readonly bars: number;
  /** Milliseconds until the last answer: by the broker's pacing rules and what answers took so far, if the reader does not wait and nobody else asks. */
  readonly etaMs: number;
}

/** What a stream tells besides its bars. */
export interface HistoryEvents {
  /** A request was answered. */
  readonly progress: HistoryProgress;
  /** A part of the range has no data. */
  readonly gap: HistoryGap;
  /** A request is made again. */
  readonly retry: HistoryRetry;
}

type Listeners = { readonly [E in keyof HistoryEvents]: Set<(event: HistoryEvents[E]) => void> };

/** What a stream knows of itself at a moment. */
export interface HistoryState {
  readonly progress: HistoryProgress;
  readonly gaps: readonly HistoryGap[];
  readonly cursor: HistoryCursor | undefined;
}

/**
 * The bars of a range, oldest first, each once. Requests are made while it is read, one at a time: a reader that stops costs nothing, and never
 * more than one answer is held.
 */
export interface HistoryStream extends AsyncIterableIterator<HistoryBar>, AsyncDisposable {
  /** How far it is; all 0 before the contract is known. */
  readonly progress: HistoryProgress;
  /** The parts of the range that were asked for and have no data, so far. */
  readonly gaps: readonly HistoryGap[];
  /** Plain data to go on from with option `resume`, in this process or another; `undefined` before the contract is known. */
  readonly cursor: HistoryCursor | undefined;
  /** Calls `listener` with every event of a type until the returned function is called. What it throws ends the stream with that error. */
  on<E extends keyof HistoryEvents>(type: E, listener: (event: HistoryEvents[E]) => void): () => void;
  next(): Promise<IteratorResult<HistoryBar, undefined>>;
  return(): Promise<IteratorResult<HistoryBar, undefined>>;
  [Symbol.asyncIterator](): HistoryStream;
  /** Ends it; a request that is under way is cancelled at the broker. Idempotent. */
  close(): Promise<void>;
}

/** The one implementation of {@link HistoryStream}. */
export class PagedHistory extends PagedStream<HistoryBar> implements HistoryStream {
  readonly #listeners: Listeners;
  readonly #state: () => HistoryState;

  constructor(options: PagedStreamOptions<HistoryBar> & { readonly listeners: Listeners; readonly state: () => HistoryState }) {
    super(options);
    this.#listeners = options.listeners;
    this.#state = options.state;
  }

  get progress(): HistoryProgress {
    return this.#state().progress;
  }

  get gaps(): readonly HistoryGap[] {
    return this.#state().gaps;
  }

  get cursor(): HistoryCursor | undefined {
    return this.#state().cursor;
  }

  on<E extends keyof HistoryEvents>(type: E, listener: (event: HistoryEvents[E]) => void): () => void {
    const own = (event: HistoryEvents[E]): void => {
      listener(event);
    };
    const set: Set<(event: HistoryEvents[E]) => void> = this.#listeners[type];
    set.add(own);
    return () => {
      set.delete(own);
    };
  }
}

/** Listeners for each event, none yet. */
export function historyListeners(): Listeners {
  return { progress: new Set(), gap: new Set(), retry: new Set() };
}
