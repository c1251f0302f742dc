import type { Clock } from '@ibkit/clock';
import { isIbkrError } from '@ibkit/error-codes';

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
  #busy = false;
  #restarts = 0;
  #lastEndedAtMs: number | undefined;

  constructor(options: GatewayKeeperOptions) {
    this.#options = options;
  }

  get busy(): boolean {
    return this.#busy;
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
    if (this.#busy) return { outcome: 'refused', why: 'busy' };
    if (!planned && inWindow()) return { outcome: 'refused', why: 'window' };
    const nowMs = clock.monotonic();
    this.#restartsAtMs = this.#restartsAtMs.filter((atMs) => nowMs - atMs < HOUR_MS);
    if (!planned && this.#restartsAtMs.length >= maxRestartsPerHour) return { outcome: 'refused', why: 'budget' };
    return this.#run(async () => {
      if (!(await mayRestart())) return 'vetoed';
      onBegin();
      this.#restarts += 1;
      if (!planned) this.#restartsAtMs = [...this.#restartsAtMs, clock.monotonic()];
      try {
        return await gateway.restart();
      } finally {
        this.#lastEndedAtMs = clock.monotonic();
      }
    });
  }

  async #run(action: () => Promise<unknown>): Promise<GatewayActionOutcome> {
    if (this.#busy) return { outcome: 'refused', why: 'busy' };
    this.#busy = true;
    try {
      return (await action()) === 'vetoed' ? { outcome: 'refused', why: 'vetoed' } : { outcome: 'done' };
    } catch (error) {
      return { outcome: 'failed', error };
    } finally {
      this.#busy = false;
    }
  }
}

/** What may be written to a log about a failure of somebody else's code. */
export function describeFailure(error: unknown): string {
  if (isIbkrError(error)) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
