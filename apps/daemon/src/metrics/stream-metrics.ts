import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

/** How the stream is doing, over all its clients. */
export interface StreamStats {
  readonly clients: number;
  readonly subscriptions: number;
  /** Bytes that clients have not taken yet. */
  readonly bufferedBytes: number;
  /** Since the start: frames and bytes that were sent, updates that were folded into later ones, clients that were cut because they did not read. */
  readonly sentFrames: number;
  readonly sentBytes: number;
  readonly conflated: number;
  readonly cut: number;
}

const NOBODY: StreamStats = { clients: 0, subscriptions: 0, bufferedBytes: 0, sentFrames: 0, sentBytes: 0, conflated: 0, cut: 0 };

/** Registers the numbers of the WebSocket stream. */
export function registerStreamMetrics(registry: Registry, read: () => StreamStats = () => NOBODY): void {
  const registers = [registry];
  const gauge = (name: string, help: string, value: (stats: StreamStats) => number): void => {
    new Gauge({ name, help, registers, collect() { this.set(value(read())); } });
  };
  const counter = (name: string, help: string, value: (stats: StreamStats) => number): void => {
    new Counter({
      name, help, registers,
      collect() {
        this.reset();
        this.inc(value(read()));
      },
    });
  };
  gauge('ibkit_stream_clients', 'WebSocket clients', ({ clients }) => clients);
  gauge('ibkit_stream_subscriptions', 'Subscriptions of WebSocket clients', ({ subscriptions }) => subscriptions);
  gauge('ibkit_stream_buffered_bytes', 'Bytes that WebSocket clients have not taken yet', ({ bufferedBytes }) => bufferedBytes);
  counter('ibkit_stream_frames_sent_total', 'Frames that were sent to WebSocket clients', ({ sentFrames }) => sentFrames);
  counter('ibkit_stream_bytes_sent_total', 'Bytes that were sent to WebSocket clients', ({ sentBytes }) => sentBytes);
  counter('ibkit_stream_conflated_total', 'Updates that were folded into a later one', ({ conflated }) => conflated);
  counter('ibkit_stream_clients_cut_total', 'WebSocket clients that were cut because they did not read', ({ cut }) => cut);
}
