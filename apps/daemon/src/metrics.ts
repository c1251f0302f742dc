import { Counter, Gauge, Registry } from 'prom-client';
import type { ApiReadiness } from '@ibkit/api-contract';
import { ConnectionMonitor } from '@ibkit/core-connection';
import type { ConnectionManager, ConnectionStatus } from '@ibkit/core-connection';
import { registerProcessMetrics } from './process-metrics.js';

const LAYERS = ['tcp', 'handshake', 'api', 'upstream'] as const;

function layerValue(status: 'up' | 'down' | 'unknown'): number {
  if (status === 'unknown') return Number.NaN;
  return status === 'up' ? 1 : 0;
}

/** What the numbers are read from. */
export interface MetricsSources {
  readonly connection: ConnectionManager;
  readonly readiness: () => ApiReadiness;
  /** Symbols that the quotes route follows. */
  readonly followedSymbols: () => number;
}

/**
 * The daemon's numbers in the Prometheus text format, read when somebody asks: its own, and behind them those of a `ConnectionMonitor`, named
 * `ibkit_connection_...`. No label holds an account or a symbol.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #monitor: ConnectionMonitor;
  readonly #stops: readonly (() => void)[];
  readonly #requests: Counter<'route' | 'status'>;

  constructor(sources: MetricsSources) {
    const registers = [this.#registry];
    this.#monitor = new ConnectionMonitor({ connection: sources.connection });
    this.#registerLink(sources);
    this.#registerState(sources);
    const notices = new Counter({ name: 'ibkit_broker_notices_total', help: 'Notices of the broker by code', labelNames: ['code'], registers });
    this.#requests = new Counter({ name: 'ibkit_http_requests_total', help: 'Answers of the API by route and status', labelNames: ['route', 'status'], registers });
    this.#stops = [
      registerProcessMetrics(this.#registry),
      sources.connection.events.on('notice.received', ({ code }) => {
        notices.inc({ code });
      }),
    ];
  }

  /** Counts one answer of the API. */
  answered(route: string, status: number): void {
    this.#requests.inc({ route, status });
  }

  /** The present values as text. */
  async read(): Promise<{ readonly contentType: string; readonly text: string }> {
    return { contentType: this.#registry.contentType, text: (await this.#registry.metrics()) + this.#monitor.toPrometheus() };
  }

  /** Stops counting. Idempotent. */
  async close(): Promise<void> {
    for (const stop of this.#stops) stop();
    this.#registry.clear();
    await this.#monitor.close();
  }

  #registerLink({ connection }: MetricsSources): void {
    const registers = [this.#registry];
    new Gauge({
      name: 'ibkit_connection_layer_up', help: 'Health of each layer of the link: 1 up, 0 down, NaN unknown', labelNames: ['layer'], registers,
      collect() {
        for (const layer of LAYERS) this.set({ layer }, layerValue(connection.health.layers[layer].status));
      },
    });
    new Gauge({
      name: 'ibkit_farm_up', help: 'Health of each data farm: 1 up, 0 down, NaN unknown', labelNames: ['farm'], registers,
      collect() {
        this.reset();
        for (const [farm, { status }] of Object.entries(connection.health.layers.farms)) this.set({ farm }, layerValue(status));
      },
    });
  }

  #registerState({ connection, readiness, followedSymbols }: MetricsSources): void {
    const registers = [this.#registry];
    const gauge = (name: string, help: string, read: (status: ConnectionStatus) => number): void => {
      new Gauge({ name, help, registers, collect() { this.set(read(connection.getStatus())); } });
    };
    const counter = (name: string, help: string, read: (status: ConnectionStatus) => number): void => {
      new Counter({
        name, help, registers,
        collect() {
          this.reset();
          this.inc(read(connection.getStatus()));
        },
      });
    };
    new Gauge({
      name: 'ibkit_ready', help: 'Whether data and orders can be asked for: 1 yes, 0 no', labelNames: ['kind'], registers,
      collect() {
        const { dataReady, tradeReady } = readiness();
        this.set({ kind: 'data' }, dataReady ? 1 : 0);
        this.set({ kind: 'trade' }, tradeReady ? 1 : 0);
      },
    });
    gauge('ibkit_followed_symbols', 'Symbols that the quotes route follows', followedSymbols);
    gauge('ibkit_session_age_seconds', 'Age of the present session, 0 without one', (status) => status.uptimeMs / 1000);
    gauge('ibkit_requests_pending', 'Requests that wait for an answer of the gateway', (status) => status.pendingRequests);
    gauge('ibkit_subscriptions', 'Streams that should exist', (status) => status.subscriptions);
    gauge('ibkit_messages_queued', 'Messages that wait in the rate limiter', (status) => status.queuedMessages);
    counter('ibkit_reconnects_total', 'Sessions that were made ready after a loss', (status) => status.reconnectCount);
    counter('ibkit_undecodable_frames_total', 'Frames that could not be read', (status) => status.undecodableFrames);
    counter('ibkit_session_received_bytes_total', 'Bytes received from the gateway; starts again with each session', (status) => status.bytesIn);
    counter('ibkit_session_sent_bytes_total', 'Bytes sent to the gateway; starts again with each session', (status) => status.bytesOut);
  }
}
