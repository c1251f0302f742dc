import type { TopicDelta, TopicKindName, TopicSnapshot } from '@ibkit/api-contract';
import type { TimeZone } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import type { FillReport } from '@ibkit/gateway-trading';
import { fillView } from '../../views/fill.js';
import { known } from '../../views/known.js';
import { orderView } from '../../views/order.js';
import { fillData, orderData } from '../data/order-data.js';
import type { JournalTail, TailEntry } from '../journal/journal-tail.js';
import { microseconds } from '../topic-event.js';
import type { TopicChange } from '../topic-event.js';
import type { TopicSink, TopicSource } from '../topic-source.js';

type AuditEntry = TopicDelta<'audit'>['entry'];
type DurableKind = 'orders' | 'executions' | 'audit';

/** What a durable topic makes of the journal. */
export interface DurableView<K extends DurableKind> {
  readonly read: (tail: JournalTail) => TopicSnapshot<K>;
  readonly change: (entry: TailEntry) => TopicDelta<K> | undefined;
}

/** Our orders: the open ones, then every change of any. */
export const ORDERS_VIEW: DurableView<'orders'> = {
  read: (tail) => ({ orders: tail.orders.open().map((order) => orderData(orderView(order))) }),
  change: ({ change }) => (change === undefined ? undefined : { order: orderData(orderView(change.order)) }),
};

/** The audit trail as it is written. */
export const AUDIT_VIEW: DurableView<'audit'> = {
  read: (tail) => ({ entries: tail.newest.map(auditData) }),
  change: (entry) => ({ entry: auditData(entry) }),
};

/** Our fills: today's, by the day of the broker, then every one. */
export function executionsView({ clock, zone, serverNow }: { readonly clock: Clock; readonly zone: TimeZone; readonly serverNow: (() => number) | undefined }): DurableView<'executions'> {
  const dayOf = ({ executedAtMs, atMs }: FillReport): string => zone.dateOf(executedAtMs ?? atMs);
  return {
    read: (tail) => {
      const today = zone.dateOf(serverNow?.() ?? clock.now());
      return { fills: tail.orders.fills().filter((fill) => dayOf(fill) === today).map((fill) => fillData(fillView(fill))) };
    },
    change: ({ change }) => (change?.fill === undefined ? undefined : { fill: fillData(fillView(change.fill)) }),
  };
}

function auditData({ entry: { seq, term, record, hash }, change }: TailEntry): AuditEntry {
  const named = { orderId: textIn(record, 'intentId'), key: textIn(record, 'key'), account: textIn(record, 'account') };
  return known<AuditEntry>({
    seq, term, atMs: record.atMs, type: record.type,
    orderId: named.orderId ?? change?.order.intentId,
    key: named.key ?? change?.order.key,
    account: named.account ?? change?.order.account,
    record: { ...record }, hash,
  }); // prettier-ignore
}

function textIn(record: object, field: string): string | undefined {
  const value: unknown = Reflect.get(record, field);
  return typeof value === 'string' ? value : undefined;
}

/** A topic that is read from the journal: its positions are the journal's, over every restart. */
export function durableSource<K extends DurableKind & TopicKindName>(tail: JournalTail, view: DurableView<K>, sink: TopicSink<K>): TopicSource<K> {
  const read = (): TopicSnapshot<K> => view.read(tail);
  const begin = (): void => {
    sink.whole(read(), { position: tail.seq });
  };
  let failed = false;
  const off = tail.listen({
    ready: begin,
    entry: (entry) => {
      if (failed) {
        // It is read again: nothing is missing, since positions go on where they were.
        failed = false;
        sink.whole(read(), { position: entry.entry.seq });
        return;
      }
      const data = view.change(entry);
      if (data !== undefined) sink.delta(data, { position: entry.entry.seq, atMs: entry.entry.record.atMs });
    },
    failed: (error) => {
      if (!failed) sink.stale(`the journal cannot be read: ${error.message}`);
      failed = true;
    },
  });
  if (tail.isReady) begin();
  return {
    read,
    epoch: () => tail.epoch,
    history: (after) => changesAfter(tail, view, after),
    close: () => {
      off();
      return Promise.resolve();
    },
  };
}

async function* changesAfter<K extends DurableKind>(tail: JournalTail, view: DurableView<K>, after: number): AsyncGenerator<TopicChange<K>, void, undefined> {
  for await (const entry of tail.history(after)) {
    const data = view.change(entry);
    if (data !== undefined) yield { kind: 'delta', position: entry.entry.seq, tsUs: microseconds(entry.entry.record.atMs), data, notable: false };
  }
}
