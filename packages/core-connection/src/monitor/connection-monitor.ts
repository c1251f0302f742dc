import type { Clock } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import type { EventBus } from '@ibkit/event-bus';
import type { RateLimiterStats } from '@ibkit/rate-limiter';
import type { ServerMessage } from '@ibkit/wire';
import type { ConnectionEvents } from '../connection-events.js';
import type { ConnectionStatus } from '../connection-status.js';
import { checkText } from '../option-shapes.js';
import type { LatencySnapshot } from './latency-histogram.js';
import { LoadSampler } from './load-sampler.js';
import type { LoopLag } from './load-sampler.js';
import { OrderLatency } from './order-latency.js';
import { renderPrometheus } from './prometheus-text.js';

/** What a monitor needs of a connection; `ConnectionManager` has it. */
export interface MonitoredConnection {
  readonly clock: Clock;
  readonly events: Pick<EventBus<ConnectionEvents>, 'on'>;
  /** How long nothing has arrived, in milliseconds. */
  readonly silentMs: number | undefined;
  getStatus(): ConnectionStatus;
  pacingStats(): RateLimiterStats;
  onMessage(listener: (message: ServerMessage) => void): () => void;
  onOrderSent(listener: (orderId: number) => void): () => void;
}

/** Options of {@link ConnectionMonitor}. */
export interface ConnectionMonitorOptions {
  readonly connection: MonitoredConnection;
  /** Tells this connection from others in a chart. No account ids: it ends up where many can read it. @defaultValue 'default' */
  readonly name?: string | undefined;
  /** Between two samples of the send rate and of the event loop's lag, in milliseconds above 0. @defaultValue 1_000 */
  readonly sampleIntervalMs?: number | undefined;
  /** How many samples the rate and the lag cover, a whole number from 2. @defaultValue 10 */
  readonly samples?: number | undefined;
}

/** What a connection did and how it is, as numbers. Counters run from the making of the monitor, or of the connection where said so. */
export interface ConnectionMetrics {
  readonly name: string;
  readonly clientId: number;
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly state: ConnectionStatus['state'];
  readonly connected: boolean;
  /** How long the present session has been ready. */
  readonly uptimeMs: number;
  /** The part of the time since the monitor was made in which the connection was ready, 0 to 1. */
  readonly availability: number;
  /** Sessions made again after a loss, since the connection was made. */
  readonly reconnects: number;
  readonly sessionsLost: number;
  readonly alarms: number;
  /** How often our own event loop stood still (`connection.loopStalled`). */
  readonly loopStalls: number;
  /** Messages by lane that passed the limiter, since the connection was made. */
  readonly sent: Readonly<Record<string, number>>;
  /** Messages per second over the last samples. */
  readonly sentPerSecond: number;
  /** Messages that could leave right now, and the rate in force. */
  readonly pacing: { readonly bulkHeadroom: number; readonly urgentHeadroom: number; readonly perSecond: number };
  readonly queuedMessages: number;
  readonly pendingRequests: number;
  readonly subscriptions: number;
  /** From an order's bytes to the first word about it. */
  readonly orderLatency: LatencySnapshot;
  /** How long nothing has arrived; absent without a session. */
  readonly inboundAgeMs: number | undefined;
  readonly eventLoopLag: LoopLag;
  /** Of the present session. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly undecodableFrames: number;
  readonly layers: Readonly<Record<'tcp' | 'handshake' | 'api' | 'upstream', 'up' | 'down' | 'unknown'>>;
  /** Data farms that are down. */
  readonly farmsDown: number;
}

/** Turns a connection into numbers: `snapshot()` for programs, `toPrometheus()` for a scraper. */
export class ConnectionMonitor implements AsyncDisposable {
  readonly #connection: MonitoredConnection;
  readonly #name: string;
  readonly #sampler: LoadSampler;
  readonly #latency = new OrderLatency();
  readonly #stops: readonly (() => void)[];
  readonly #sinceMs: number;
  #readySinceMs: number | undefined;
  #readyMs = 0;
  #lost = 0;
  #alarms = 0;
  #loopStalls = 0;

  /** @throws {@link UsageError} that names the option, the value and the rule. */
  constructor(options: ConnectionMonitorOptions) {
    const { connection, name = 'default', sampleIntervalMs = 1_000, samples = 10 } = options;
    checkText('name', name, 'must not be empty');
    if (!(sampleIntervalMs > 0) || !Number.isFinite(sampleIntervalMs)) {
      throw new UsageError({ field: 'sampleIntervalMs', value: sampleIntervalMs, rule: 'must be a number of milliseconds above 0' });
    }
    if (!Number.isSafeInteger(samples) || samples < 2) throw new UsageError({ field: 'samples', value: samples, rule: 'must be a whole number from 2' });
    const { clock, events } = connection;
    this.#connection = connection;
    this.#name = name;
    this.#sinceMs = clock.monotonic();
    if (connection.getStatus().connected) this.#readySinceMs = this.#sinceMs;
    this.#sampler = new LoadSampler({ clock, intervalMs: sampleIntervalMs, samples, sent: () => totalOf(connection.pacingStats().granted) });
    this.#stops = [
      events.on('connection.stateChanged', ({ to }) => {
        this.#stateChanged(to === 'connected');
      }),
      events.on('connection.lost', () => (this.#lost += 1)),
      events.on('connection.alarm', () => (this.#alarms += 1)),
      events.on('connection.loopStalled', () => (this.#loopStalls += 1)),
      connection.onOrderSent((orderId) => {
        this.#latency.sent(orderId, clock.monotonic());
      }),
      connection.onMessage((message) => {
        this.#latency.received(message, clock.monotonic());
      }),
    ];
  }

  /** The numbers of this moment. */
  snapshot(): ConnectionMetrics {
    const { clock, silentMs } = this.#connection;
    const status = this.#connection.getStatus();
    const { granted, headroom, perSecond } = this.#connection.pacingStats();
    const { farms, ...layers } = status.health.layers;
    const nowMs = clock.monotonic();
    const readyMs = this.#readyMs + (this.#readySinceMs === undefined ? 0 : nowMs - this.#readySinceMs);
    const spanMs = nowMs - this.#sinceMs;
    return {
      name: this.#name,
      clientId: status.clientId,
      atMs: clock.now(),
      state: status.state,
      connected: status.connected,
      uptimeMs: status.uptimeMs,
      availability: spanMs > 0 ? readyMs / spanMs : Number(status.connected),
      reconnects: status.reconnectCount,
      sessionsLost: this.#lost,
      alarms: this.#alarms,
      loopStalls: this.#loopStalls,
      sent: granted,
      sentPerSecond: this.#sampler.sentPerSecond,
      pacing: { bulkHeadroom: headroom.bulk, urgentHeadroom: headroom.urgent, perSecond },
      queuedMessages: status.queuedMessages,
      pendingRequests: status.pendingRequests,
      subscriptions: status.subscriptions,
      orderLatency: this.#latency.snapshot(),
      inboundAgeMs: silentMs,
      eventLoopLag: this.#sampler.lag,
      bytesIn: status.bytesIn,
      bytesOut: status.bytesOut,
      undecodableFrames: status.undecodableFrames,
      layers: { tcp: layers.tcp.status, handshake: layers.handshake.status, api: layers.api.status, upstream: layers.upstream.status },
      farmsDown: Object.values(farms).filter((farm) => farm.status === 'down').length,
    };
  }

  /** The same in the text format of Prometheus, version 0.0.4. Several connections at once: `renderPrometheus` with their snapshots. */
  toPrometheus(): string {
    return renderPrometheus([this.snapshot()]);
  }

  /** Stops listening and sampling. Idempotent. */
  close(): Promise<void> {
    for (const stop of this.#stops) stop();
    this.#sampler.close();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #stateChanged(ready: boolean): void {
    const nowMs = this.#connection.clock.monotonic();
    if (this.#readySinceMs !== undefined) this.#readyMs += nowMs - this.#readySinceMs;
    this.#readySinceMs = ready ? nowMs : undefined;
    if (!ready) this.#latency.sessionEnded();
  }
}

function totalOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
