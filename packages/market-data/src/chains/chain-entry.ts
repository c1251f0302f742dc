import type { Clock } from '@ibkit/clock';
import type { IbkrError } from '@ibkit/error-codes';
import type { DataGap } from '../connection-port.js';
import type { OptionRight } from '../contracts/contract-query.js';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import type { LineShare } from '../quotes/acceptance/line-share.js';
import type { LineReader } from '../quotes/line-readers.js';
import type { Quote } from '../quotes/quote.js';
import type { RotaRow } from './line-rota.js';
import { brokerGreeks, missingParts } from './option-row.js';
import type { IncompleteReason, NoLocalGreeks, OptionChainRow, OptionRowGreeks } from './option-row.js';
import type { LocalGreeksResult } from './local-greeks.js';
import type { WindowContract } from './option-window.js';

/** A contract that may be in the window. */
export interface ListedContract extends WindowContract {
  readonly contract: ResolvedContract;
  readonly tradingClass: string;
  readonly timeZoneId?: string | undefined;
}

/** Whom an entry tells what happens to it. */
export interface EntryOwner {
  readonly clock: Clock;
  /** How long the broker's Greeks are waited for after bid and ask, in milliseconds. */
  readonly greeksWaitMs: number;
  localGreeks(entry: ChainEntry, quote: Quote): LocalGreeksResult;
  /** Something about it changed. */
  changed(entry: ChainEntry): void;
  gap(entry: ChainEntry, gap: DataGap): void;
  /** Its line is over, not by our wish. */
  lineEnded(entry: ChainEntry, error: IbkrError | undefined): void;
}

/** Local Greeks are computed anew at most this often for one contract. */
const LOCAL_EVERY_MS = 1000;

/** One contract of the window: its line while it has one, and what is known of it. */
export class ChainEntry implements LineReader, RotaRow, ListedContract {
  readonly givesWay = true;
  readonly contract: ResolvedContract;
  readonly expiry: string;
  readonly strike: number;
  readonly right: OptionRight;
  readonly tradingClass: string;
  readonly timeZoneId: string | undefined;
  rank = 0;
  tries = 0;
  notBeforeMs = 0;
  watchedAtMs = Number.NEGATIVE_INFINITY;
  /** Since when its line is waited for, monotonic milliseconds. */
  waitFromMs = 0;
  /** The line had its time without the row being complete. */
  overdue = false;
  /** With what the broker refused it, for good. */
  refusal: Error | undefined;
  readonly #owner: EntryOwner;
  #line: LineShare | undefined;
  #quote: Quote | undefined;
  #greeks: OptionRowGreeks | undefined;
  #noLocal: NoLocalGreeks | undefined;
  #sidesAtMs: number | undefined;
  #localAtMs = Number.NEGATIVE_INFINITY;
  /** What it shows is from its last line, until the present one has brought as much. */
  #held = false;
  #staleReason: string | undefined;
  #gaps = 0;
  #row: OptionChainRow | undefined;

  constructor(listed: ListedContract, owner: EntryOwner) {
    this.contract = listed.contract;
    this.expiry = listed.expiry;
    this.strike = listed.strike;
    this.right = listed.right;
    this.tradingClass = listed.tradingClass;
    this.timeZoneId = listed.timeZoneId;
    this.#owner = owner;
  }

  get watched(): boolean {
    return this.#line !== undefined;
  }

  /** Whether its line has brought nothing yet. */
  get pending(): boolean {
    return this.#line !== undefined && this.#line.quote === undefined && this.#line.staleReason === undefined;
  }

  /** Whether its line is cut off, so that waiting for it says nothing. */
  get cutOff(): boolean {
    return this.#line?.staleReason !== undefined;
  }

  get complete(): boolean {
    return this.#staleReason === undefined && this.refusal === undefined && missingParts(this.#quote, this.#greeks).length === 0;
  }

  get read(): boolean {
    return this.complete;
  }

  get mayLeave(): boolean {
    return this.complete || this.overdue;
  }

  get greeks(): OptionRowGreeks | undefined {
    return this.#greeks;
  }

  get stale(): boolean {
    return this.#staleReason !== undefined;
  }

  /** When the broker's Greeks were waited for long enough, monotonic milliseconds; `undefined` when nothing waits for that. */
  get localDueMs(): number | undefined {
    return this.#line === undefined || this.#greeks !== undefined || this.#noLocal !== undefined || this.#sidesAtMs === undefined ? undefined : this.#sidesAtMs + this.#owner.greeksWaitMs;
  }

  /** The row as it is now: the same object until something changes. */
  get row(): OptionChainRow {
    this.#row ??= this.#build();
    return this.#row;
  }

  /** Its line is open. */
  opened(line: LineShare): void {
    this.#line = line;
    this.watchedAtMs = this.#owner.clock.monotonic();
    this.waitFromMs = this.watchedAtMs;
    this.overdue = false;
    this.#held = this.complete;
    this.#sidesAtMs = undefined;
    this.#noLocal = undefined;
    if (line.quote === undefined && line.staleReason === undefined) this.#touch();
    else this.onQuote();
  }

  /** Its line was waited for in vain. */
  waitedInVain(): void {
    this.tries += 1;
    this.overdue = true;
    this.waitFromMs = this.#owner.clock.monotonic();
    const quote = this.#line?.quote;
    if (this.#held && quote !== undefined) {
      this.#held = false;
      this.#take(quote, undefined);
    }
    this.#touch();
  }

  /** Gives its line up; what is known stays, and moves no more. @returns the line */
  park(): LineShare | undefined {
    const line = this.#line;
    if (line === undefined) return undefined;
    this.#line = undefined;
    this.watchedAtMs = this.#owner.clock.monotonic();
    line.release();
    this.#touch();
    return line;
  }

  /** What is known of it is from before a break, and it has no line that would say so. */
  broken(reason: string): void {
    if (this.#line !== undefined || this.#quote === undefined || this.#staleReason !== undefined) return;
    this.#staleReason = reason;
    this.#gaps += 1;
    this.notBeforeMs = 0;
    this.#touch();
  }

  /** The time for the broker's Greeks is over. */
  computeGreeks(): void {
    const quote = this.#quote;
    if (quote === undefined) return;
    this.#localAtMs = this.#owner.clock.monotonic();
    const result = this.#owner.localGreeks(this, quote);
    this.#greeks = result.ok ? result.greeks : undefined;
    this.#noLocal = result.ok ? undefined : result.reason;
    this.#touch();
  }

  onQuote(): void {
    const line = this.#line;
    if (line === undefined) return;
    const { quote, staleReason } = line;
    // What was worked out before a break is as old as the break.
    if (this.#staleReason !== undefined && staleReason === undefined) this.#forget();
    this.#staleReason = staleReason;
    if (quote !== undefined) this.#take(quote, this.#quote);
    if (this.complete) {
      this.tries = 0;
      this.overdue = false;
    }
    this.#touch();
  }

  onMode(): void {
    this.#touch();
  }

  onGap(gap: DataGap): void {
    this.#gaps += 1;
    this.#touch();
    this.#owner.gap(this, gap);
  }

  onEnd(error: IbkrError | undefined): void {
    this.#line = undefined;
    this.watchedAtMs = this.#owner.clock.monotonic();
    this.#touch();
    this.#owner.lineEnded(this, error);
  }

  /** It is known to be refused, or is not any more. */
  touched(): void {
    this.#touch();
  }

  #forget(): void {
    this.#held = false;
    this.#greeks = undefined;
    this.#noLocal = undefined;
    this.#sidesAtMs = undefined;
  }

  #take(quote: Quote, before: Quote | undefined): void {
    const own = brokerGreeks(quote);
    if (this.#held) {
      const missing = missingParts(quote, own ?? (this.#greeks?.source === 'local' ? this.#greeks : undefined));
      if (missing.length > 0) return;
      this.#held = false;
    }
    this.#quote = quote;
    const nowMs = this.#owner.clock.monotonic();
    if (own !== undefined) {
      this.#greeks = own;
      this.#noLocal = undefined;
      return;
    }
    const sides = missingParts(quote, this.#greeks).every((part) => part === 'greeks');
    if (!sides) this.#sidesAtMs = undefined;
    else this.#sidesAtMs ??= nowMs;
    // Greeks that belong to an earlier quote are worse than none; our own are made anew.
    if (this.#greeks?.source === 'tws') this.#greeks = undefined;
    const moved = before?.bid !== quote.bid || before?.ask !== quote.ask;
    const isLocal = this.#greeks?.source === 'local' || this.#noLocal !== undefined;
    if (isLocal && moved && nowMs - this.#localAtMs >= LOCAL_EVERY_MS) this.computeGreeks();
  }

  #touch(): void {
    this.#row = undefined;
    this.#owner.changed(this);
  }

  #reason(missing: OptionChainRow['missing']): IncompleteReason | undefined {
    if (this.refusal !== undefined) return 'refused';
    if (this.#staleReason !== undefined) return 'stale';
    if (missing.length === 0) return undefined;
    if (missing.length === 1 && missing[0] === 'greeks' && this.#noLocal !== undefined) return 'no-greeks';
    if (this.overdue || this.tries > 0) return 'no-answer';
    return this.watched ? 'waiting' : 'not-read';
  }

  #build(): OptionChainRow {
    const quote = this.#quote;
    const missing = missingParts(quote, this.#greeks);
    const none = quote?.saidNone ?? [];
    return Object.freeze({
      conId: this.contract.conId,
      contract: this.contract,
      expiry: this.expiry,
      strike: this.strike,
      right: this.right,
      tradingClass: this.tradingClass,
      bid: quote?.bid,
      bidSize: quote?.bidSize,
      ask: quote?.ask,
      askSize: quote?.askSize,
      last: quote?.last,
      volume: quote?.volume,
      openInterest: this.right === 'C' ? quote?.callOpenInterest : quote?.putOpenInterest,
      noBid: none.includes('bid'),
      noAsk: none.includes('ask'),
      greeks: this.#greeks,
      noLocalGreeks: this.#noLocal,
      mode: quote?.mode ?? 'unknown',
      complete: this.complete,
      missing: Object.freeze(missing),
      incompleteReason: this.#reason(missing),
      watched: this.watched,
      readAtMs: quote?.receivedAtMs,
      stale: this.#staleReason !== undefined,
      staleReason: this.#staleReason,
      gaps: this.#gaps,
      error: this.refusal,
      quote,
    });
  }
}
