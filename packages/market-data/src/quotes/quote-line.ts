import type { Clock, Timer } from '@ibkit/clock';
import { isIbkrError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import type { ServerMessage } from '@ibkit/wire';
import type { BrokerNoticeMessage, DataGap, MarketDataConnection } from '../connection-port.js';
import { GapTracker } from '../streams/gap-tracker.js';
import type { SecondLook, StreamWatch, StreamWatching } from '../liveness/watched-stream.js';
import { announcesDelayed, isRefused, notSubscribedError } from './acceptance/acceptance.js';
import { IDLE_LINE, lineTransition } from './line-machine.js';
import type { LineEffect, LineInput, LineState, LineWants } from './line-machine.js';
import { COMPETING_REASON, lineVerdict } from './line-notice.js';
import { LineReaders } from './line-readers.js';
import type { LineReader } from './line-readers.js';
import { LineRequest } from './line-request.js';
import { LineTurn } from './line-turn.js';
import type { LinkChange, LinkWatch } from '../streams/link-watch.js';
import type { TurnQueue } from '../streams/turn-queue.js';
import { allowsDelayed } from './market-data-mode.js';
import type { QuoteMode } from './market-data-mode.js';
import type { ModeSwitch } from './mode-switch.js';
import { QuoteBook } from './quote-book.js';
import type { Quote } from './quote.js';
import { refusedTicks, ticksRefused } from './tick-refusal.js';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import { sessionNow } from '../sessions/session-now.js';

/** The times of a line, in milliseconds. */
export interface LineTimes {
  /** How long a line stays open after its last reader. */
  readonly lingerMs: number;
  /** How long a line may be without data after the gateway's link came back, before it is asked for again. */
  readonly verifyMs: number;
  /** How often a line is asked for again while another session has the data. */
  readonly competingRetryMs: number;
}

/** What a {@link QuoteLine} works with. */
export interface QuoteLineDeps extends LineTimes {
  readonly connection: MarketDataConnection;
  readonly clock: Clock;
  readonly modeSwitch: ModeSwitch;
  readonly link: LinkWatch;
  readonly liveness: StreamWatching;
}

/** {@link QuoteLineDeps} with what all lines of one registry share. */
export interface SharedQuoteLineDeps extends QuoteLineDeps {
  readonly turns: TurnQueue;
}

/** Messages whose loss leaves an old price in the quote. */
const PRICES: ReadonlySet<string> = new Set(['tickPrice', 'tickSize', 'tickGeneric', 'tickString', 'tickOptionComputation', 'marketDataType']);

/** What shows that something happened: sizes alone change for other reasons. */
const COMPARED = ['bid', 'ask', 'last', 'volume'] as const;

/** One upstream line: a contract's stream of ticks, shared by all its readers. */
export class QuoteLine {
  readonly contract: ResolvedContract;
  readonly #deps: SharedQuoteLineDeps;
  readonly #onClosed: (error: IbkrError | undefined) => void;
  readonly #book: QuoteBook;
  readonly #gaps = new GapTracker();
  readonly #readers = new LineReaders();
  readonly #request: LineRequest;
  readonly #turn: LineTurn;
  readonly #offLink: () => void;
  #state: LineState = IDLE_LINE;
  #wants: LineWants = { ticks: [], mode: 'live' };
  #linger: Timer | undefined;
  #verify: Timer | undefined;
  #retry: Timer | undefined;
  readonly #watch: StreamWatch;
  #error: IbkrError | undefined;
  /** What the readers were judged by. */
  #served: QuoteMode = 'unknown';
  #fellBack = false;

  constructor(options: { readonly contract: ResolvedContract; readonly deps: SharedQuoteLineDeps; readonly onClosed: (error: IbkrError | undefined) => void }) {
    this.contract = options.contract;
    this.#deps = options.deps;
    this.#onClosed = options.onClosed;
    this.#book = new QuoteBook(options.contract, sessionNow(options.contract, options.deps.connection, options.deps.clock));
    const { connection, modeSwitch, turns } = options.deps;
    this.#turn = new LineTurn({
      turns,
      tell: () => {
        this.#readers.tellQuote();
      },
    });
    this.#request = new LineRequest({
      contract: options.contract,
      connection,
      modeSwitch,
      listener: {
        receive: (message) => {
          this.#receive(message);
        },
        onGap: (gap) => {
          this.#book.break(gap.reason);
          this.#tellGap(this.#gaps.told(gap));
        },
        onNotice: (notice) => this.#judge(notice),
        onEnd: (error) => {
          void this.close(error);
        },
      },
    });
    const { reason } = options.deps.link;
    if (reason !== undefined) this.#book.beginBroken(reason);
    this.#watch = options.deps.liveness.watch({
      kind: 'quotes',
      name: `quotes of ${options.contract.localSymbol}`,
      contract: options.contract,
      accepts: () => this.#wants.mode,
      compare: (seen) => this.#compare(seen),
      isHalted: () => this.#book.quote?.halted === true,
      onStale: (doubt) => {
        this.#turn.doubt();
        this.#book.doubt(doubt);
        this.#turn.markDirty();
      },
      onTrusted: () => {
        this.#book.assure();
        this.#turn.markDirty();
      },
      resubscribe: (cause, silentFromMs) => {
        this.#gaps.begin(silentFromMs, cause);
        this.#break(cause);
        this.#open();
      },
    });
    this.#offLink = options.deps.link.on((change) => {
      this.#onLink(change);
    });
  }

  /** Whether nobody reads it: it only lingers. */
  get idle(): boolean {
    return this.#readers.size === 0;
  }

  /** Whether everybody who reads it lets it be taken back. */
  get givesWay(): boolean {
    return this.#readers.givesWay;
  }

  get quote(): Quote | undefined {
    return this.#book.quote;
  }

  /** Why nothing can be trusted or expected now, also before the first value. */
  get staleReason(): string | undefined {
    return this.#book.staleReason;
  }

  get mode(): QuoteMode {
    return this.#book.mode;
  }

  /**
   * Lets somebody read, and opens or widens the line when needed. A line that cannot be asked for is over, and the reason is thrown; whoever does
   * not accept what the line carries is told so, and the line goes on for the others.
   */
  acquire(reader: LineReader, wants: LineWants): void {
    if (isRefused(this.#served, wants.mode)) throw this.#notSubscribed();
    try {
      this.#input({ type: 'acquire', wants });
      this.#readers.add(reader, wants);
    } catch (error) {
      void this.close(isIbkrError(error) ? error : undefined);
      throw error;
    }
  }

  /** The reader reads no more; without any reader the line closes after a while. */
  release(reader: LineReader): void {
    if (this.#readers.remove(reader)) this.#input({ type: 'release' });
  }

  /** Ends the line now, for all readers. Resolves once the broker was told. */
  close(error?: IbkrError): Promise<void> {
    this.#error ??= error;
    this.#input({ type: 'close' });
    this.#readers.end(error);
    return this.#request.closed;
  }

  #input(input: LineInput): void {
    const step = lineTransition(this.#state, input);
    this.#state = step.state;
    if (step.state.status === 'held') this.#wants = step.state.wants;
    for (const effect of step.effects) this.#run(effect);
  }

  #run(effect: LineEffect): void {
    switch (effect) {
      case 'open':
      case 'reopen':
        this.#open();
        return;
      case 'startLinger':
        this.#linger = this.#later(this.#deps.lingerMs, () => {
          this.#input({ type: 'lingerElapsed' });
        });
        return;
      case 'cancelLinger':
        this.#linger?.cancel();
        return;
      case 'close':
        this.#release();
    }
  }

  /** Asks for the line, again when it was asked for before. */
  #open(): void {
    this.#request.cancel();
    this.#askedAgain();
    this.#request.ask(this.#wants);
  }

  #receive(message: ServerMessage): void {
    this.#turn.begin();
    // Whatever arrives while the link is up proves that the line is back, whether or not anybody said so.
    if (this.#deps.link.status === 'up') this.#book.restore();
    if (message.type === 'tickNews') {
      this.#readers.tellNews(message);
      return;
    }
    const nowMs = this.#deps.turns.now();
    const before = this.#book.mode;
    const change = this.#book.apply(message, nowMs);
    if (this.#book.served !== this.#served) this.#judgeServed();
    if (change.quote && this.#turn.isFirstSign()) this.#watch.heard();
    if (change.quote && !this.#book.stale) this.#trusted(nowMs);
    if (change.mode) this.#readers.tellMode(before, this.#book.mode);
    if (change.quote) this.#turn.markDirty();
  }

  /** The broker has said, or shown, what it sends: those who did not accept that are told, and the others go on. */
  #judgeServed(): void {
    this.#served = this.#book.served;
    const refusing = this.#readers.whoRefuses(this.#served);
    if (refusing.length === 0) return;
    const error = this.#notSubscribed();
    if (refusing.length === this.#readers.size) {
      void this.close(error);
      return;
    }
    for (const reader of refusing) {
      this.release(reader);
      reader.onEnd(error);
    }
  }

  #notSubscribed(): IbkrError {
    return notSubscribedError(`quotes of ${this.contract.localSymbol}`);
  }

  #askedAgain(): void {
    this.#book.askedAgain();
    this.#served = this.#book.served;
  }

  #trusted(nowMs: number): void {
    this.#tellGap(this.#gaps.end(nowMs));
    this.#retry?.cancel();
    this.#retry = undefined;
  }

  #tellGap(gap: DataGap | undefined): void {
    if (gap !== undefined) this.#readers.tellGap(gap);
  }

  #onLink(change: LinkChange): void {
    this.#turn.doubt();
    switch (change.type) {
      case 'down':
      case 'streamsLost':
        this.#verify?.cancel();
        // The connection asks again by itself, unless only the gateway has no link.
        if (change.type === 'streamsLost' || change.status === 'sessionDown') this.#askedAgain();
        this.#break(change.reason);
        return;
      case 'farmDown':
        this.#book.doubt(change.reason);
        this.#turn.markDirty();
        return;
      case 'frameLost':
        if (change.messageType === undefined || PRICES.has(change.messageType)) this.#suspect(change.reason);
        return;
      case 'up':
        // TWS may keep the line and send nothing until something changes, or may have lost it: data decides.
        if (change.after === 'upstreamDown') this.#verifyLater();
    }
  }

  /** A value of some line was lost: all that is held may be old, until it is told again or asked for. */
  #suspect(reason: string): void {
    this.#break(reason);
    this.#verify?.cancel();
    this.#verifyLater();
  }

  #verifyLater(): void {
    this.#verify = this.#later(this.#deps.verifyMs, () => {
      if (this.#book.stale || this.#book.incomplete) this.#open();
    });
  }

  #break(reason: string): void {
    this.#gaps.begin(this.#deps.clock.now(), reason);
    this.#book.break(reason);
    this.#turn.markDirty();
  }

  /** Whether a look at the contract shows more than the line has said. */
  #compare(seen: Quote): SecondLook {
    const have = this.#book.quote;
    if (COMPARED.every((field) => seen[field] === undefined)) return 'empty';
    if (this.#book.broken) return 'moved';
    return COMPARED.some((field) => seen[field] !== undefined && seen[field] !== have?.[field]) ? 'moved' : 'quiet';
  }

  #judge(notice: BrokerNoticeMessage): 'end' | 'ignore' {
    this.#turn.doubt();
    this.#watch.notice(notice);
    if (this.#withoutRefused(notice)) return 'ignore';
    if (announcesDelayed(notice)) {
      this.#book.toldDelayed();
      this.#judgeServed();
    }
    switch (lineVerdict(notice)) {
      case 'keep':
        return 'ignore';
      case 'end':
        return 'end';
      case 'competing':
        this.#break(COMPETING_REASON);
        this.#retryLater();
        return 'ignore';
      case 'delayedOnly':
        return this.#fallBack() ? 'ignore' : 'end';
    }
  }

  /** A tick that the broker does not know costs the reader who asked for it his subscription, and nobody else. */
  #withoutRefused(notice: BrokerNoticeMessage): boolean {
    const refused = refusedTicks(notice, this.#wants.ticks);
    if (refused === undefined) return false;
    const asked = this.#readers.whoAskedFor(refused);
    if (asked.length === this.#readers.size) return false;
    this.#request.afterwards(() => {
      for (const reader of asked) {
        this.release(reader);
        reader.onEnd(ticksRefused(this.contract.localSymbol, refused));
      }
      this.#input({ type: 'narrow', wants: this.#readers.wants });
    });
    return true;
  }

  #retryLater(): void {
    if (this.#retry !== undefined || this.#state.status === 'closed') return;
    this.#retry = this.#later(this.#deps.competingRetryMs, () => {
      this.#retry = undefined;
      this.#open();
      this.#retryLater();
    });
  }

  /** Delayed data is welcome and was refused all the same: somebody else moved the switch. Once. */
  #fallBack(): boolean {
    if (this.#fellBack || !allowsDelayed(this.#wants.mode)) return false;
    this.#fellBack = true;
    this.#request.afterwards(() => {
      this.#deps.modeSwitch.repeat();
      this.#open();
    });
    return true;
  }

  /** The socket keeps the process alive, not the housekeeping. */
  #later(delayMs: number, run: () => void): Timer {
    return this.#deps.clock.setTimer(delayMs, run, { keepAlive: false });
  }

  #release(): void {
    this.#watch.close();
    this.#request.cancel();
    this.#offLink();
    for (const timer of [this.#linger, this.#verify, this.#retry]) timer?.cancel();
    this.#request.releaseModes();
    this.#onClosed(this.#error);
  }
}
