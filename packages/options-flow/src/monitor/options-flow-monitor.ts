import { sleep, systemClock, systemRandom } from '@ibkit/clock';
import type { Clock, Random } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import { EventBus } from '@ibkit/event-bus';
import type { LatestPrediction } from '../answers/answers.js';
import { OptionsFlowError } from '../client/flow-error.js';
import type { LatestPredictionOptions } from '../client/options-flow-client.js';
import { isFinal } from './monitor-state.js';
import type { FlowMonitorState, FlowMonitorStatus } from './monitor-state.js';
import { identityOf } from './prediction-identity.js';
import { checkThresholds, reaches } from './threshold.js';
import type { FlowThreshold } from './threshold.js';

/** What the monitor asks. {@link OptionsFlowClient} is one. */
export interface PredictionSource {
  latestPrediction(ticker: string, options: LatestPredictionOptions): Promise<LatestPrediction>;
}

/** A prediction that the monitor had not seen before. */
export interface PredictionEvent extends LatestPrediction {
  /** The one before it; `undefined` for the first since the start. */
  readonly previous: LatestPrediction | undefined;
  /** Epoch milliseconds. */
  readonly receivedAtMs: number;
}

/** A prediction that reaches a threshold which the one before did not reach, or the reverse. */
export interface ThresholdEvent extends PredictionEvent {
  readonly threshold: FlowThreshold;
  /** `up`: it is reached now; `down`: it is not any more. */
  readonly direction: 'up' | 'down';
}

/** What the monitor tells. */
export interface FlowMonitorEvents {
  'flow.prediction': PredictionEvent;
  'flow.threshold': ThresholdEvent;
  /** The status changed, or `stale` did. */
  'flow.stateChanged': FlowMonitorState;
  /** One call failed; the monitor goes on unless its status says otherwise. */
  'flow.failed': { readonly ticker: string; readonly error: Error; readonly atMs: number };
}

/** Options of {@link OptionsFlowMonitor}. */
export interface OptionsFlowMonitorOptions {
  /** Stays open when the monitor closes. */
  readonly client: PredictionSource;
  /** What to follow, 1 to 1000. */
  readonly tickers: readonly string[];
  /** How often each ticker is asked about, milliseconds, at least 1000. The calls of a round come one after another. @defaultValue 60000 */
  readonly everyMs?: number | undefined;
  /** The longest wait after failures, milliseconds, at least `everyMs`. @defaultValue ten times `everyMs` */
  readonly maxBackoffMs?: number | undefined;
  /** After that long without a prediction about one of the tickers the state is stale, milliseconds. @defaultValue three times `everyMs` */
  readonly staleAfterMs?: number | undefined;
  /** @defaultValue none */
  readonly thresholds?: readonly FlowThreshold[] | undefined;
  /** Only the service's own model. @defaultValue false */
  readonly useDefaultOnly?: boolean | undefined;
  /** @defaultValue the system's */
  readonly clock?: Clock | undefined;
  /** Spreads the waits after failures. @defaultValue the system's */
  readonly random?: Random | undefined;
  /** Told what a listener threw. */
  readonly onListenerError?: ((error: unknown, type: string) => void) | undefined;
}

function duration(field: string, value: number, least: number): number {
  if (!Number.isFinite(value) || value < least) throw new UsageError({ field, value, rule: `must be a number of milliseconds of at least ${least}` });
  return value;
}

/**
 * Asks for the latest prediction of each ticker again and again, and tells what is new and which thresholds were crossed.
 * A service that fails is asked less and less often, and the state says so; a key that is not accepted ends it.
 */
export class OptionsFlowMonitor implements AsyncDisposable {
  readonly events: EventBus<FlowMonitorEvents>;
  readonly #client: PredictionSource;
  readonly #tickers: readonly string[];
  readonly #everyMs: number;
  readonly #maxBackoffMs: number;
  readonly #staleAfterMs: number;
  readonly #thresholds: readonly FlowThreshold[];
  readonly #useDefaultOnly: boolean | undefined;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #closing = new AbortController();
  readonly #latest = new Map<string, LatestPrediction>();
  #state: FlowMonitorState;
  /** When a prediction was heard, monotonic. */
  readonly #heardAtMs = new Map<string, number>();
  #told: string;
  #staleTimer: { cancel(): void } | undefined;
  #running: Promise<void> | undefined;

  /** @throws {@link UsageError} for an option that breaks its rule. */
  constructor(options: OptionsFlowMonitorOptions) {
    const { client, tickers, thresholds = [] } = options;
    const given: unknown = tickers;
    if (!Array.isArray(given) || tickers.length === 0 || tickers.length > 1000) throw new UsageError({ field: 'tickers', rule: 'must be a list of 1 to 1000 symbols' });
    const bad = tickers.find((ticker) => typeof ticker !== 'string' || ticker.trim() === '');
    if (bad !== undefined) throw new UsageError({ field: 'tickers', value: bad, rule: 'must be symbols' });
    checkThresholds(thresholds);
    this.#client = client;
    this.#tickers = [...new Set(tickers.map((ticker) => ticker.trim().toUpperCase()))];
    this.#everyMs = duration('everyMs', options.everyMs ?? 60_000, 1_000);
    this.#maxBackoffMs = duration('maxBackoffMs', options.maxBackoffMs ?? 10 * this.#everyMs, this.#everyMs);
    this.#staleAfterMs = duration('staleAfterMs', options.staleAfterMs ?? 3 * this.#everyMs, 1_000);
    this.#thresholds = [...thresholds];
    this.#useDefaultOnly = options.useDefaultOnly;
    this.#clock = options.clock ?? systemClock();
    this.#random = options.random ?? systemRandom();
    this.events = new EventBus({ onListenerError: options.onListenerError });
    this.#state = { status: 'idle', sinceMs: this.#clock.now(), answeredAtMs: undefined, stale: false, staleTickers: [], failures: 0, error: undefined, nextAtMs: undefined };
    this.#told = 'idle false';
  }

  /** How it is at the moment. */
  get state(): FlowMonitorState {
    return this.#state;
  }

  /** The last prediction about a ticker; look at `state.stale` before you act on it. */
  latest(ticker: string): LatestPrediction | undefined {
    return this.#latest.get(ticker.trim().toUpperCase());
  }

  /** Begins to ask; the first round at once. Idempotent. @throws {@link OptionsFlowError} `IBKR_FLOW_CLOSED` after `close` */
  start(): void {
    if (this.#closing.signal.aborted) throw new OptionsFlowError({ code: 'IBKR_FLOW_CLOSED', message: 'The monitor was closed: make a new one', retryable: false });
    if (this.#running !== undefined) return;
    for (const ticker of this.#tickers) this.#heardAtMs.set(ticker, this.#clock.monotonic());
    this.#watchAge();
    this.#running = this.#run();
  }

  /** Stops asking. Idempotent. */
  async close(): Promise<void> {
    if (!this.#closing.signal.aborted) {
      this.#closing.abort();
      this.#staleTimer?.cancel();
      await this.#running;
      this.#change({ status: 'closed', nextAtMs: undefined });
      this.events.close();
    }
    await this.#running;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #run(): Promise<void> {
    let backoffMs = this.#everyMs;
    while (this.#isOpen()) {
      const startedMs = this.#clock.monotonic();
      const error = await this.#round();
      if (!this.#isOpen()) return;
      if (error !== undefined && error instanceof OptionsFlowError && isFinal(error)) {
        this.#change({ status: 'stopped', nextAtMs: undefined });
        return;
      }
      let delayMs = Math.max(0, this.#everyMs - (this.#clock.monotonic() - startedMs));
      if (error === undefined) backoffMs = this.#everyMs;
      else {
        backoffMs = Math.min(this.#maxBackoffMs, 2 * backoffMs);
        const askedMs = error instanceof OptionsFlowError ? (error.retryAfterMs ?? 0) : 0;
        delayMs = Math.max(askedMs, this.#everyMs + this.#random.next() * (backoffMs - this.#everyMs));
      }
      this.#change({ nextAtMs: this.#clock.now() + delayMs });
      await sleep(this.#clock, delayMs, { signal: this.#closing.signal }).catch(() => undefined);
    }
  }

  #isOpen(): boolean {
    return !this.#closing.signal.aborted;
  }

  /** Asks about each ticker once. The failure that ends the round: one that says nothing about a ticker, but about the service. */
  async #round(): Promise<Error | undefined> {
    let isHeard = false;
    let broken: Error | undefined;
    for (const ticker of this.#tickers) {
      this.#change({ nextAtMs: undefined });
      try {
        const found = await this.#client.latestPrediction(ticker, { useDefaultOnly: this.#useDefaultOnly, signal: this.#closing.signal });
        isHeard = true;
        this.#heardAtMs.set(ticker, this.#clock.monotonic());
        this.#answered();
        this.#take(ticker, found);
      } catch (error) {
        if (!this.#isOpen()) return undefined;
        const failure = error instanceof Error ? error : new Error('The source of predictions failed', { cause: error });
        this.events.emit('flow.failed', { ticker, error: failure, atMs: this.#clock.now() });
        // The service is there and says no to this one ticker: the others are not its fault.
        if (failure instanceof OptionsFlowError && failure.code === 'IBKR_FLOW_REFUSED') {
          isHeard = true;
          this.#answered();
          continue;
        }
        if (failure instanceof OptionsFlowError && failure.code === 'IBKR_FLOW_ANSWER_INVALID') {
          broken = failure;
          continue;
        }
        return this.#failed(failure);
      }
    }
    return isHeard || broken === undefined ? undefined : this.#failed(broken);
  }

  #failed(error: Error): Error {
    this.#change({ status: 'backingOff', failures: this.#state.failures + 1, error });
    return error;
  }

  #answered(): void {
    this.#watchAge({ status: 'polling', answeredAtMs: this.#clock.now(), failures: 0, error: undefined });
  }

  #take(ticker: string, found: LatestPrediction): void {
    const previous = this.#latest.get(ticker);
    if (previous !== undefined && identityOf(previous.prediction) === identityOf(found.prediction)) return;
    this.#latest.set(ticker, found);
    const event: PredictionEvent = { ...found, previous, receivedAtMs: this.#clock.now() };
    this.events.emit('flow.prediction', event);
    for (const threshold of this.#thresholds) {
      const before = previous !== undefined && reaches(threshold, previous.prediction);
      const now = reaches(threshold, found.prediction);
      if (before !== now) this.events.emit('flow.threshold', { ...event, threshold, direction: now ? 'up' : 'down' });
    }
  }

  /** Says which predictions are too old, and looks again when the next one will be. */
  #watchAge(change: Partial<FlowMonitorState> = {}): void {
    this.#staleTimer?.cancel();
    const nowMs = this.#clock.monotonic();
    const left = this.#tickers.map((ticker) => ({ ticker, ms: (this.#heardAtMs.get(ticker) ?? nowMs) + this.#staleAfterMs - nowMs }));
    const staleTickers = left.filter(({ ms }) => ms <= 0).map(({ ticker }) => ticker);
    const nextMs = Math.min(...left.filter(({ ms }) => ms > 0).map(({ ms }) => ms));
    this.#staleTimer = Number.isFinite(nextMs) ? this.#clock.setTimer(nextMs, () => { this.#watchAge(); }) : undefined;
    this.#change({ ...change, stale: staleTickers.length > 0, staleTickers });
  }

  #change(change: Partial<FlowMonitorState>): void {
    const { status }: { status: FlowMonitorStatus } = this.#state;
    const sinceMs = change.status === undefined || change.status === status ? this.#state.sinceMs : this.#clock.now();
    this.#state = Object.freeze({ ...this.#state, ...change, sinceMs });
    const told = `${this.#state.status} ${this.#state.stale}`;
    if (told === this.#told) return;
    this.#told = told;
    this.events.emit('flow.stateChanged', this.#state);
  }
}
