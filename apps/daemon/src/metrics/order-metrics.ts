import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Clock } from '@ibkit/clock';
import type { OrderState, Trading } from '@ibkit/gateway-trading';

/** What happens to orders is counted from. */
export type MeteredTrading = Pick<Trading, 'orders' | 'events' | 'lastReconcile'>;

const STATUSES = ['staged', 'sending', 'unsent', 'unknown', 'acked', 'working', 'filled', 'cancelled', 'rejected', 'expired', 'absent'] as const satisfies readonly OrderState['status'][];
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Orders are stamped with the wall clock, which may be set back between two stamps. */
function seconds(fromMs: number, toMs: number): number {
  return Math.max(0, toMs - fromMs) / 1000;
}

/** Registers what there is to know about orders; the returned function stops counting. No label names an account, an instrument or an order. */
export function registerOrderMetrics(registry: Registry, trading: MeteredTrading, clock: Clock): () => void {
  const registers = [registry];
  new Gauge({
    name: 'ibkit_orders', help: 'Orders of the journal by status', labelNames: ['status'], registers,
    collect() {
      const counts = new Map<string, number>();
      for (const { status } of trading.orders()) counts.set(status, (counts.get(status) ?? 0) + 1);
      for (const status of STATUSES) this.set({ status }, counts.get(status) ?? 0);
    },
  });
  new Gauge({
    name: 'ibkit_reconcile_age_seconds', help: 'How long ago the journal was compared with the broker; NaN when never', registers,
    collect() {
      const last = trading.lastReconcile;
      this.set(last === undefined ? Number.NaN : seconds(last.finishedAtMs, clock.now()));
    },
  });
  const failed = new Counter({ name: 'ibkit_reconcile_failures_total', help: 'Comparisons with the broker that came to no end', registers });
  const fills = new Counter({ name: 'ibkit_fills_total', help: 'Executions that were booked', registers });
  const toSend = new Histogram({ name: 'ibkit_order_call_to_send_seconds', help: 'From the record of an order in the journal to its bytes on the socket', buckets: BUCKETS, registers });
  const toAck = new Histogram({ name: 'ibkit_order_send_to_ack_seconds', help: 'From the bytes of an order to the broker\'s first word about it', buckets: BUCKETS, registers });
  // Each order once; what was acked before the start, and is read from the journal, has no event.
  const counted = new Set<string>();
  const stops = [
    trading.events.on('reconcile.failed', () => {
      failed.inc();
    }),
    trading.events.on('order.filled', () => {
      fills.inc();
    }),
    trading.events.on('order.statusChanged', ({ order }) => {
      const { intentId: id, stagedAtMs, sentAtMs, ackedAtMs } = order;
      if (sentAtMs === undefined || ackedAtMs === undefined || counted.has(id)) return;
      counted.add(id);
      toSend.observe(seconds(stagedAtMs, sentAtMs));
      toAck.observe(seconds(sentAtMs, ackedAtMs));
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
