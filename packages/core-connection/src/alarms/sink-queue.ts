import { SystemError } from '@ibkit/error-codes';
import type { Alarm, AlarmSink } from './alarm.js';
import type { SinkStatus } from './alarms.js';

export interface SinkQueueOptions {
  readonly sink: AlarmSink;
  readonly maxQueued: number;
  readonly onDelivered: () => void;
  readonly onFailed: (alarm: Alarm, error: unknown) => void;
}

/** The alarms on their way to one sink: one after the other, so that "resolved" never overtakes "raised". */
export class SinkQueue {
  readonly sink: AlarmSink;
  readonly #options: SinkQueueOptions;
  readonly #stop = new AbortController();
  #waiting: readonly Alarm[] = [];
  #working: Promise<void> | undefined;
  #delivered = 0;
  #undelivered = 0;
  #failing = false;

  constructor(options: SinkQueueOptions) {
    this.#options = options;
    this.sink = options.sink;
  }

  get status(): SinkStatus {
    const { name } = this.sink;
    return { name, delivered: this.#delivered, undelivered: this.#undelivered, queued: this.#waiting.length, failing: this.#failing };
  }

  add(alarm: Alarm): void {
    if (this.#stop.signal.aborted) return;
    this.#waiting = [...this.#waiting, alarm];
    const [oldest, ...rest] = this.#waiting;
    if (oldest !== undefined && this.#waiting.length > this.#options.maxQueued) {
      this.#waiting = rest;
      this.#fail(oldest, new SystemError({ code: 'IBKR_ALARM_UNDELIVERABLE', message: `The alarm sink ${this.sink.name} is too slow: its queue is full.` }));
    }
    this.#working ??= this.#work();
  }

  /** Whether something waits or is under way. */
  get busy(): boolean {
    return this.#working !== undefined;
  }

  /** Resolves once nothing waits and nothing is under way. */
  async idle(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
  }

  async close(): Promise<void> {
    const closed = new SystemError({ code: 'IBKR_ALARM_UNDELIVERABLE', message: 'The alarms were closed before this one was delivered.' });
    const lost = this.#waiting;
    this.#waiting = [];
    for (const alarm of lost) this.#fail(alarm, closed);
    this.#stop.abort(closed);
    await this.idle();
  }

  async #work(): Promise<void> {
    // Not in the tick of the event: a sink that works synchronously must not hold it up.
    await Promise.resolve();
    const { signal } = this.#stop;
    for (let [alarm, ...rest] = this.#waiting; alarm !== undefined; [alarm, ...rest] = this.#waiting) {
      this.#waiting = rest;
      try {
        await this.sink.deliver(alarm, { signal });
        this.#delivered += 1;
        this.#failing = false;
        this.#options.onDelivered();
      } catch (error) {
        this.#fail(alarm, error);
      }
    }
    this.#working = undefined;
  }

  #fail(alarm: Alarm, error: unknown): void {
    this.#undelivered += 1;
    this.#failing = true;
    this.#options.onFailed(alarm, error);
  }
}
