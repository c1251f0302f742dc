import { UsageError } from '@ibkit/error-codes';

/** What the stream gives its clients, and what it takes from them. Bytes, milliseconds and counts. */
export interface StreamLimits {
  /** Of one message of a client. */
  readonly messageBytes: number;
  /** Messages of a client per second, and twice as many at once. */
  readonly messagesPerSecond: number;
  /** Messages that cannot be understood before the connection is closed. */
  readonly badMessages: number;
  /** For the first message of a client that has to say who it is. */
  readonly authMs: number;
  /** Of one connection. */
  readonly subscriptions: number;
  /** Of all clients together. */
  readonly connections: number;
  /** Of those that have not said yet who they are. */
  readonly unknownConnections: number;
  /** Of one token, where its quota says nothing: connections, subscriptions over all of them, and instruments. */
  readonly tokenConnections: number;
  readonly tokenStreams: number;
  readonly tokenLines: number;
  /** Bytes that a client has not taken: above, volatile topics in mode `all` are fed as `latest`. */
  readonly demoteBytes: number;
  /** Above, volatile topics pause, and durable ones wait in the journal. */
  readonly pauseBytes: number;
  /** Below, everything is as it was. */
  readonly recoverBytes: number;
  /** Above, the client is cut. */
  readonly cutBytes: number;
  /** Of all clients together: above, those that have the most waiting are cut. */
  readonly totalBytes: number;
  /** A client that takes nothing at all for so long is cut. */
  readonly stallMs: number;
  /** How long a client that is cut may take to read why. */
  readonly closeMs: number;
  /** How long, and how many events, a volatile topic can be resumed. */
  readonly ringMs: number;
  readonly ringEvents: number;
  readonly heartbeatMs: number;
  readonly pingMs: number;
  /** Of `latest` and `sampled`, when a client says nothing else. */
  readonly intervalMs: number;
  /** How long one turn of the event loop may be spent on sending. */
  readonly turnMs: number;
}

/** The limits that apply when nothing else is said. */
export const DEFAULT_STREAM_LIMITS: StreamLimits = Object.freeze({
  messageBytes: 16_384,
  messagesPerSecond: 100,
  badMessages: 10,
  authMs: 5000,
  subscriptions: 256,
  connections: 1024,
  unknownConnections: 64,
  tokenConnections: 1024,
  tokenStreams: 10_000,
  tokenLines: 200,
  demoteBytes: 262_144,
  pauseBytes: 1_048_576,
  recoverBytes: 65_536,
  cutBytes: 3_932_160,
  totalBytes: 134_217_728,
  stallMs: 10_000,
  closeMs: 5000,
  ringMs: 10_000,
  ringEvents: 10_000,
  heartbeatMs: 5000,
  pingMs: 15_000,
  intervalMs: 250,
  turnMs: 10,
});

/** A caller without types may have written anything. */
function isAmount(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

/** Applies the defaults. @throws {@link UsageError} naming option, value and rule. */
export function resolveStreamLimits(given: Partial<StreamLimits> = {}): StreamLimits {
  const limits: StreamLimits = { ...DEFAULT_STREAM_LIMITS, ...given };
  for (const [field, value] of Object.entries(limits)) {
    if (!isAmount(value)) throw new UsageError({ field: `stream.${field}`, value, rule: 'must be a number of at least 0' });
  }
  const { recoverBytes, demoteBytes, pauseBytes, cutBytes } = limits;
  if (!(recoverBytes < demoteBytes && demoteBytes < pauseBytes && pauseBytes < cutBytes)) {
    throw new UsageError({ field: 'stream.cutBytes', value: cutBytes, rule: 'must be above pauseBytes, which must be above demoteBytes, which must be above recoverBytes' });
  }
  return Object.freeze(limits);
}
