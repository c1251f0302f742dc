import { onAbort, abortReason } from '@ibkit/clock';
import { GatewayError } from '../gateway-error.js';
import type { GatewayErrorCode } from '../gateway-error.js';
import type { StartFailure } from '../machine/gateway-state.js';

const CODES: Readonly<Record<StartFailure, GatewayErrorCode>> = {
  exited: 'IBKR_GATEWAY_EXITED',
  timeout: 'IBKR_GATEWAY_START_TIMEOUT',
  loginFailed: 'IBKR_GATEWAY_LOGIN_FAILED',
  secondFactor: 'IBKR_GATEWAY_SECOND_FACTOR',
  lockedOut: 'IBKR_GATEWAY_LOCKED_OUT',
  stopped: 'IBKR_GATEWAY_STOPPED',
  launch: 'IBKR_GATEWAY_NOT_EXECUTABLE',
  restart: 'IBKR_GATEWAY_RESTART_FAILED',
};

const TIPS: Readonly<Partial<Record<StartFailure, readonly string[]>>> = {
  exited: ['Look at its log: `logs()`, or the files in the folder `logs` of the state directory.', 'The program must stay in the foreground: what starts another one and ends counts as ended.'],
  timeout: ['Look at its window: it may wait for a login or show a dialog.', 'Check its API settings: socket port, trusted addresses, enable socket clients.'],
  loginFailed: ['Check user, password and trading mode. The broker locks accounts after a few refused logins.'],
  secondFactor: ['Confirm the login on the phone within the time; `start` tries again.'],
  lockedOut: ['Find out why, and then call `unlock(reason)`.'],
};

/** The error of a start that failed. */
export function startError(failure: StartFailure, cause: string): GatewayError {
  const what = failure === 'restart' ? 'did not come back' : failure === 'lockedOut' ? 'is not started' : 'did not become ready';
  return new GatewayError({ code: CODES[failure], message: `The gateway ${what}: ${cause}`, retryable: failure === 'timeout' || failure === 'exited' || failure === 'restart', tips: TIPS[failure] });
}

interface Waiter {
  resolve(): void;
  reject(error: Error): void;
}

/** Everybody who waits for something of the gateway. */
export class Waiters {
  readonly #waiting = new Set<Waiter>();
  #ended: Error | undefined;

  /** @throws what {@link Waiters.fail} says; the signal's reason */
  wait(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const over = signal?.aborted === true ? abortReason(signal) : this.#ended;
      if (over !== undefined) {
        reject(over);
        return;
      }
      const settle = (done: () => void): void => {
        this.#waiting.delete(waiter);
        stopWatching?.();
        done();
      };
      const waiter: Waiter = {
        resolve: () => {
          settle(resolve);
        },
        reject: (error) => {
          settle(() => {
            reject(error);
          });
        },
      };
      const stopWatching =
        signal === undefined
          ? undefined
          : onAbort(signal, () => {
              waiter.reject(abortReason(signal));
            });
      this.#waiting.add(waiter);
    });
  }

  succeed(): void {
    for (const waiter of [...this.#waiting]) waiter.resolve();
  }

  /** False when nobody waited. */
  fail(error: Error): boolean {
    const all = [...this.#waiting];
    for (const waiter of all) waiter.reject(error);
    return all.length > 0;
  }

  /** Fails for everybody, also for whoever comes later. */
  end(error: Error): void {
    this.#ended ??= error;
    this.fail(error);
  }
}
