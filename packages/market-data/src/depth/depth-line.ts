import type { Timer } from '@ibkit/clock';
import type { ServerMessage, WireContract } from '@ibkit/wire';
import type { BrokerNoticeMessage, DataGap } from '../connection-port.js';
import { wireContract } from '../contracts/resolved-contract.js';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import type { SecondLook } from '../liveness/watched-stream.js';
import type { Quote } from '../quotes/quote.js';
import { KeptLine, keptLineVerdict } from '../streams/kept-line.js';
import type { KeptLineDeps, KeptLineVerdict } from '../streams/kept-line.js';
import type { DepthBook } from './depth-book.js';
import { changeOf } from './depth-change.js';
import { smartExchangesOf } from './depth-exchanges.js';
import type { SmartDepthExchanges } from './depth-exchanges.js';
import { HALTED, RESET, SMART_EXCHANGES, STALE, TOO_MANY_BOOKS } from './depth-notice.js';
import { OrderBook } from './order-book.js';
import type { BookChange, BookFault, DepthLevel } from './order-book.js';

/** The book was emptied. */
export interface DepthReset {
  readonly reason: string;
  readonly atMs: number;
}

/** A change that did not fit the book. */
export interface DepthFault {
  readonly fault: BookFault | 'not an operation' | 'prices out of order';
  readonly change?: BookChange | undefined;
  readonly atMs: number;
}

/** Somebody who reads a book. */
export interface DepthReader {
  /** The book changed, possibly several times. */
  onBook(): void;
  onChange(change: BookChange): void;
  onGap(gap: DataGap): void;
  onReset(reset: DepthReset): void;
  onFault(fault: DepthFault): void;
  onEnd(error: Error | undefined): void;
}

/** Which book a {@link DepthLine} carries. */
export interface DepthLineOptions {
  readonly contract: ResolvedContract;
  readonly rows: number;
  readonly smart: boolean;
  readonly onClosed: (error: Error | undefined) => void;
}

/** How long after its first row a book with fewer rows than asked for is taken for whole. TWS sends the rows at once, without an end mark. */
const FILL_MS = 500;
/** How long prices may be out of order: rows that move are changed one after the other. */
const DISORDER_MS = 2000;
/** How long a book must have been right for its next fault to be the first again. */
const STEADY_MS = 30_000;
const FIRST_AGAIN_MS = 1000;
const MOST_AGAIN_MS = 60_000;
const NOTHING = Object.freeze({ bids: [], asks: [], crossed: false });
/** Refusals in a row of a book that was there before (309), until it is given up. */
const MOST_REFUSALS = 5;

/** One book at the broker, shared by all its readers: empty and stale whenever it may be wrong, and then asked for again. */
export class DepthLine {
  readonly contract: ResolvedContract;
  readonly rows: number;
  readonly smart: boolean;
  readonly #deps: KeptLineDeps;
  readonly #onClosed: DepthLineOptions['onClosed'];
  readonly #readers = new Set<DepthReader>();
  readonly #book: OrderBook;
  readonly #kept: KeptLine;
  #asked: WireContract;
  #shown: { readonly bids: readonly DepthLevel[]; readonly asks: readonly DepthLevel[]; readonly crossed: boolean } = NOTHING;
  /** Why nothing is known; absent once a row has come. */
  #voidReason: string | undefined;
  /** Runs while rows may still be missing that were there all the time. */
  #filling: Timer | undefined;
  /** Runs while prices are out of order. */
  #disorder: Timer | undefined;
  /** Why something may be missing, until the next change. */
  #doubt: string | undefined;
  #receivedAtMs: number | undefined;
  #steadySinceMs: number | undefined;
  #hadRows = false;
  #gaps = 0;
  #resets = 0;
  #faults = 0;
  #refusals = 0;
  #exchanges: SmartDepthExchanges | undefined;
  #dirty = false;
  #open = true;

  constructor(deps: KeptLineDeps, { contract, rows, smart, onClosed }: DepthLineOptions) {
    this.contract = contract;
    this.rows = rows;
    this.smart = smart;
    this.#deps = deps;
    this.#onClosed = onClosed;
    this.#book = new OrderBook(rows);
    this.#asked = wireContract(contract);
    this.#voidReason = deps.link.reason ?? STALE.waiting;
    this.#kept = new KeptLine(deps, {
      name: `market depth of ${contract.localSymbol}`,
      build: (reqId) => ({ type: 'reqMktDepth', reqId, contract: this.#asked, numRows: rows, isSmartDepth: smart }),
      cancel: (reqId) => ({ type: 'cancelMktDepth', reqId, isSmartDepth: smart }),
      receive: (message) => {
        this.#receive(message);
      },
      onBroken: (reason) => {
        this.#void(reason);
      },
      onDoubt: (reason) => {
        this.#doubt = reason;
        this.#tellBook();
      },
      onTrusted: () => {
        this.#doubt = undefined;
        this.#tellBook();
      },
      watch: { kind: 'depth', contract, compare: (seen) => this.#compare(seen) },
      onGap: (gap) => {
        this.#gaps += 1;
        for (const reader of [...this.#readers]) reader.onGap(gap);
      },
      judge: (notice) => this.#judge(notice),
      onEnd: (error) => {
        void this.close(error);
      },
    });
  }

  /** The book of now, with at most so many rows on a side. */
  book(rows: number): DepthBook {
    const { symbol, conId } = this.contract;
    const { bids, asks, crossed } = this.#shown;
    const staleReason = this.#staleReason;
    return Object.freeze({
      symbol,
      conId,
      bids: Object.freeze(bids.slice(0, rows)),
      asks: Object.freeze(asks.slice(0, rows)),
      stale: staleReason !== undefined,
      staleReason,
      crossed,
      receivedAtMs: this.#receivedAtMs,
      gaps: this.#gaps,
      resets: this.#resets,
      exchanges: this.#exchanges,
    });
  }

  add(reader: DepthReader): void {
    this.#readers.add(reader);
  }

  /** The reader reads no more; without any reader the line is closed. Resolves once the broker was told. */
  async remove(reader: DepthReader): Promise<void> {
    this.#readers.delete(reader);
    if (this.#readers.size === 0) await this.close();
  }

  /** Ends the book for all its readers. Resolves once the broker was told. */
  async close(error?: Error): Promise<void> {
    if (this.#open) {
      this.#open = false;
      this.#cancelTimers();
      this.#onClosed(error);
      for (const reader of [...this.#readers]) reader.onEnd(error);
      this.#readers.clear();
    }
    await this.#kept.close();
  }

  #receive(message: ServerMessage): void {
    if (message.type === 'rerouteMktDepthReq') {
      // TWS API: the book of a CFD is that of its underlying, which the client has to ask for.
      this.#asked = { conId: message.conId, exchange: message.exchange };
      this.#kept.redirect();
      return;
    }
    if (message.type !== 'marketDepth' && message.type !== 'marketDepthL2') return;
    // Before the book is asked for again nothing on this line counts.
    if (!this.#kept.linkUp) return;
    const change = changeOf(message);
    const fault = change === undefined ? 'not an operation' : this.#book.apply(change);
    this.#receivedAtMs = this.#deps.clock.now();
    if (fault !== undefined || change === undefined) {
      this.#wrong({ fault: fault ?? 'not an operation', change, atMs: this.#receivedAtMs });
      return;
    }
    this.#refusals = 0;
    this.#hadRows = true;
    this.#doubt = undefined;
    if (this.#voidReason !== undefined) {
      this.#voidReason = undefined;
      this.#filling = this.#later(FILL_MS, () => {
        this.#filled();
        this.#look();
      });
    }
    for (const reader of [...this.#readers]) reader.onChange(change);
    this.#markDirty();
  }

  #judge(notice: BrokerNoticeMessage): KeptLineVerdict {
    switch (notice.code) {
      case SMART_EXCHANGES:
        this.#exchanges = smartExchangesOf(notice.msg) ?? this.#exchanges;
        return 'keep';
      case RESET:
        this.#void(STALE.reset);
        return 'keep';
      case HALTED:
        return { againMs: Math.max(FIRST_AGAIN_MS, this.#againMs()), reason: STALE.halted };
      case TOO_MANY_BOOKS:
        // The place of a book that was just given up may be taken for a moment.
        this.#refusals += 1;
        if (!this.#hadRows || this.#refusals > MOST_REFUSALS) return 'end';
        return { againMs: Math.max(FIRST_AGAIN_MS, this.#againMs()), reason: STALE.refused };
      default:
        return keptLineVerdict(notice, this.#deps.competingRetryMs);
    }
  }

  /** Whether the market has moved away from the best rows. */
  #compare(seen: Pick<Quote, 'bid' | 'ask'>): SecondLook {
    if (seen.bid === undefined && seen.ask === undefined) return 'empty';
    const [bid] = this.#shown.bids;
    const [ask] = this.#shown.asks;
    return seen.bid === bid?.price && seen.ask === ask?.price ? 'quiet' : 'moved';
  }

  /** The book is not the broker's: nothing of it is shown any more, and another one is asked for. */
  #wrong(fault: DepthFault): void {
    for (const reader of [...this.#readers]) reader.onFault(Object.freeze(fault));
    this.#kept.reopen(STALE.inconsistent, this.#againMs());
  }

  /** How long to wait before a book is asked for again: not at all the first time, then longer each time, until one was right for a while. */
  #againMs(): number {
    const nowMs = this.#deps.clock.monotonic();
    if (this.#steadySinceMs !== undefined && nowMs - this.#steadySinceMs >= STEADY_MS) this.#faults = 0;
    this.#steadySinceMs = undefined;
    this.#faults += 1;
    return this.#faults === 1 ? 0 : Math.min(MOST_AGAIN_MS, FIRST_AGAIN_MS * 2 ** (this.#faults - 2));
  }

  get #staleReason(): string | undefined {
    if (this.#voidReason !== undefined) return this.#voidReason;
    if (this.#disorder !== undefined) return STALE.disordered;
    return this.#filling === undefined ? this.#doubt : STALE.filling;
  }

  /** Every row is void. */
  #void(reason: string): void {
    const wasEmpty = this.#voidReason !== undefined;
    this.#cancelTimers();
    this.#book.clear();
    this.#shown = NOTHING;
    this.#steadySinceMs = undefined;
    this.#doubt = undefined;
    this.#voidReason = reason;
    if (!wasEmpty) this.#resets += 1;
    this.#tellBook();
    if (wasEmpty) return;
    const reset = Object.freeze({ reason, atMs: this.#deps.clock.now() });
    for (const reader of [...this.#readers]) reader.onReset(reset);
  }

  /** Readers see a book once per turn, however many changes the turn brought: rows that move are changed one after the other. */
  #markDirty(): void {
    if (this.#dirty) return;
    this.#dirty = true;
    queueMicrotask(() => {
      this.#dirty = false;
      if (this.#open && this.#voidReason === undefined) this.#look();
    });
  }

  #look(): void {
    if (this.#book.full) this.#filled();
    if (this.#book.ordered) {
      this.#disorder?.cancel();
      this.#disorder = undefined;
      const { bids, asks, crossed } = this.#book;
      this.#shown = { bids: [...bids], asks: [...asks], crossed };
      if (this.#filling === undefined) this.#steadySinceMs ??= this.#deps.clock.monotonic();
    } else {
      // What was shown before stays, as stale.
      this.#disorder ??= this.#later(DISORDER_MS, () => {
        this.#wrong({ fault: 'prices out of order', atMs: this.#deps.clock.now() });
      });
    }
    this.#tellBook();
  }

  #filled(): void {
    this.#filling?.cancel();
    this.#filling = undefined;
  }

  #cancelTimers(): void {
    this.#filled();
    this.#disorder?.cancel();
    this.#disorder = undefined;
  }

  #later(ms: number, run: () => void): Timer {
    return this.#deps.clock.setTimer(ms, run, { keepAlive: false });
  }

  #tellBook(): void {
    for (const reader of [...this.#readers]) reader.onBook();
  }
}
