import type { Clock, Timer } from '@ibkit/clock';
import { isIbkrError } from '@ibkit/error-codes';
import type { QuoteSnapshot } from '../quotes/quote.js';
import type { AlarmBook, AlarmSubject } from './alarm-book.js';
import { NEW_STREAM, livenessTransition } from './liveness-machine.js';
import type { LivenessEffect, LivenessInput, LivenessState, LookFinding, Verdict } from './liveness-machine.js';
import type { StreamRecovered, StreamStale } from './liveness-events.js';
import { CAUSE_WORDS, causeOfCode } from './silence-cause.js';
import type { SilenceCause } from './silence-cause.js';
import { UsualRhythm } from './usual-rhythm.js';
import type { StreamHealth, StreamWatch, WatchedStream } from './watched-stream.js';

/** What a {@link StreamLiveness} works with. */
export interface StreamLivenessDeps {
  readonly clock: Clock;
  /** Whether the contract trades now, in the market's own time. */
  readonly market: (stream: WatchedStream) => 'open' | 'closed' | 'unknown';
  /** Why no data can arrive; `undefined` while it can. */
  readonly linkReason: () => string | undefined;
  /** The data farms that are down and may serve the stream. */
  readonly farmsDown: (stream: WatchedStream) => readonly string[];
  /** Looks at the contract once, in its turn; `undefined` when the signal aborts. */
  readonly snapshot: (stream: WatchedStream, signal: AbortSignal) => Promise<QuoteSnapshot | undefined>;
  /** A stream was told that another session has the data. */
  readonly onCompeting: () => void;
  readonly alarms: AlarmBook;
  readonly onStale: (event: StreamStale) => void;
  readonly onRecovered: (event: StreamRecovered) => void;
  readonly onClosed: (liveness: StreamLiveness) => void;
  readonly times: LivenessTimes;
}

/** How long things take, in milliseconds. */
export interface LivenessTimes {
  /** The longest patience that a quiet stream can earn. */
  readonly mostPatienceMs: number;
  /** How long the first word after being asked for may take. */
  readonly verifyMs: number;
  /** How often a lasting cause is looked into. */
  readonly recheckMs: number;
}

/** A stream may be a moment behind a snapshot. */
const SETTLE_MS = 2000;
/** A timer that comes this late means that our own loop stood still: what came meanwhile is still to be read. */
const LATE_MS = 1000;
const MOST_RETRY_MS = 15 * 60_000;
/** While the market is closed its hours are looked at this often: server time may run at another speed than ours. */
const SESSION_LOOK_MS = 30_000;

/** Watches one stream: judges its silence, has it proven, and says so. Silence is measured on the monotonic clock. */
export class StreamLiveness implements StreamWatch {
  readonly #deps: StreamLivenessDeps;
  readonly #stream: WatchedStream;
  readonly #subject: AlarmSubject;
  readonly #rhythm: UsualRhythm;
  #state: LivenessState = NEW_STREAM.state;
  #heardAtMs: number;
  #everHeard = false;
  #staleAtMs = 0;
  #reason: string | undefined;
  #timer: Timer | undefined;
  #dueMs = 0;
  #look: AbortController | undefined;
  #retries = 0;

  constructor(deps: StreamLivenessDeps, options: { readonly stream: WatchedStream; readonly id: number; readonly silenceMs: number }) {
    this.#deps = deps;
    const { stream, id, silenceMs } = options;
    this.#stream = stream;
    this.#subject = { id, kind: stream.kind, name: stream.name, symbol: stream.contract.symbol, conId: stream.contract.conId };
    this.#rhythm = new UsualRhythm({ leastMs: stream.silenceMs ?? silenceMs, mostMs: deps.times.mostPatienceMs });
    this.#heardAtMs = deps.clock.monotonic();
    for (const effect of NEW_STREAM.effects) this.#run(effect);
    if (deps.linkReason() !== undefined) this.#input({ type: 'blocked', cause: 'linkDown' });
  }

  get health(): StreamHealth {
    const state = this.#state;
    const { kind, name, symbol, conId } = this.#subject;
    const stale = state.status === 'stale' ? state : undefined;
    return {
      kind, name, symbol, conId,
      status: state.status === 'ended' ? 'fresh' : state.status,
      cause: stale?.cause,
      reason: stale === undefined ? undefined : this.#reason,
      silentMs: this.#silentMs,
      patienceMs: this.#rhythm.patienceMs,
      alarmed: stale?.alarmed ?? false,
    };
  }

  heard(): void {
    const nowMs = this.#deps.clock.monotonic();
    if (this.#state.status === 'fresh') this.#rhythm.paused(nowMs - this.#heardAtMs);
    // What trickles in while the gateway has no link proves nothing.
    else if (this.#deps.linkReason() !== undefined) return;
    this.#heardAtMs = nowMs;
    this.#everHeard = true;
    if (this.#state.status !== 'fresh') this.#input({ type: 'heard' });
  }

  notice({ code }: { readonly code: number }): void {
    const cause = causeOfCode(code);
    if (cause === undefined) return;
    this.#input({ type: 'blocked', cause });
    if (cause === 'competingSession') this.#deps.onCompeting();
  }

  /** Another session has the data: bars are not told so, they only stop. */
  onCompeting(): void {
    if (this.#stream.kind === 'bars' && this.#state.status === 'fresh') this.#input({ type: 'blocked', cause: 'competingSession' });
  }

  /** The link went, or a farm did. */
  onLinkDown(): void {
    this.#input({ type: 'blocked', cause: 'linkDown' });
  }

  /** The link is back. */
  onLinkUp(): void {
    this.#input({ type: 'unblocked' });
  }

  /** Something happened to the farms: a silence is looked into soon, whatever the stream's patience. */
  hurry(): void {
    const { verifyMs } = this.#deps.times;
    const nowMs = this.#deps.clock.monotonic();
    if (this.#state.status === 'fresh') this.#wait(Math.min(verifyMs, this.#dueMs - nowMs), nowMs);
    else if (this.#state.status === 'stale' && this.#state.cause === 'farmDown' && this.#deps.farmsDown(this.#stream).length === 0) this.#input({ type: 'unblocked' });
  }

  close(): void {
    this.#input({ type: 'end' });
  }

  get #silentMs(): number {
    return Math.max(0, this.#deps.clock.monotonic() - this.#heardAtMs);
  }

  #input(input: LivenessInput): void {
    const step = livenessTransition(this.#state, input);
    this.#state = step.state;
    for (const effect of step.effects) this.#run(effect);
  }

  #run(effect: LivenessEffect): void {
    const { verifyMs, recheckMs } = this.#deps.times;
    switch (effect) {
      case 'waitForSilence':
        this.#retries = 0;
        this.#waitForSilence();
        return;
      case 'waitForSession':
        this.#wait(SESSION_LOOK_MS);
        return;
      case 'waitToSettle':
        this.#wait(SETTLE_MS);
        return;
      case 'waitForData':
        // Longer than owners wait who look after their streams by themselves when a link is back.
        this.#wait(verifyMs + SETTLE_MS);
        return;
      case 'waitForCause':
        this.#wait(recheckMs);
        return;
      case 'waitToRetry':
        this.#wait(Math.min(MOST_RETRY_MS, recheckMs * 2 ** this.#retries));
        this.#retries += 1;
        return;
      case 'stale':
        this.#tellStale();
        return;
      case 'look':
        this.#reason = this.#describe();
        void this.#lookAgain();
        return;
      case 'stopLook':
        this.#look?.abort();
        return;
      case 'resubscribe':
        this.#stream.resubscribe(this.#describe(), this.#deps.clock.now() - this.#silentMs);
        return;
      case 'learnQuiet':
        this.#rhythm.wasQuiet(this.#silentMs);
        return;
      case 'alarm':
        this.#alarm();
        return;
      case 'recoveredByData':
      case 'recoveredAsQuiet':
      case 'recoveredAsClosed':
        this.#recovered(effect);
        return;
      case 'stop':
        this.#timer?.cancel();
        this.#look?.abort();
        this.#deps.alarms.over(this.#subject, 'The stream was ended.', this.#deps.clock.now());
        this.#deps.onClosed(this);
    }
  }

  /** One timer that is moved when it fires, not at every message. */
  #waitForSilence(): void {
    // After a quiet market or a closed one the silence counts anew.
    this.#heardAtMs = this.#deps.clock.monotonic();
    this.#wait(this.#rhythm.patienceMs, this.#heardAtMs);
  }

  #wait(delayMs: number, sinceMs?: number): void {
    this.#timer?.cancel();
    const { clock } = this.#deps;
    this.#arm((sinceMs ?? clock.monotonic()) + delayMs, { heardAtMs: sinceMs, excused: false });
  }

  #arm(dueMs: number, { heardAtMs, excused }: { readonly heardAtMs: number | undefined; readonly excused: boolean }): void {
    const { clock } = this.#deps;
    this.#dueMs = dueMs;
    this.#timer = clock.setTimer(
      Math.max(0, dueMs - clock.monotonic()),
      () => {
        const nowMs = clock.monotonic();
        if (heardAtMs !== undefined && this.#heardAtMs > heardAtMs) this.#arm(this.#heardAtMs + this.#rhythm.patienceMs, { heardAtMs: this.#heardAtMs, excused: false });
        else if (nowMs - dueMs > LATE_MS && !excused) this.#arm(nowMs + LATE_MS, { heardAtMs, excused: true });
        else this.#input({ type: 'due', verdict: this.#verdict() });
      },
      { keepAlive: false },
    );
  }

  #verdict(): Verdict {
    if (this.#deps.market(this.#stream) === 'closed') return 'closed';
    if (this.#deps.linkReason() !== undefined) return 'linkDown';
    return this.#stream.isHalted?.() === true ? 'halted' : 'open';
  }

  async #lookAgain(): Promise<void> {
    this.#look?.abort();
    const look = new AbortController();
    this.#look = look;
    const finding = await this.#find(look.signal);
    if (!look.signal.aborted) this.#input({ type: 'looked', finding });
  }

  async #find(signal: AbortSignal): Promise<LookFinding> {
    const { compare, look } = this.#stream;
    try {
      if (look !== undefined) return this.#judge(await look(signal));
      const seen = await this.#deps.snapshot(this.#stream, signal);
      if (seen === undefined || compare === undefined) return 'unanswered';
      if (seen.halted === true) return 'halted';
      return this.#judge(seen.stale ? 'unanswered' : compare(seen));
    } catch (error) {
      if (this.#deps.linkReason() !== undefined) return 'linkDown';
      return (isIbkrError(error) ? causeOfCode(error.brokerCode) : undefined) ?? this.#judge('unanswered');
    }
  }

  #judge(seen: 'moved' | 'quiet' | 'empty' | 'unanswered'): LookFinding {
    if (seen === 'moved' || seen === 'quiet') return seen;
    if (this.#deps.farmsDown(this.#stream).length > 0) return 'farmDown';
    // A contract that has never had a price, and has none: nothing to be told.
    return seen === 'empty' && !this.#everHeard ? 'quiet' : 'unanswered';
  }

  #describe(): string {
    const cause: SilenceCause = this.#state.status === 'stale' ? this.#state.cause : 'unknown';
    switch (cause) {
      case 'linkDown':
        return this.#deps.linkReason() ?? 'the link was lost';
      case 'farmDown':
        return `the data farm ${this.#deps.farmsDown(this.#stream).join(', ')} is down`;
      case 'unknown': {
        const hours = this.#deps.market(this.#stream) === 'open' ? 'although the market is open' : 'although the market is not known to be closed';
        return `nothing arrived for ${Math.round(this.#silentMs / 1000)} s ${hours}`;
      }
      default:
        return CAUSE_WORDS[cause].title;
    }
  }

  #tellStale(): void {
    const { clock } = this.#deps;
    this.#staleAtMs = clock.monotonic();
    this.#reason = this.#describe();
    const cause: SilenceCause = this.#state.status === 'stale' ? this.#state.cause : 'unknown';
    if (cause !== 'linkDown') this.#stream.onStale?.(this.#reason, clock.now() - this.#silentMs);
    this.#deps.onStale(Object.freeze({ ...this.#identity, cause, reason: this.#reason, silentMs: this.#silentMs, atMs: clock.now() }));
  }

  #alarm(): void {
    if (this.#state.status !== 'stale') return;
    this.#reason = this.#describe();
    const { cause } = this.#state;
    this.#deps.alarms.raise(this.#subject, { cause, reason: this.#reason, silentMs: this.#silentMs, atMs: this.#deps.clock.now() });
  }

  #recovered(effect: 'recoveredByData' | 'recoveredAsQuiet' | 'recoveredAsClosed'): void {
    const { clock } = this.#deps;
    const by = ({ recoveredByData: 'data', recoveredAsQuiet: 'quietMarket', recoveredAsClosed: 'marketClosed' } as const)[effect];
    const atMs = clock.now();
    if (by !== 'data') this.#stream.onTrusted?.();
    this.#reason = undefined;
    this.#deps.alarms.over(this.#subject, by === 'data' ? `${this.#stream.name} speak again.` : by === 'quietMarket' ? 'A second look showed a quiet market.' : 'The market is closed.', atMs);
    this.#deps.onRecovered(Object.freeze({ ...this.#identity, by, staleMs: clock.monotonic() - this.#staleAtMs, atMs }));
  }

  get #identity(): Pick<StreamHealth, 'kind' | 'name' | 'symbol' | 'conId'> {
    const { kind, name, symbol, conId } = this.#subject;
    return { kind, name, symbol, conId };
  }
}
