import { systemClock } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { SystemError, UsageError, isIbkrError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import { EventBus } from '@ibkit/event-bus';
import { checkList } from '../option-shapes.js';
import type { ConnectionLogger } from '../options.js';
import type { Alarm, AlarmNews, AlarmSink } from './alarm.js';
import { SinkQueue } from './sink-queue.js';

/** Options of {@link Alarms}. */
export interface AlarmsOptions {
  readonly sinks: readonly AlarmSink[];
  /** After how long an alarm that is still raised is told again when it is raised again, in milliseconds above 0. @defaultValue `Infinity`: never */
  readonly repeatAfterMs?: number | undefined;
  /** Alarms that may wait for one slow sink, a whole number from 1; beyond it the oldest is given up, visibly. @defaultValue 100 */
  readonly maxQueued?: number | undefined;
  /** Hears of alarms that could not be delivered. @defaultValue none */
  readonly logger?: ConnectionLogger | undefined;
  readonly clock?: Clock | undefined;
}

/** An alarm that did not reach a sink. */
export interface AlarmUndeliverable {
  readonly sink: string;
  readonly alarm: Alarm;
  readonly error: IbkrError;
  readonly atMs: number;
}

/** The events of {@link Alarms}. */
export interface AlarmEvents {
  'alarm.raised': Alarm;
  'alarm.resolved': Alarm;
  'alarm.undeliverable': AlarmUndeliverable;
}

/** How one sink is doing. */
export interface SinkStatus {
  readonly name: string;
  readonly delivered: number;
  readonly undelivered: number;
  readonly queued: number;
  /** Whether its last alarm did not get through. */
  readonly failing: boolean;
}

interface Raised {
  readonly news: AlarmNews;
  readonly sinceMs: number;
  readonly toldAtMs: number;
  readonly occurrences: number;
}

/**
 * Tells people through sinks: each trouble once when it begins and once when it is over, however often it is raised in between.
 * A sink that fails is itself a trouble, told to all the others, in the events, in the log and in `status()`.
 */
export class Alarms implements AsyncDisposable {
  readonly events: EventBus<AlarmEvents>;
  readonly #clock: Clock;
  readonly #logger: ConnectionLogger | undefined;
  readonly #repeatAfterMs: number;
  readonly #queues: readonly SinkQueue[];
  readonly #raised = new Map<string, Raised>();
  #closed = false;

  /** @throws {@link UsageError} that names the option, the value and the rule. */
  constructor(options: AlarmsOptions) {
    const { sinks, repeatAfterMs = Number.POSITIVE_INFINITY, maxQueued = 100, logger } = options;
    checkList('sinks', sinks, 'must be a list of sinks');
    if (!(repeatAfterMs > 0)) throw new UsageError({ field: 'repeatAfterMs', value: repeatAfterMs, rule: 'must be a number of milliseconds above 0, or Infinity' });
    if (!Number.isSafeInteger(maxQueued) || maxQueued < 1) throw new UsageError({ field: 'maxQueued', value: maxQueued, rule: 'must be a whole number from 1' });
    this.#clock = options.clock ?? systemClock();
    this.#logger = logger;
    this.#repeatAfterMs = repeatAfterMs;
    this.events = new EventBus({
      onListenerError: (error, type) => {
        logger?.error({ type, cause: isIbkrError(error) ? error.code : undefined }, 'a listener of alarms threw');
      },
    });
    this.#queues = sinks.map(
      (sink) =>
        new SinkQueue({
          sink,
          maxQueued,
          onDelivered: () => {
            this.resolve(sinkKey(sink));
          },
          onFailed: (alarm, error) => {
            this.#undeliverable(sink, alarm, error);
          },
        }),
    );
  }

  /** What is raised now, the oldest first. */
  get active(): readonly Alarm[] {
    const atMs = this.#clock.now();
    return [...this.#raised.values()].map((raised) => alarmOf(raised, 'raised', atMs));
  }

  /** How the sinks are doing. */
  get status(): readonly SinkStatus[] {
    return this.#queues.map((queue) => queue.status);
  }

  /** Raises an alarm. @returns whether it is told: false while the same key is raised already, and after `close()` */
  raise(news: AlarmNews): boolean {
    return this.#raise(news, undefined);
  }

  /** Says that a trouble is over; does nothing when it was not raised. @returns whether it is told */
  resolve(key: string, message?: string): boolean {
    const raised = this.#raised.get(key);
    if (raised === undefined || this.#closed) return false;
    this.#raised.delete(key);
    const over = message === undefined ? raised : { ...raised, news: { ...raised.news, message } };
    this.#tell(alarmOf(over, 'resolved', this.#clock.now()), undefined);
    return true;
  }

  /** Waits until every sink has told, or given up, what it was given. */
  async flush(): Promise<void> {
    // What one sink does can be news for the others.
    while (this.#queues.some((queue) => queue.busy)) await Promise.all(this.#queues.map((queue) => queue.idle()));
  }

  /** Gives up what was not delivered yet and takes nothing more. Idempotent. Wait for `flush()` first to lose nothing. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#queues.map((queue) => queue.close()));
    this.events.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #raise(news: AlarmNews, except: AlarmSink | undefined): boolean {
    if (this.#closed) return false;
    const nowMs = this.#clock.now();
    const before = this.#raised.get(news.key);
    const occurrences = (before?.occurrences ?? 0) + 1;
    const sinceMs = before?.sinceMs ?? nowMs;
    const again = before === undefined || nowMs - before.toldAtMs >= this.#repeatAfterMs;
    const raised: Raised = { news, sinceMs, occurrences, toldAtMs: again ? nowMs : before.toldAtMs };
    this.#raised.set(news.key, raised);
    if (again) this.#tell(alarmOf(raised, 'raised', nowMs), except);
    return again;
  }

  #tell(alarm: Alarm, except: AlarmSink | undefined): void {
    this.events.emit(alarm.status === 'raised' ? 'alarm.raised' : 'alarm.resolved', alarm);
    for (const queue of this.#queues) if (queue.sink !== except && sinkKey(queue.sink) !== alarm.key) queue.add(alarm);
  }

  #undeliverable(sink: AlarmSink, alarm: Alarm, cause: unknown): void {
    const error = isIbkrError(cause)
      ? cause
      : new SystemError({ code: 'IBKR_ALARM_UNDELIVERABLE', message: `The alarm sink ${sink.name} failed: ${cause instanceof Error ? cause.message : String(cause)}`, cause });
    this.#logger?.error({ sink: sink.name, alarm: alarm.key, code: error.code }, `An alarm could not be delivered (${alarm.title}). ${error.message}`);
    this.events.emit('alarm.undeliverable', { sink: sink.name, alarm, error, atMs: this.#clock.now() });
    const title = `Alarms do not reach ${sink.name}`;
    this.#raise({ key: sinkKey(sink), severity: 'warning', title, message: `${error.message} The alarm was: ${alarm.title}` }, sink);
  }
}

function sinkKey(sink: AlarmSink): string {
  return `alarm-sink:${sink.name}`;
}

function alarmOf({ news, sinceMs, occurrences }: Raised, status: Alarm['status'], atMs: number): Alarm {
  const { key, severity, title, message, details = {} } = news;
  return { key, severity, status, title, message, sinceMs, atMs, occurrences, details };
}
