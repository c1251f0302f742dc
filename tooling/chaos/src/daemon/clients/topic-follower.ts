import type { TopicDelta } from '@ibkit/api-contract';
import { DaemonStream } from '@ibkit/websocket-provider';
import type { StreamEncoding, TopicEvent } from '@ibkit/websocket-provider';

/** The topics whose every change must come, once, over all restarts. */
export const DURABLE_TOPICS = ['orders', 'executions', 'audit'] as const;
export type DurableTopic = (typeof DURABLE_TOPICS)[number];

/** How the harness writes a change down, so that it can be held against the journal's. */
export function orderMark({ id, status, filledQuantity, changedAtMs, fills }: Pick<TopicDelta<'orders'>['order'], 'id' | 'status' | 'changedAtMs'> & { readonly filledQuantity: string | number; readonly fills: readonly { readonly commission: { readonly status: string } }[] }): string {
  return `${id} ${status} ${Number(filledQuantity)} in ${fills.length}, ${fills.filter(({ commission }) => commission.status === 'known').length} paid, at ${changedAtMs}`;
}

/** The same of a fill. */
export function fillMark({ execId, quantity, price, commission }: { readonly execId: string; readonly quantity: string | number; readonly price: string | number; readonly commission: { readonly status: string } }): string {
  return `${execId} ${Number(quantity)} at ${Number(price)} ${commission.status}`;
}

/** The same of an entry of the journal. */
export function entryMark({ seq, hash }: { readonly seq: number; readonly hash?: string | undefined }): string {
  return `${seq} ${hash ?? ''}`;
}

/** What one topic told. */
export interface TopicRecord {
  /** Every change, in order. */
  readonly told: string[];
  /** Of `audit`: the last entry of the first snapshot. */
  fromSeq: number;
  resumed: number;
  snapshots: number;
  /** What a client that misses nothing must never hear. */
  readonly faults: string[];
}

/** How it follows. */
export interface FollowerOptions {
  readonly name: string;
  readonly url: string;
  readonly token: string;
  readonly encoding: StreamEncoding;
  /** Told of every change, in the tick in which it came. */
  readonly onTold: () => void;
}

/** Follows the durable topics as a program does that stores what happens to its orders. */
export class TopicFollower implements AsyncDisposable {
  readonly name: string;
  readonly topics: Readonly<Record<DurableTopic, TopicRecord>> = { orders: record(), executions: record(), audit: record() };
  readonly #stream: DaemonStream;
  readonly #onTold: () => void;
  #isClosed = false;

  constructor({ name, url, token, encoding, onTold }: FollowerOptions) {
    this.name = name;
    this.#onTold = onTold;
    this.#stream = new DaemonStream({ url, token, encoding, reconnectMinMs: 20, reconnectMaxMs: 150 });
  }

  /** Resolves when all of each topic was told. */
  async begin(): Promise<void> {
    const { orders, executions, audit } = this.topics;
    const subscriptions = [
      this.#stream.subscribe('orders', 'orders', (event) => {
        this.#take(orders, event, ({ order }) => orderMark(order));
        if (event.type === 'snapshot' && orders.snapshots === 1 && event.data.orders.length > 0) orders.faults.push('orders before the first one');
      }),
      this.#stream.subscribe('executions', 'executions', (event) => {
        this.#take(executions, event, ({ fill }) => fillMark(fill));
      }),
      this.#stream.subscribe('audit', 'audit', (event) => {
        this.#take(audit, event, ({ entry }) => entryMark(entry));
        if (event.type === 'snapshot' && audit.snapshots === 1) audit.fromSeq = event.data.entries.at(-1)?.seq ?? 0;
      }),
    ];
    await Promise.all(subscriptions.map(({ ready }) => ready));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.#stream.close();
  }

  #take<K extends DurableTopic>(topic: TopicRecord, event: TopicEvent<K>, markOf: (data: TopicDelta<K>) => string): void {
    switch (event.type) {
      case 'delta':
        topic.told.push(markOf(event.data));
        if (event.folded !== 1) topic.faults.push(`${event.folded} changes in one`);
        this.#onTold();
        return;
      case 'snapshot':
        topic.snapshots += 1;
        if (topic.snapshots > 1) topic.faults.push(`all of it again (${event.reason}) after ${topic.told.length} changes`);
        return;
      case 'resumed':
        topic.resumed += 1;
        return;
      case 'gap':
        topic.faults.push(`a gap (${event.reason}) after ${topic.told.length} changes`);
        return;
      case 'ended':
        if (!this.#isClosed) topic.faults.push(`it ended: ${event.error?.message ?? ''}`);
        return;
      default:
    }
  }
}

function record(): TopicRecord {
  return { told: [], fromSeq: 0, resumed: 0, snapshots: 0, faults: [] };
}
