import type { SilenceCause, StreamAlarmCode } from './silence-cause.js';
import type { StreamKind } from './watched-stream.js';

/** Which stream an event is about. */
export interface StreamIdentity {
  readonly kind: StreamKind;
  /** `quotes of AAPL`. */
  readonly name: string;
  readonly symbol: string;
  readonly conId: number;
}

/** A stream is in doubt: what it said last may not be the truth any more. */
export interface StreamStale extends StreamIdentity {
  readonly cause: SilenceCause;
  readonly reason: string;
  /** How long it has said nothing, milliseconds of our monotonic clock. */
  readonly silentMs: number;
  readonly atMs: number;
}

/** The doubt is over. */
export interface StreamRecovered extends StreamIdentity {
  /** `data`: it speaks again. `quietMarket`: a second look showed that nothing happened. `marketClosed`: silence is normal now. */
  readonly by: 'data' | 'quietMarket' | 'marketClosed';
  /** How long it was in doubt, milliseconds. */
  readonly staleMs: number;
  readonly atMs: number;
}

/** A person should know that streams are silent. Shaped as `Alarms.raise` of `@ibkit/core-connection` takes it. */
export interface StreamAlarm {
  /** The same until it is over. */
  readonly key: string;
  readonly code: StreamAlarmCode;
  readonly cause: SilenceCause;
  readonly severity: 'warning' | 'critical';
  readonly title: string;
  readonly message: string;
  readonly details: { readonly code: StreamAlarmCode; readonly cause: SilenceCause; readonly streams: readonly string[]; readonly silentMs: number };
  readonly atMs: number;
}

/** An alarm is over. */
export interface StreamAlarmOver {
  readonly key: string;
  readonly code: StreamAlarmCode;
  readonly message: string;
  readonly atMs: number;
}

/** What a `MarketData` tells about the health of its streams, by name. */
export interface MarketDataEvents {
  'stream.stale': StreamStale;
  'stream.recovered': StreamRecovered;
  'stream.alarm': StreamAlarm;
  'stream.alarmOver': StreamAlarmOver;
}
