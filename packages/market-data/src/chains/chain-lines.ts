import type { Clock, Timer } from '@ibkit/clock';
import { RateLimitError, asError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import { LINE_TAKEN_BACK } from '../quotes/line-registry.js';
import type { LineRegistry } from '../quotes/line-registry.js';
import type { LineWants } from '../quotes/line-machine.js';
import type { LineShare } from '../quotes/acceptance/line-share.js';
import type { LinkWatch } from '../streams/link-watch.js';
import type { ChainEntry } from './chain-entry.js';
import { rotaStep } from './line-rota.js';

/** What {@link ChainLines} works with. */
export interface ChainLinesOptions {
  readonly clock: Clock;
  readonly link: LinkWatch;
  readonly lines: LineRegistry;
  readonly wants: LineWants;
  /** Lines that may be held at a time. */
  readonly most: number;
  readonly rowTimeoutMs: number;
  readonly rowsPerSecond: number;
  /** Whether the chain is followed, and not read once. */
  readonly follows: boolean;
  /** A line could not be asked for, and not for want of lines. */
  readonly onRefused: (entry: ChainEntry, error: Error) => void;
  /** Rows were waited for in vain. */
  readonly onWaited: () => void;
}

/** Requests without an answer at a time: enough to keep the limiter busy, and few enough that others do not wait behind them. */
const MOST_PENDING = 60;
const TICK_MS = 200;
/** How long a budget that was used up is believed to be. */
const BUDGET_RETRY_MS = 1000;
/** How long the broker's word is believed that there are no more lines (101). */
const BROKER_RETRY_MS = 60_000;
const AGAIN_MS = 1000;
const FIRST_PAUSE_MS = 10_000;
const MOST_PAUSE_MS = 120_000;
const TOO_MANY_LINES = 101;

/** The lines of one chain: gives them to its contracts in turn, never more than there are. */
export class ChainLines {
  readonly #options: ChainLinesOptions;
  #rows: readonly ChainEntry[] = [];
  #open = 0;
  #closing = 0;
  #mostOpen = 0;
  #wasShort = false;
  #shortage: { readonly slots: number; readonly untilMs: number } | undefined;
  #exchangedAtMs: number;
  #timer: Timer | undefined;
  #awake = false;
  #ended = false;
  readonly #farewells = new Set<Promise<void>>();

  constructor(options: ChainLinesOptions) {
    this.#options = options;
    this.#exchangedAtMs = options.clock.monotonic();
  }

  /** Lines that are open. */
  get open(): number {
    return this.#open;
  }

  /** The most lines that were had at a time. */
  get mostOpen(): number {
    return this.#mostOpen;
  }

  /** Lines that may be had now. */
  get slots(): number {
    const shortage = this.#shortage;
    if (shortage !== undefined && shortage.untilMs <= this.#options.clock.monotonic()) this.#shortage = undefined;
    return Math.min(this.#options.most, this.#shortage?.slots ?? Number.POSITIVE_INFINITY);
  }

  /** Lines that the chain can count on, as far as is known. */
  get expected(): number {
    return this.#wasShort ? Math.min(this.#options.most, this.#mostOpen) : this.#options.most;
  }

  /** These contracts, in the order of nearness to the money. Give those that left to {@link ChainLines.leave}. */
  setRows(rows: readonly ChainEntry[]): void {
    rows.forEach((entry, rank) => {
      entry.rank = rank;
    });
    this.#rows = rows;
    this.wake();
  }

  /** A contract is not in the chain any more. */
  leave(entry: ChainEntry): void {
    this.#giveUp(entry);
  }

  /** Something changed: look again in a moment. */
  wake(): void {
    if (this.#awake || this.#ended) return;
    this.#awake = true;
    queueMicrotask(() => {
      this.#awake = false;
      this.#look();
    });
  }

  /** The link is back: what waits, waits from now on. */
  linkUp(): void {
    const nowMs = this.#options.clock.monotonic();
    for (const entry of this.#rows) entry.waitFromMs = nowMs;
    this.wake();
  }

  /** The line of a contract is over. @returns whether the contract is to be asked for again */
  lineEnded(error: IbkrError | undefined, entry: ChainEntry): boolean {
    this.#open -= 1;
    const nowMs = this.#options.clock.monotonic();
    entry.notBeforeMs = nowMs + AGAIN_MS;
    this.wake();
    if (error === undefined) return true;
    if (error.code === LINE_TAKEN_BACK) {
      this.#short(this.#open, BUDGET_RETRY_MS);
      return true;
    }
    if (error.brokerCode !== TOO_MANY_LINES) return false;
    this.#short(Math.max(1, this.#open), BROKER_RETRY_MS);
    return true;
  }

  /** Gives everything up. Resolves once the broker was told. */
  async close(): Promise<void> {
    this.#ended = true;
    this.#timer?.cancel();
    for (const entry of this.#rows) this.#giveUp(entry);
    await Promise.all(this.#farewells);
  }

  #look(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    // Without a link nothing can be read, and rows that wait for it have not been waited for in vain.
    if (this.#ended || this.#options.link.status !== 'up') return;
    const nowMs = this.#options.clock.monotonic();
    this.#waited(nowMs);
    const slots = this.slots;
    const pending = this.#rows.filter((entry) => entry.pending && !entry.overdue).length;
    const step = rotaStep({
      rows: this.#rows,
      free: slots - this.#open - this.#closing,
      leaving: this.#closing,
      mayOpen: MOST_PENDING - pending,
      slots: Number.isFinite(slots) ? slots : this.#open,
      nowMs,
      follows: this.#options.follows,
      exchanges: this.#exchanges(nowMs),
    });
    if (step.exchanged) this.#exchangedAtMs = nowMs;
    for (const entry of step.close) this.#giveUp(entry);
    for (const entry of step.open) if (!this.#ask(entry)) break;
    this.#later();
  }

  #waited(nowMs: number): void {
    let any = false;
    for (const entry of this.#rows) {
      if (entry.watched && this.#waitsInVain(entry, nowMs)) any = true;
    }
    if (any) this.#options.onWaited();
  }

  #waitsInVain(entry: ChainEntry, nowMs: number): boolean {
    if (entry.complete || entry.cutOff) {
      entry.waitFromMs = nowMs;
      return false;
    }
    if (entry.localDueMs !== undefined && entry.localDueMs <= nowMs) {
      entry.computeGreeks();
      return false;
    }
    if (nowMs - entry.waitFromMs < this.#options.rowTimeoutMs) return false;
    entry.waitedInVain();
    return true;
  }

  /** Rows that were read may be exchanged at a steady pace only: every exchange is two messages that nobody else can send. */
  #exchanges(nowMs: number): number {
    if (!this.#options.follows) return 0;
    return Math.floor(((nowMs - this.#exchangedAtMs) * this.#options.rowsPerSecond) / 1000);
  }

  /** @returns whether there may be lines for more */
  #ask(entry: ChainEntry): boolean {
    const { lines, wants } = this.#options;
    // A line may end, or tell something, before it is ours.
    let line: LineShare;
    try {
      line = lines.acquire(entry.contract, entry, wants);
    } catch (error) {
      if (error instanceof RateLimitError) {
        this.#short(this.#open, BUDGET_RETRY_MS);
        this.wake();
        return false;
      }
      this.#options.onRefused(entry, asError(error));
      return true;
    }
    this.#open += 1;
    this.#mostOpen = Math.max(this.#mostOpen, this.#open);
    entry.opened(line);
    return true;
  }

  #giveUp(entry: ChainEntry): void {
    if (!entry.watched) return;
    if (!entry.complete) entry.notBeforeMs = this.#options.clock.monotonic() + this.#pauseMs(entry);
    const line = entry.park();
    if (line === undefined) return;
    this.#open -= 1;
    // Somebody else may read it; then it is not ours to close.
    if (!line.idle) return;
    this.#closing += 1;
    const farewell = line.close().finally(() => {
      this.#closing -= 1;
      this.#farewells.delete(farewell);
      this.wake();
    });
    this.#farewells.add(farewell);
  }

  /** A contract that never answers must not cost the others their lines again and again. */
  #pauseMs({ tries }: ChainEntry): number {
    return this.#options.follows ? Math.min(MOST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, tries - 1)) : AGAIN_MS;
  }

  #short(slots: number, forMs: number): void {
    this.#wasShort = true;
    this.#shortage = { slots: Math.min(slots, this.#options.most), untilMs: this.#options.clock.monotonic() + forMs };
  }

  /** While anything waits, time is what may change it. */
  #later(): void {
    const waits = this.#rows.some((entry) => (entry.watched ? !entry.complete : !entry.read || this.#options.follows));
    if (!waits) return;
    this.#timer = this.#options.clock.setTimer(TICK_MS, () => {
      this.#look();
    }, { keepAlive: false });
  }
}
