import type { Timer } from '@ibkit/clock';
import type { GatewayPhase, GatewayState } from '../machine/gateway-state.js';
import type { ResolvedGatewayOptions } from './gateway-options.js';

/** What {@link PhaseTimes} are made from. */
export interface PhaseTimesOptions {
  readonly options: ResolvedGatewayOptions;
  /** The time of the phase is over. */
  readonly onDeadline: () => void;
  /** Somebody is there who can confirm a login. */
  readonly onRetry: () => void;
}

interface Appointment {
  readonly timer: Timer;
  readonly atMs: number;
}

/** Every phase that is on its way somewhere has its time, and a login that nobody confirmed has its next one. */
export class PhaseTimes {
  readonly #options: PhaseTimesOptions;
  #deadline: Appointment | undefined;
  #retry: Appointment | undefined;

  constructor(options: PhaseTimesOptions) {
    this.#options = options;
  }

  /** When the time of the phase is over, epoch milliseconds; absent when it has none, or it is over. */
  get deadlineMs(): number | undefined {
    return this.#deadline?.atMs;
  }

  /** When a login is tried again, epoch milliseconds. */
  get retryMs(): number | undefined {
    return this.#retry?.atMs;
  }

  /** The time of a phase begins. */
  begin({ phase, wasReady }: GatewayState): void {
    const { clock } = this.#options.options;
    this.#deadline?.timer.cancel();
    const ms = this.#timeOf(phase, wasReady);
    if (ms === undefined) {
      this.#deadline = undefined;
      return;
    }
    const timer = clock.setTimer(ms, () => {
      this.#deadline = undefined;
      this.#options.onDeadline();
    });
    this.#deadline = { atMs: clock.now() + ms, timer };
  }

  /** After a login that nobody confirmed: again when somebody is there. Refused credentials wait for a person. */
  awaitHuman({ lockOut }: GatewayState): void {
    const { clock, schedule, gatewayNow } = this.#options.options;
    const nowMs = gatewayNow();
    const atMs = lockOut === 'secondFactor' ? schedule.nextHuman(nowMs) : undefined;
    if (atMs === undefined) return;
    this.#retry = { atMs, timer: clock.setTimer(atMs - nowMs, this.#options.onRetry) };
  }

  /** A login is not tried again by itself. */
  stopRetry(): void {
    this.#retry?.timer.cancel();
    this.#retry = undefined;
  }

  close(): void {
    this.#deadline?.timer.cancel();
    this.#retry?.timer.cancel();
  }

  #timeOf(phase: GatewayPhase, wasReady: boolean): number | undefined {
    const { startTimeoutMs, secondFactorTimeoutMs, restartTimeoutMs, apiDownAlarmMs, schedule, gatewayNow } = this.#options.options;
    const nowMs = gatewayNow();
    // A restart or a login of the week that was announced is nothing to be alarmed about before its time is over.
    const excusedMs = (schedule.at(nowMs)?.untilMs ?? nowMs) - nowMs;
    const times: Partial<Record<GatewayPhase, number>> = {
      starting: startTimeoutMs,
      login: wasReady ? Math.max(startTimeoutMs, excusedMs) : startTimeoutMs,
      coldRestart: startTimeoutMs,
      waiting2fa: secondFactorTimeoutMs,
      softRestart: restartTimeoutMs,
      apiDown: Math.max(apiDownAlarmMs, excusedMs),
    };
    return times[phase];
  }
}
