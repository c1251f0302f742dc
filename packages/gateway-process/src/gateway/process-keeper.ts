import { stat } from 'node:fs/promises';
import path from 'node:path';
import { TimeoutError } from '@ibkit/error-codes';
import { withDeadline } from '@ibkit/clock';
import type { DriverContext, GatewaySign } from '../drivers/driver.js';
import { GatewayError } from '../gateway-error.js';
import type { GatewayState } from '../machine/gateway-state.js';
import { LogTail, lastLines, removeOldLogs } from '../process/log-tail.js';
import { OwnedProcess } from '../process/owned-process.js';
import type { ProcessExit, RunningGateway } from '../process/owned-process.js';
import { readRecord } from '../process/process-record.js';
import type { ProcessRecord } from '../process/process-record.js';
import type { ResolvedGatewayOptions } from './gateway-options.js';

/** What the owner of a process hears about it. */
export interface KeeperListener {
  onSign(sign: GatewaySign): void;
  /** After its last sign. */
  onExit(exit: ProcessExit): void;
  /** Before that: what it left cannot be removed. */
  onLeftover(error: unknown): void;
}

/** Where a gateway is whose log said this last. A refusal or a timeout of earlier is not counted again: it stands at its login. */
const HINTS: Readonly<Record<GatewaySign, GatewayState['hint']>> = {
  loginDialog: 'login',
  loginFailed: 'login',
  secondFactorTimeout: 'login',
  secondFactor: 'waiting2fa',
  loggedIn: undefined,
};

const LOG_EVERY_MS = 250;
/** How much of an old log says where its gateway is. */
const HISTORY_LINES = 10_000;

/** The one process of a gateway: starts it, finds it again, reads its log, ends it. */
export class ProcessKeeper {
  readonly #options: ResolvedGatewayOptions;
  readonly #listener: KeeperListener;
  #process: RunningGateway | undefined;
  #tail: LogTail | undefined;
  #lastLog: string | undefined;
  #tidying: Promise<void> = Promise.resolve();
  readonly #released = new AbortController();

  constructor(options: ResolvedGatewayOptions, listener: KeeperListener) {
    this.#options = options;
    this.#listener = listener;
  }

  /** What is written down about it, while it runs. */
  get record(): ProcessRecord | undefined {
    return this.#process?.record;
  }

  get context(): DriverContext {
    return { directory: this.#options.stateDir, port: this.#options.port };
  }

  /** Starts it. @throws GatewayError; what the driver throws */
  async launch(): Promise<void> {
    const { driver, stateDir, clock, keepLogs } = this.#options;
    if (driver.plan === undefined) throw new GatewayError({ code: 'IBKR_GATEWAY_NOT_SUPPORTED', message: 'This driver only looks: whoever runs the gateway starts it' });
    try {
      const plan = await driver.plan(this.context);
      await removeOldLogs(path.join(stateDir, 'logs'), keepLogs - 1);
      this.#take(await (driver.launch?.(plan, this.context) ?? OwnedProcess.launch(plan, { directory: stateDir, clock })));
    } catch (error) {
      // What is planned holds credentials, and nothing that runs needs them.
      await driver.cleanUp(this.context).catch((leftover: unknown) => {
        this.#listener.onLeftover(leftover);
      });
      throw error;
    }
  }

  /** Takes over one that runs already, if one does, and says where it is as far as its log goes. */
  async adopt(): Promise<{ readonly hint: GatewayState['hint'] } | undefined> {
    const { stateDir, clock, driver } = this.#options;
    const found = await (driver.find?.(this.context) ?? OwnedProcess.find({ directory: stateDir, clock }));
    if (found === undefined) {
      // One that ended while nobody looked; one that cannot be looked at from here may still need what it was given.
      if ((await readRecord(stateDir)) === undefined) await driver.cleanUp(this.context);
      return undefined;
    }
    await driver.recall?.(this.context);
    const { logFile } = found.record;
    const [from, old] = await Promise.all([sizeOf(logFile), lastLines(logFile, HISTORY_LINES).catch(() => [])]);
    this.#take(found, from);
    const last = old.map((line) => driver.readSign(line)).findLast((sign) => sign !== undefined);
    return { hint: last === undefined ? undefined : HINTS[last] };
  }

  /**
   * Ends it: asks, then signals, then kills. Resolves when it is gone.
   * @throws {@link GatewayError} `IBKR_GATEWAY_STOP_FAILED`
   */
  async end(): Promise<void> {
    const owned = this.#process;
    if (owned === undefined) return;
    const { driver, stopTimeoutMs } = this.#options;
    if (driver.command !== undefined) {
      try {
        await driver.command('STOP', owned.record);
        if (await this.#gone(owned, stopTimeoutMs)) return;
      } catch {
        // It does not listen any more; a signal it hears.
      }
    }
    await owned.signal('SIGTERM');
    if (await this.#gone(owned, stopTimeoutMs)) return;
    await owned.signal('SIGKILL');
    if (await this.#gone(owned, stopTimeoutMs)) return;
    throw new GatewayError({ code: 'IBKR_GATEWAY_STOP_FAILED', message: `The gateway's process ${owned.record.identity.pid} does not end, not even when it is killed`, tips: ['Look at it with the tools of the system: it may wait for a disk.'] });
  }

  /** The last lines of its log, or of the log of the one before it. */
  async logs(lines: number): Promise<readonly string[]> {
    await this.#tail?.catchUp();
    const file = this.#process?.record.logFile ?? this.#lastLog;
    if (file === undefined) return [];
    try {
      return (await lastLines(file, lines)).map((line) => this.#options.driver.redact(line));
    } catch {
      return [];
    }
  }

  /** Lets it live, and looks no more. */
  async release(): Promise<void> {
    this.#released.abort();
    await this.#tidying;
    const [owned, tail] = [this.#process, this.#tail];
    this.#process = undefined;
    this.#tail = undefined;
    owned?.release();
    await tail?.close();
  }

  #take(owned: RunningGateway, from = 0): void {
    const { clock } = this.#options;
    this.#process = owned;
    this.#lastLog = owned.record.logFile;
    const tail = new LogTail({
      file: owned.record.logFile,
      from,
      clock,
      everyMs: LOG_EVERY_MS,
      maxBytes: this.#options.maxLogBytes,
      onLine: (line) => {
        const sign = this.#process === owned ? this.#options.driver.readSign(line) : undefined;
        if (sign !== undefined) this.#listener.onSign(sign);
      },
    });
    this.#tail = tail;
    void owned.exited.then(async (exit) => {
      if (this.#released.signal.aborted) return;
      this.#tidying = this.#tidy(owned, tail);
      await this.#tidying;
      this.#process = undefined;
      this.#tail = undefined;
      this.#listener.onExit(exit);
    });
  }

  /** Each step whatever became of the one before it: that it ended must be known in any case. */
  async #tidy(owned: RunningGateway, tail: LogTail): Promise<void> {
    const steps = [
      // What a script started goes with it.
      () => owned.endGroup(),
      () => tail.close(),
      () => owned.forget(),
      () => this.#options.driver.cleanUp(this.context),
    ];
    for (const step of steps) {
      try {
        await step();
      } catch (error) {
        this.#listener.onLeftover(error);
      }
    }
  }

  /** Whether it ends in time. After {@link ProcessKeeper.release} nobody asks any more. */
  async #gone(owned: RunningGateway, ms: number): Promise<boolean> {
    const { signal } = this.#released;
    try {
      await withDeadline(this.#options.clock, ms, owned.exited, { signal, timeoutError: () => new TimeoutError({ message: 'it still runs' }) });
      return true;
    } catch {
      return signal.aborted;
    }
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch {
    return 0;
  }
}
