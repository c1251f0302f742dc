import { withDeadline } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { SystemError, TimeoutError, isIbkrError } from '@ibkit/error-codes';

/** The gateway's process as a watchdog needs it. `@ibkit/gateway-process` has it; so has a script of three lines. */
export interface GatewayPort {
  /** Starts it; nothing happens when it runs already. */
  start(): Promise<unknown>;
  stop(): Promise<unknown>;
  /** Ends it and starts it again, best without a new login. */
  restart(): Promise<unknown>;
}

/** What became of a wish to start or restart the gateway. */
export type GatewayActionOutcome =
  | { readonly outcome: 'done' }
  | { readonly outcome: 'failed'; readonly error: unknown }
  /** `busy`: one is under way; `budget`: too many in the last hour; `window`: a known restart is going on or about to; `vetoed`: `mayRestartGateway` said no. */
  | { readonly outcome: 'refused'; readonly why: 'busy' | 'budget' | 'window' | 'vetoed' };

export interface GatewayKeeperOptions {
  readonly gateway: GatewayPort;
  readonly clock: Clock;
  /** How long a start or restart may take, `mayRestart` included, in milliseconds. After that it has failed, whatever becomes of it. */
  readonly timeoutMs: number;
  readonly maxRestartsPerHour: number;
  readonly mayRestart: () => boolean | Promise<boolean>;
  /** Whether a known restart goes on or is about to begin. */
  readonly inWindow: () => boolean;
}

const HOUR_MS = 3_600_000;

/** Restarts the gateway one at a time and not too often: a gateway that restarts all day serves nobody, and failed logins can lock an account. */
export class GatewayKeeper {
  readonly #options: GatewayKeeperOptions;
  #restartsAtMs: readonly number[] = [];
  #underWay: AbortController | undefined;
  #restarts = 0;
  #lastEndedAtMs: number | undefined;

  constructor(options: GatewayKeeperOptions) {
    this.#options = options;
  }

  get busy(): boolean {
    return this.#underWay !== undefined;
  }

  /** Restarts that were made, also those that failed. */
  get restarts(): number {
    return this.#restarts;
  }

  /** When the last restart was done or had failed, monotonic milliseconds. */
  get lastRestartEndedAtMs(): number | undefined {
    return this.#lastEndedAtMs;
  }

  /** Starts it; `onBegin` is called when that is really done. */
  start(onBegin: () => void): Promise<GatewayActionOutcome> {
    return this.#run(() => {
      onBegin();
      return this.#options.gateway.start();
    });
  }

  /** Restarts it, unless there is a reason not to. `planned`: at its time of the day, whatever the windows and the budget say. */
  async restart(planned: boolean, onBegin: () => void): Promise<GatewayActionOutcome> {
    const { clock, inWindow, maxRestartsPerHour, mayRestart, gateway } = this.#options;
    if (this.busy) return { outcome: 'refused', why: 'busy' };
    if (!planned && inWindow()) return { outcome: 'refused', why: 'window' };
    const nowMs = clock.monotonic();
    this.#restartsAtMs = this.#restartsAtMs.filter((atMs) => nowMs - atMs < HOUR_MS);
    if (!planned && this.#restartsAtMs.length >= maxRestartsPerHour) return { outcome: 'refused', why: 'budget' };
    return this.#run(async (signal) => {
      if (!(await mayRestart())) return 'vetoed';
      // The answer came too late: somebody else may be at it by now.
      if (signal.aborted) return 'vetoed';
      onBegin();
      this.#restarts += 1;
      if (!planned) this.#restartsAtMs = [...this.#restartsAtMs, clock.monotonic()];
      return gateway.restart();
    });
  }

  /** Stops waiting for what is under way. */
  abandon(): void {
    this.#underWay?.abort(new SystemError({ code: 'IBKR_WATCHDOG_STOPPED', message: 'The watchdog was stopped, and no longer waits for the gateway.' }));
  }

  async #run(action: (signal: AbortSignal) => Promise<unknown>): Promise<GatewayActionOutcome> {
    if (this.busy) return { outcome: 'refused', why: 'busy' };
    const { clock, timeoutMs } = this.#options;
    const underWay = new AbortController();
    this.#underWay = underWay;
    const { restarts } = this;
    try {
      const work = action(underWay.signal);
      const result = await withDeadline(clock, timeoutMs, work, { signal: underWay.signal, timeoutError: () => tooLong(timeoutMs) });
      return result === 'vetoed' ? { outcome: 'refused', why: 'vetoed' } : { outcome: 'done' };
    } catch (error) {
      return { outcome: 'failed', error };
    } finally {
      this.#underWay = undefined;
      underWay.abort();
      if (this.#restarts > restarts) this.#lastEndedAtMs = clock.monotonic();
    }
  }
}

function tooLong(timeoutMs: number): TimeoutError {
  return new TimeoutError({
    code: 'IBKR_WATCHDOG_GATEWAY_TIMEOUT',
    message: `The gateway was not started or restarted within ${timeoutMs} ms (gatewayTimeoutMs). It is not waited for any longer.`,
    tips: ['Look at the screen of the gateway: it may wait for a login or for the second factor.', 'Look at what the gateway option of the watchdog waits for.'],
  });
}

/** What may be written to a log about a failure of somebody else's code. */
export function describeFailure(error: unknown): string {
  if (isIbkrError(error)) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
