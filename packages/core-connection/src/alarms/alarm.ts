/** How bad it is: `critical` wants a person now, `warning` soon. */
export type AlarmSeverity = 'warning' | 'critical';

/** Something that a person should know, as sinks tell it. Plain data, without account ids and order contents. */
export interface Alarm {
  /** What it is about: while an alarm is raised, more of the same key are counted and not told again. */
  readonly key: string;
  readonly severity: AlarmSeverity;
  readonly status: 'raised' | 'resolved';
  /** One line for a phone. */
  readonly title: string;
  readonly message: string;
  /** When it was raised first, epoch milliseconds. */
  readonly sinceMs: number;
  /** When this was told, epoch milliseconds. */
  readonly atMs: number;
  /** How often it was raised since. */
  readonly occurrences: number;
  readonly details: Readonly<Record<string, unknown>>;
}

/** What to raise. */
export interface AlarmNews {
  readonly key: string;
  readonly severity: AlarmSeverity;
  readonly title: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/** Where alarms go. */
export interface AlarmSink {
  /** For events and logs: `webhook hooks.example.com`. No secrets. */
  readonly name: string;
  /** Tells one alarm; rejects when it could not. Alarms of one sink come one after the other. */
  deliver(alarm: Alarm, options: { readonly signal: AbortSignal }): Promise<void> | void;
}
