import { abortReason, withDeadline } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { isIbkrError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import type { ConnectionStatus } from '../connection-status.js';
import { PROBE_NAMES } from './diagnosis.js';
import type { Diagnosis, Probe, ProbeName, ProbeOutcome } from './diagnosis.js';
import type { ResolvedSettings } from './diagnose-options.js';
import { endOfCode, fixOf } from './diagnosis-codes.js';
import type { DoctorCode } from './diagnosis-codes.js';
import { PrivateText } from './private-text.js';

/** All is well. */
export function fine(detail: string, facts?: ProbeOutcome['facts']): ProbeOutcome {
  return { status: 'ok', detail, facts };
}

/** Something that only a diagnosis notices is not as it should be. */
export function found(status: 'warning' | 'failed' | 'skipped', code: DoctorCode, detail: string, facts?: ProbeOutcome['facts']): ProbeOutcome {
  return { status, code, detail, fix: fixOf(code), facts };
}

/** An error of ibkit as an answer. */
export function failedWith(error: { readonly code: ProbeOutcome['code']; readonly message: string; readonly tips: readonly string[] }, facts?: ProbeOutcome['facts']): ProbeOutcome {
  const fix = error.tips.length === 0 ? 'Connect, and ask again.' : error.tips.join(' ');
  return { status: 'failed', code: error.code, detail: error.message, fix, facts };
}

/** After these nothing more can be asked on a session. */
const SESSION_OVER: readonly string[] = ['IBKR_SESSION_CLOSED', 'IBKR_NOT_CONNECTED'];

export interface ProbeRunOptions {
  readonly clock: Clock;
  readonly target: Diagnosis['target'];
  readonly settings: Pick<ResolvedSettings, 'timeoutMs' | 'showAccounts' | 'signal' | 'onStart' | 'onProbe'>;
}

/** Asks one question after the other, each within what is left of the time, and keeps the answers. */
export class ProbeRun {
  readonly text: PrivateText;
  readonly #clock: Clock;
  readonly #target: Diagnosis['target'];
  readonly #settings: ProbeRunOptions['settings'];
  readonly #startedAtMs: number;
  readonly #began: number;
  readonly #answers = new Map<ProbeName, Probe>();
  #lap: number;
  /** Why nothing more can be asked. */
  #over: string | undefined;
  #lastError: () => { readonly code: string; readonly message: string } | undefined = () => undefined;

  constructor(options: ProbeRunOptions) {
    this.#clock = options.clock;
    this.#target = options.target;
    this.#settings = options.settings;
    this.#startedAtMs = options.clock.now();
    this.#began = options.clock.monotonic();
    this.#lap = this.#began;
    this.text = new PrivateText({ showAccounts: options.settings.showAccounts });
  }

  get signal(): AbortSignal | undefined {
    return this.#settings.signal;
  }

  /** What is left of the time for everything, milliseconds. */
  get remainingMs(): number {
    return Math.max(0, this.#began + this.#settings.timeoutMs - this.#clock.monotonic());
  }

  /** A limit within what is left; at least a millisecond, for nothing can be waited for less. */
  within(limitMs: number): number {
    return Math.max(1, Math.min(limitMs, this.remainingMs));
  }

  /** Questions go to this connection, which knows why it has no session any more. */
  asksOf(connection: { getStatus(): Pick<ConnectionStatus, 'lastError'> }): void {
    this.#lastError = () => connection.getStatus().lastError;
  }

  /** Whether nothing more will be asked. */
  get over(): boolean {
    return this.#over !== undefined;
  }

  /** @throws the signal's reason, once it has aborted */
  throwIfAborted(): void {
    const { signal } = this.#settings;
    if (signal?.aborted === true) throw abortReason(signal);
  }

  /** Says what is asked next, when the answer comes some other way than by `ask`. */
  starts(name: ProbeName): void {
    this.#lap = this.#clock.monotonic();
    this.#tell(() => this.#settings.onStart?.(name));
  }

  /**
   * Asks, unless it is too late to.
   * @throws the signal's reason, and nothing else
   */
  async ask(name: ProbeName, question: () => Promise<ProbeOutcome>): Promise<ProbeOutcome | undefined> {
    const { signal } = this.#settings;
    this.throwIfAborted();
    if (this.over || this.#answers.has(name)) return undefined;
    const leftMs = this.remainingMs;
    const tooLate = found('skipped', 'IBKR_DOCTOR_OUT_OF_TIME', `Not asked: the ${this.#settings.timeoutMs} ms of the diagnosis were over`);
    if (leftMs <= 0) return this.#settle(name, tooLate);
    this.starts(name);
    const late = new Error('out of time');
    try {
      // Asked once the deadline stands: where both end at the same time, it is the time for everything that was too short.
      const answer = Promise.resolve().then(question);
      return this.settle(name, await withDeadline(this.#clock, leftMs, answer, { signal, timeoutError: () => late }));
    } catch (error) {
      this.throwIfAborted();
      if (error === late) return this.settle(name, found('warning', 'IBKR_DOCTOR_OUT_OF_TIME', `No answer when the ${this.#settings.timeoutMs} ms of the diagnosis were over`));
      return this.settle(name, this.#failure(error));
    }
  }

  /** Takes an answer. */
  settle(name: ProbeName, outcome: ProbeOutcome): ProbeOutcome {
    return this.#settle(name, outcome, this.#clock.monotonic() - this.#lap);
  }

  /** Leaves questions out that make no sense, unless they have an answer; why nothing more can be asked is the better reason. */
  skip(names: readonly ProbeName[], detail: string): void {
    for (const name of names) if (!this.#answers.has(name)) this.#settle(name, { status: 'skipped', detail: this.#over ?? detail });
  }

  /** Leaves every question out that has no answer yet. */
  skipRest(detail: string): void {
    this.#over ??= detail;
    this.skip(PROBE_NAMES, detail);
  }

  /** The answers and what follows from them. */
  finish(): Diagnosis {
    const probes = PROBE_NAMES.flatMap((name) => this.#answers.get(name) ?? []);
    const worst =
      probes.find(({ status }) => status === 'failed') ?? probes.find(({ status }) => status === 'warning') ?? probes.find(({ code }) => code !== undefined);
    const verdict = worst === undefined ? 'ok' : worst.status === 'failed' ? 'broken' : 'degraded';
    return {
      verdict,
      summary: worst?.detail ?? this.#allIsWell(),
      ...(worst?.code === undefined ? {} : { cause: worst.code }),
      target: this.#target,
      startedAtMs: this.#startedAtMs,
      durationMs: hundredths(this.#clock.monotonic() - this.#began),
      probes,
    };
  }

  #allIsWell(): string {
    const said = (['handshake', 'mode', 'marketData'] as const).flatMap((name) => {
      const answer = this.#answers.get(name);
      return answer?.status === 'ok' ? [answer.detail] : [];
    });
    return `All is well at ${addressText(this.#target)}. ${said.join('. ')}${said.length === 0 ? '' : '.'}`.trim();
  }

  #failure(error: unknown): ProbeOutcome {
    if (!isIbkrError(error)) return found('failed', 'IBKR_DOCTOR_NO_ANSWER', error instanceof Error ? error.message : String(error));
    if (error.code === 'IBKR_REQUEST_TIMEOUT') return found('failed', 'IBKR_DOCTOR_NO_ANSWER', error.message);
    // What ended the session says more than that it ended.
    const cause = isIbkrError(error.cause) ? error.cause : this.#endOfSession(error);
    if (SESSION_OVER.includes(error.code)) this.#over = `Not asked: the session ended (${cause.code})`;
    return failedWith(cause);
  }

  #endOfSession(error: IbkrError): Pick<IbkrError, 'code' | 'message' | 'tips'> {
    const last = SESSION_OVER.includes(error.code) ? this.#lastError() : undefined;
    const end = last === undefined ? undefined : endOfCode(last.code);
    return last === undefined || end === undefined ? error : { code: end.code, message: last.message, tips: end.tips };
  }

  #settle(name: ProbeName, { status, detail, code, fix, facts }: ProbeOutcome, durationMs = 0): ProbeOutcome {
    const outcome: ProbeOutcome = {
      status,
      detail: this.text.text(detail),
      ...(code === undefined ? {} : { code }),
      ...(fix === undefined ? {} : { fix: this.text.text(fix) }),
      ...(facts === undefined ? {} : { facts: this.text.facts(facts) }),
    };
    const probe: Probe = { name, ...outcome, durationMs: hundredths(durationMs) };
    this.#answers.set(name, probe);
    this.#lap = this.#clock.monotonic();
    this.#tell(() => this.#settings.onProbe?.(probe));
    return outcome;
  }

  #tell(listener: () => void): void {
    try {
      listener();
    } catch {
      // Told in the options: a listener's fault must not spoil the diagnosis.
    }
  }
}

/** To a hundredth of a millisecond: more is noise. */
export function hundredths(ms: number): number {
  return Math.round(ms * 100) / 100;
}

/** `host:port`, with the brackets that an IPv6 address needs. */
export function addressText({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
