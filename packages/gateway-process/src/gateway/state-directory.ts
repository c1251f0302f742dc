import path from 'node:path';
import type { Clock } from '@ibkit/clock';
import { ProcessLock } from '@ibkit/process-lock';
import { GatewayError } from '../gateway-error.js';
import { readLogin, writeLogin } from '../login/login-memory.js';
import type { LoginRecord } from '../login/login-memory.js';
import { reasonOf } from './gateway-news.js';
import type { GatewayNews } from './gateway-news.js';

/** What a {@link StateDirectory} is made from. */
export interface StateDirectoryOptions {
  readonly stateDir: string;
  readonly clock: Clock;
  readonly news: GatewayNews;
}

/** The directory of a gateway: one process at a time looks after it, and remembers its login there. */
export class StateDirectory {
  readonly #options: StateDirectoryOptions;
  #lock: ProcessLock | undefined;
  #saving: Promise<void> = Promise.resolve();

  constructor(options: StateDirectoryOptions) {
    this.#options = options;
  }

  /** @throws {@link GatewayError} `IBKR_GATEWAY_OWNED` while another process looks after it; SystemError for a directory that cannot be used */
  async take(): Promise<void> {
    const { stateDir, clock, news } = this.#options;
    const attempt = await ProcessLock.tryTake({
      file: path.join(stateDir, 'owner.lock'),
      clock,
      onLost: () => {
        news.alarm('notOwner', `owner.lock in ${stateDir} is gone, or another process took it: two may look after one gateway`);
      },
    });
    if (!attempt.taken) {
      throw new GatewayError({
        code: 'IBKR_GATEWAY_OWNED',
        message: `Process ${attempt.holder.pid ?? 'unknown'} looks after the gateway of ${stateDir} already`,
        retryable: true,
        tips: [attempt.holder.pid === undefined ? 'The file owner.lock there cannot be understood: remove it when surely nobody looks after the gateway.' : 'Ask that process, or stop it.'],
      });
    }
    this.#lock = attempt.lock;
  }

  /** What is written down about the login; absent when nothing is. */
  login(): Promise<LoginRecord | undefined> {
    return readLogin(this.#options.stateDir);
  }

  /** Writes down what is known about the login, behind what is being written. */
  remember(login: Omit<LoginRecord, 'atMs'>): void {
    const { stateDir, clock, news } = this.#options;
    const record = { ...login, atMs: clock.now() };
    this.#saving = this.#saving.then(() => writeLogin(stateDir, record)).catch((error: unknown) => {
      news.alarm('lockedOut', `what is known about the login cannot be written down: ${reasonOf(error)}`);
    });
  }

  /** Resolves when everything is written. */
  written(): Promise<void> {
    return this.#saving;
  }

  /** Lets the next process have it. */
  async release(): Promise<void> {
    const lock = this.#lock;
    this.#lock = undefined;
    await lock?.close();
  }
}
