import type { Timer } from '@ibkit/clock';
import { SystemError } from '@ibkit/error-codes';
import process from 'node:process';
import { Worker } from 'node:worker_threads';
import type { ResolvedHeartbeatOptions } from '../heartbeat-options.js';
import { runProbe } from '../watch.js';
import type { Watch, WatchEvents } from '../watch.js';
import { threadFlags, workerEntry } from '../worker-entry.js';
import type { WatchData, WorkerMessage } from './messages.js';
import { SharedState } from './shared-state.js';

/** The part of a threaded watch that stays on the loop with the socket: it counts turns and beats, sends probes, and has the last word. */
export class ThreadWatch implements Watch {
  readonly #options: ResolvedHeartbeatOptions;
  readonly #events: WatchEvents;
  readonly #state = new SharedState();
  readonly #worker: Worker;
  #turnTimer: Timer | undefined;
  #verdictTimer: Timer | undefined;
  #running = true;
  #probeError: unknown;

  constructor(options: ResolvedHeartbeatOptions, events: WatchEvents) {
    this.#options = options;
    this.#events = events;
    const { intervalMs, timeoutMs, stallToleranceMs, stallChannel } = options;
    const workerData: WatchData = { kind: '@ibkit/heartbeat', buffer: this.#state.buffer, intervalMs, timeoutMs, stallToleranceMs, stallChannel };
    this.#worker = new Worker(options.worker ?? workerEntry(), { name: 'ibkit-heartbeat', workerData, ...threadFlags(process.execArgv) });
    this.#worker.on('message', (message: WorkerMessage) => {
      this.#onMessage(message);
    });
    this.#worker.once('error', (error) => {
      this.#onLost(error);
    });
    this.#worker.once('exit', (exitCode) => {
      this.#onLost(new Error(`The thread ended with code ${exitCode}`));
    });
    // The socket that is watched keeps the process alive, or nothing does.
    this.#worker.unref();
    this.#turn();
  }

  get silentMs(): number {
    return this.#state.silentMs;
  }

  heard(): void {
    this.#state.beat();
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.#turnTimer?.cancel();
    this.#verdictTimer?.cancel();
    await this.#worker.terminate();
  }

  #turn(): void {
    this.#state.turn();
    this.#turnTimer = this.#options.clock.setTimer(Math.max(1, this.#options.stallToleranceMs / 4), () => {
      this.#turn();
    }, { keepAlive: false });
  }

  #onMessage(message: WorkerMessage): void {
    if (!this.#running) return;
    switch (message.type) {
      case 'probe':
        this.#probe();
        break;
      case 'stall':
        this.#events.stall({ stalledMs: message.stalledMs });
        break;
      case 'silent':
        this.#judge(message);
        break;
    }
  }

  #probe(): void {
    this.#probeError = undefined;
    runProbe(this.#options.probe, (error) => {
      this.#probeError = error;
    });
    this.#state.probed();
  }

  #judge({ silentMs, probes, beats }: { readonly silentMs: number; readonly probes: number; readonly beats: number }): void {
    this.#verdictTimer?.cancel();
    // An answer may lie in the socket unread: let one turn of the loop pass, as the message may have overtaken it.
    this.#verdictTimer = this.#options.clock.setTimer(0, () => {
      if (this.#state.beats === beats) this.#events.timeout({ silentMs, probes, probeError: this.#probeError });
    }, { keepAlive: false });
  }

  #onLost(cause: Error): void {
    if (!this.#running) return;
    this.#events.lost(
      new SystemError({
        code: 'IBKR_HEARTBEAT_THREAD_LOST',
        message: `The heartbeat's worker thread is lost: ${cause.message}. The peer is watched from the main loop now; restart the monitor to get a thread again.`,
        cause,
      }),
    );
  }
}
