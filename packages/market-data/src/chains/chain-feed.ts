import { setMaxListeners } from 'node:events';
import type { Clock, Timer } from '@ibkit/clock';
import { UsageError, asError, isIbkrError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import type { DataGap } from '../connection-port.js';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import type { LinkChange } from '../streams/link-watch.js';
import { emptyChainError, noPermissionError, noPriceForWindowError } from './chain-errors.js';
import { ChainBoard } from './chain-board.js';
import type { ChainEntry, EntryOwner } from './chain-entry.js';
import { ChainGaps } from './chain-gaps.js';
import type { ChainDeps, ChainJob, ChainSink } from './chain-job.js';
import { ChainLines } from './chain-lines.js';
import { partialOf, progressOf } from './chain-report.js';
import type { LeftOutOptions, OptionChainPartial, OptionChainProgress } from './chain-report.js';
import { learnChain } from './learn-chain.js';
import { LocalModel } from './local-greeks.js';
import type { LocalGreeksResult } from './local-greeks.js';
import type { ChosenClass } from './option-class.js';
import type { OptionChainRow } from './option-row.js';
import { needsPrice } from './option-window.js';
import { UnderlyingWatch } from './underlying-watch.js';
import type { ChainUnderlying } from './underlying-watch.js';

const UNDERLYING_WAIT_MS = 10_000;
const DAY_LOOK_MS = 60_000;
const REFINE_MS = 250;
/** Of the 100 lines that every account has, some are for others. */
const USUAL_LINES = 80;
const TRIES_OF_ONE_READING = 2;
const REFUSALS_FOR_ALL = 3;
/** TWS API: not subscribed, in several wordings. */
const NO_PERMISSION: ReadonlySet<number> = new Set([354, 10089, 10090, 10168, 10186]);
const NOT_FOUND = 200;
const UNDERLYING_TYPES: ReadonlySet<string> = new Set(['STK', 'IND', 'FUT', 'CASH', 'CMDTY', 'CFD', 'CRYPTO', 'FUND', 'BOND']);

/** The working part of a chain: definitions, window, lines and rows. */
export class ChainFeed implements EntryOwner {
  readonly clock: Clock;
  readonly greeksWaitMs: number;
  readonly #deps: ChainDeps;
  readonly #job: ChainJob;
  readonly #sink: ChainSink;
  readonly #lines: ChainLines;
  readonly #stop = new AbortController();
  readonly #startedAtMs: number;
  readonly #gaps: ChainGaps;
  readonly #dirty = new Set<ChainEntry>();
  readonly #offLink: () => void;
  #underlying: ResolvedContract | undefined;
  #watch: UnderlyingWatch | undefined;
  #model: LocalModel | undefined;
  #board: ChainBoard | undefined;
  #day = '';
  #priceTimer: Timer | undefined;
  #dayTimer: Timer | undefined;
  #refine: Timer | undefined;
  #flushing = false;
  #someLeft = false;
  #complete = false;
  #everComplete = false;
  #hadRows = false;
  #refusals = 0;
  #ended = false;

  constructor(deps: ChainDeps, job: ChainJob, sink: ChainSink) {
    setMaxListeners(0, this.#stop.signal);
    const { wants } = job;
    this.#deps = deps;
    this.#job = job;
    this.#sink = sink;
    this.clock = deps.clock;
    this.greeksWaitMs = wants.localGreeks?.waitMs ?? wants.rowTimeoutMs;
    this.#startedAtMs = deps.clock.monotonic();
    this.#gaps = new ChainGaps({ clock: deps.clock, link: deps.link, onGap: (gap) => { sink.gap(gap); } });
    this.#lines = new ChainLines({
      clock: deps.clock,
      link: deps.link,
      lines: deps.lines,
      wants: { ticks: wants.ticks, mode: wants.mode },
      most: wants.lines ?? (deps.hasBudget ? Number.MAX_SAFE_INTEGER : USUAL_LINES),
      rowTimeoutMs: wants.rowTimeoutMs,
      rowsPerSecond: wants.rowsPerSecond,
      follows: job.follows,
      onRefused: (entry, error) => {
        this.#refuse(entry, error);
      },
      onWaited: () => {
        this.#judge();
      },
    });
    this.#offLink = deps.link.on((change) => {
      this.#onLink(change);
    });
  }

  get underlying(): ChainUnderlying | undefined {
    return this.#watch?.view;
  }

  /** The rows in the order of expiry, strike and right. */
  get rows(): readonly OptionChainRow[] {
    return (this.#board?.entries ?? []).map(({ row }) => row);
  }

  get leftOut(): readonly LeftOutOptions[] {
    return this.#board?.leftOut ?? [];
  }

  get classes(): readonly ChosenClass[] {
    return this.#board?.chosen ?? [];
  }

  get isComplete(): boolean {
    return this.#complete;
  }

  get progress(): OptionChainProgress {
    const { known = 0, wanted = 0, entries = [] } = this.#board ?? {};
    const { mostOpen, expected } = this.#lines;
    return progressOf({ entries, known, wanted, elapsedMs: this.clock.monotonic() - this.#startedAtMs, lines: { mostOpen, expected } });
  }

  /** Begins. */
  start(): void {
    this.#deps.finder.find(this.#job.contract, this.#stop.signal, {
      found: (underlying) => {
        this.#begin(underlying);
      },
      failed: (error) => {
        this.#fail(error);
      },
    });
  }

  /** What it lacks now. */
  partial(): OptionChainPartial {
    return partialOf({ rows: this.rows, missingExpiries: this.#board?.missingExpiries ?? [], progress: this.progress, link: this.#deps.link.reason });
  }

  /** Ends it. Resolves once the broker was told. */
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#stop.abort();
    this.#offLink();
    for (const timer of [this.#priceTimer, this.#dayTimer, this.#refine]) timer?.cancel();
    this.#watch?.close();
    await this.#lines.close();
  }

  localGreeks(entry: ChainEntry, quote: NonNullable<OptionChainRow['quote']>): LocalGreeksResult {
    if (this.#model === undefined) return { ok: false, reason: 'switched-off' };
    return this.#model.of(entry, quote, { underlyingPrice: this.#watch?.price, marketMs: this.#marketMs(), atMs: this.clock.now() });
  }

  changed(entry: ChainEntry): void {
    if (this.#ended) return;
    this.#dirty.add(entry);
    this.#flushSoon();
  }

  gap(entry: ChainEntry, gap: DataGap): void {
    if (!this.#ended) this.#sink.rowGap(entry, gap);
  }

  lineEnded(entry: ChainEntry, error: IbkrError | undefined): void {
    if (this.#ended) return;
    const again = this.#lines.lineEnded(error, entry);
    if (again || error === undefined) return;
    if (error.brokerCode === NOT_FOUND) this.#board?.delist(entry);
    else this.#refuse(entry, error);
    if (error.brokerCode === NOT_FOUND) this.#applyRows();
  }

  #begin(underlying: ResolvedContract): void {
    if (!UNDERLYING_TYPES.has(underlying.secType)) {
      throw new UsageError({ field: 'contract.secType', value: underlying.secType, rule: 'must be an underlying: a stock, an index, or one month of a future' });
    }
    const { wants } = this.#job;
    this.#underlying = underlying;
    this.#model = new LocalModel({ underlying, options: wants.localGreeks });
    this.#watch = new UnderlyingWatch({
      contract: underlying,
      lines: this.#deps.lines,
      wants: { ticks: [], mode: wants.mode },
      callerPrice: wants.underlyingPrice,
      onPrice: () => {
        this.#onPrice();
      },
      onEnd: (error) => {
        if (this.#needsPrice && this.#watch?.price === undefined) this.#fail(noPriceForWindowError(underlying.localSymbol, this.#elapsedMs, error));
      },
    });
    this.#watch.start();
    if (this.#ended) return;
    void this.#load();
    if (this.#job.follows) this.#everyMinute();
  }

  get #needsPrice(): boolean {
    return needsPrice(this.#job.wants);
  }

  get #elapsedMs(): number {
    return Math.round(this.clock.monotonic() - this.#startedAtMs);
  }

  /** The market's own time. */
  #marketMs(): number {
    return this.#deps.connection.serverNow?.() ?? this.clock.now();
  }

  /** Learns what is listed today; rows are read as soon as they are known. */
  async #load(): Promise<void> {
    const { definitions } = this.#deps;
    const underlying = this.#underlying;
    if (underlying === undefined) return;
    const day = definitions.today(underlying);
    this.#day = day;
    const isOver = (): boolean => this.#ended || this.#day !== day;
    const { wants } = this.#job;
    try {
      await learnChain({
        definitions, underlying, day, wants, isOver,
        begin: (chosen) => {
          const board = new ChainBoard({ underlying, wants, chosen, owner: this, model: this.#model, before: this.#board });
          const price = this.#watch?.price;
          if (price !== undefined) board.centreOn(price);
          this.#board = board;
          this.#awaitPrice();
          return board;
        },
        learned: () => {
          this.#applyRows();
        },
      });
      if (!isOver()) this.#judge();
    } catch (error) {
      if (!isOver()) this.#fail(asError(error));
    }
  }

  /** A window around a price waits for one, but not for ever. Without the link the wait is nobody's fault. */
  #awaitPrice(): void {
    if (!this.#needsPrice || this.#watch?.price !== undefined) return;
    this.#priceTimer = this.clock.setTimer(UNDERLYING_WAIT_MS, () => {
      if (this.#ended || this.#watch?.price !== undefined) return;
      if (this.#deps.link.status === 'up') this.#fail(noPriceForWindowError(this.#underlying?.localSymbol ?? '', UNDERLYING_WAIT_MS, undefined));
      else this.#awaitPrice();
    }, { keepAlive: false });
  }

  #everyMinute(): void {
    this.#dayTimer = this.clock.setTimer(DAY_LOOK_MS, () => {
      const underlying = this.#underlying;
      // Expiries end, and strikes are added, over night.
      if (underlying !== undefined && this.#deps.definitions.today(underlying) !== this.#day) void this.#load();
      this.#everyMinute();
    }, { keepAlive: false });
  }

  #onPrice(): void {
    const price = this.#watch?.price;
    const board = this.#board;
    if (price === undefined || board === undefined || this.#ended) return;
    if (board.centre === undefined) {
      board.centreOn(price);
      this.#applyRows();
      this.#judge();
      return;
    }
    // A chain that is read once stays where it began.
    if (!this.#job.follows) return;
    if (!board.shouldRecentre(price)) {
      if (board.rerank(price)) this.#lines.setRows(board.ranked);
      return;
    }
    const fromPrice = board.centre;
    board.centreOn(price);
    const { added, removed } = this.#applyRows();
    const ids = (entries: readonly ChainEntry[]): readonly number[] => Object.freeze(entries.map(({ contract }) => contract.conId));
    this.#sink.recentred(Object.freeze({ fromPrice, toPrice: price, added: ids(added), removed: ids(removed), atMs: this.clock.now() }));
  }

  /** Puts the window over what is known. */
  #applyRows(): { readonly added: readonly ChainEntry[]; readonly removed: readonly ChainEntry[] } {
    const board = this.#board;
    if (board === undefined) return { added: [], removed: [] };
    const change = board.apply(this.#watch?.price, this.#marketMs());
    for (const entry of change.removed) this.#lines.leave(entry);
    for (const entry of change.removed) this.#dirty.delete(entry);
    // Whoever looks before anything of it was read, or hears of the new window, is not to find it complete.
    if (change.added.length > 0) this.#complete = false;
    if (change.removed.length > 0) {
      // It may have been all that was lacking.
      this.#someLeft = true;
      this.#flushSoon();
      this.#sink.left(change.removed);
    }
    for (const entry of change.added) this.changed(entry);
    this.#lines.setRows(board.ranked);
    return change;
  }

  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#ended) return;
    const changed = new Set(this.#dirty);
    this.#dirty.clear();
    const board = this.#board;
    let news = this.#someLeft;
    this.#someLeft = false;
    let cut = false;
    for (const entry of changed) {
      if (board?.note(entry) === true) news = true;
      if (entry.cutOff) cut = true;
      const { greeks } = entry;
      if (greeks?.source === 'tws' && greeks.underlyingPrice !== undefined && !entry.stale) this.#watch?.told(greeks.underlyingPrice);
      if (!entry.stale && entry.watched && entry.row.readAtMs !== undefined) this.#gaps.end();
    }
    if (cut) this.#gaps.notice(this.#board?.entries ?? []);
    if (changed.size > 0) this.#sink.changed(changed);
    if (!news) return;
    this.#sink.progressed();
    this.#lines.wake();
    this.#judge();
  }

  /** Is it complete, or as complete as it gets? */
  #judge(): void {
    const board = this.#board;
    if (board === undefined || this.#ended) return;
    const isOver = (entry: ChainEntry): boolean => entry.complete || entry.refusal !== undefined || entry.tries >= TRIES_OF_ONE_READING;
    if (this.#job.wants.delta !== undefined && board.isSettled(isOver)) this.#refineNow();
    const settled = board.isSettled(isOver);
    if (board.size > 0) this.#hadRows = true;
    if (board.isKnown && board.size === 0 && !(this.#job.follows && this.#hadRows)) {
      this.#fail(emptyChainError(this.#underlying?.localSymbol ?? '', board.emptyReason, { leftOut: board.leftOut }));
      return;
    }
    const complete = board.isKnown && board.missingExpiries.length === 0 && board.isRead;
    if (complete) this.#everComplete = true;
    if (complete && !this.#complete) {
      this.#complete = true;
      this.#sink.becameComplete(this.progress);
    } else if (!complete) this.#complete = false;
    if (!this.#job.follows && settled) this.#sink.settled();
    else if (this.#job.wants.delta !== undefined && !this.#everComplete) this.#refineSoon();
  }

  /** Deltas that were read say more about those that were not. */
  #refineSoon(): void {
    if (this.#refine !== undefined || this.#board?.hasNews !== true) return;
    this.#refine = this.clock.setTimer(REFINE_MS, () => {
      this.#refine = undefined;
      this.#refineNow();
    }, { keepAlive: false });
  }

  #refineNow(): void {
    if (this.#ended || this.#board?.hasNews !== true) return;
    const { added, removed } = this.#applyRows();
    if (added.length + removed.length > 0) this.#judge();
  }

  #refuse(entry: ChainEntry, error: Error): void {
    entry.refusal = error;
    entry.notBeforeMs = Number.POSITIVE_INFINITY;
    entry.touched();
    this.#refusals += 1;
    const underlying = this.#underlying;
    const all = !this.#everComplete && this.#refusals >= Math.min(REFUSALS_FOR_ALL, this.#board?.size ?? 1) && this.#board?.anyComplete === false;
    if (all && isIbkrError(error) && error.brokerCode !== undefined && NO_PERMISSION.has(error.brokerCode) && underlying !== undefined) {
      this.#fail(noPermissionError(underlying.localSymbol, error));
      return;
    }
    this.#judge();
  }

  #onLink(change: LinkChange): void {
    switch (change.type) {
      case 'down':
      case 'streamsLost':
        this.#gaps.begin(change.reason);
        for (const entry of this.#board?.entries ?? []) entry.broken(change.reason);
        return;
      case 'up':
        this.#lines.linkUp();
        return;
      case 'farmDown':
      case 'frameLost':
        // The lines know; what is not watched says so.
    }
  }

  #fail(error: Error): void {
    if (this.#ended) return;
    void this.close();
    this.#sink.failed(error);
  }
}
