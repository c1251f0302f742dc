import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import type { ConnectionManager } from '@ibkit/core-connection';

const LAYERS = ['tcp', 'handshake', 'api', 'upstream'] as const;

function layerValue(status: 'up' | 'down' | 'unknown'): number {
  if (status === 'unknown') return Number.NaN;
  return status === 'up' ? 1 : 0;
}

/** The daemon's numbers in the Prometheus text format. Gauges are read when somebody asks. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #stop: () => void;

  constructor(connection: ConnectionManager) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry, prefix: 'ibkit_' });
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
    const gauge = (name: string, help: string, read: (status: ReturnType<ConnectionManager['getStatus']>) => number): void => {
      new Gauge({ name, help, registers, collect() { this.set(read(connection.getStatus())); } });
    };
    gauge('ibkit_connection_uptime_seconds', 'Age of the present session, 0 without one', (status) => status.uptimeMs / 1000);
    gauge('ibkit_connection_reconnects', 'Sessions that were made ready after a loss', (status) => status.reconnectCount);
    gauge('ibkit_requests_pending', 'Requests that wait for an answer', (status) => status.pendingRequests);
    gauge('ibkit_subscriptions', 'Streams that should exist', (status) => status.subscriptions);
    gauge('ibkit_messages_queued', 'Messages that wait in the rate limiter', (status) => status.queuedMessages);
    gauge('ibkit_received_bytes', 'Bytes received in the present session', (status) => status.bytesIn);
    gauge('ibkit_sent_bytes', 'Bytes sent in the present session', (status) => status.bytesOut);
    gauge('ibkit_undecodable_frames', 'Frames that could not be read', (status) => status.undecodableFrames);
    const notices = new Counter({ name: 'ibkit_broker_notices_total', help: 'Notices of the broker by code', labelNames: ['code'], registers });
    this.#stop = connection.events.on('notice.received', ({ code }) => {
      notices.inc({ code });
    });
  }

  /** The present values as text. */
  async read(): Promise<{ readonly contentType: string; readonly text: string }> {
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  /** Stops counting. */
  close(): void {
    this.#stop();
    this.#registry.clear();
  }
}
