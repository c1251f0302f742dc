import type { ServerMessage } from '@ibkit/wire';
import { LatencyHistogram } from './latency-histogram.js';
import type { LatencySnapshot } from './latency-histogram.js';

/** Orders that never get an answer must not fill our memory. */
const MAX_OPEN = 1_000;

/** How long the gateway takes from an order's bytes to the first thing that it says about that order. */
export class OrderLatency {
  readonly #histogram = new LatencyHistogram();
  readonly #sentAtMs = new Map<number, number>();

  /** An order left, at monotonic `atMs`. */
  sent(orderId: number, atMs: number): void {
    const oldest = this.#sentAtMs.keys().next();
    if (this.#sentAtMs.size >= MAX_OPEN && oldest.done !== true) this.#sentAtMs.delete(oldest.value);
    this.#sentAtMs.set(orderId, atMs);
  }

  /** A message arrived, at monotonic `atMs`. */
  received(message: ServerMessage, atMs: number): void {
    if (this.#sentAtMs.size === 0) return;
    const orderId = orderIdOf(message);
    const sentAtMs = orderId === undefined ? undefined : this.#sentAtMs.get(orderId);
    if (orderId === undefined || sentAtMs === undefined) return;
    this.#sentAtMs.delete(orderId);
    this.#histogram.observe(atMs - sentAtMs);
  }

  /** The session is gone, and what it owed with it. */
  sessionEnded(): void {
    this.#sentAtMs.clear();
  }

  snapshot(): LatencySnapshot {
    return this.#histogram.snapshot();
  }
}

function orderIdOf(message: ServerMessage): number | undefined {
  if (message.type === 'errMsg') return message.id;
  if (message.type === 'openOrder' || message.type === 'orderStatus') return message.orderId;
  return undefined;
}
