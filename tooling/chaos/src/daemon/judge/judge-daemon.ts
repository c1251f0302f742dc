import type { ApiOrder } from '@ibkit/api-contract';
import type { Belief, BeliefStatus } from '../../judge/belief.js';
import { judge } from '../../judge/judge.js';
import type { FaultKind, Finding } from '../../judge/judge.js';
import type { Truth } from '../../stage/witness.js';
import type { Wish } from '../clients/api-caller.js';
import { DURABLE_TOPICS } from '../clients/topic-follower.js';
import type { TopicFollower } from '../clients/topic-follower.js';
import type { Written } from './written.js';

/** One thing that is wrong. */
export interface DaemonFinding {
  readonly kind: FaultKind | 'answer broken' | 'ids' | 'stream' | 'tokens' | 'list' | 'process';
  readonly key: string;
  readonly text: string;
}

const BELIEFS: Readonly<Record<ApiOrder['status'], BeliefStatus>> = {
  staged: 'pending', sending: 'pending', acked: 'pending', unknown: 'unknown', working: 'working', filled: 'filled', cancelled: 'cancelled', rejected: 'rejected', expired: 'expired', unsent: 'none', absent: 'absent',
}; // prettier-ignore

/** What the daemon answers about its orders, as beliefs. */
export function beliefsOf(orders: readonly ApiOrder[], { refs }: Written): readonly Belief[] {
  return orders.map(({ key, id, orderId, status, fills, limitPrice, quantity, change }) => ({
    key,
    orderRef: refs.get(id) ?? `${id} is not in the journal`,
    orderId,
    status: BELIEFS[status],
    terms: change?.status === 'unknown' ? undefined : { limitPrice, quantity },
    fills: fills.map(({ execId, side, quantity: filled, price, commission }) => ({ execId, side, quantity: filled, price, commission: commission.status === 'known' ? commission.amount : undefined })),
  }));
}

/** Everything, when all has settled. */
export function judgeAll(wishes: readonly Wish[], beliefs: readonly Belief[], truth: Truth): readonly Finding[] {
  return judge({ intents: wishes.flatMap(({ intents }) => intents), beliefs, truth });
}

/** What can only be read of a moment in which things go on: an order that has its end. */
const ENDED: ReadonlySet<BeliefStatus> = new Set(['filled', 'cancelled', 'rejected', 'expired']);
const ALWAYS: ReadonlySet<FaultKind> = new Set(['duplicated', 'sent late', 'not journalled']);

/**
 * What must hold as soon as the daemon is ready again, while orders go on.
 * @param before what the server had before the daemon was started: it must know all of these fills
 * @param after what the server has after the daemon was asked
 */
export function judgeMoment(wishes: readonly Wish[], beliefs: readonly Belief[], { before, after }: { readonly before: Truth; readonly after: Truth }): readonly DaemonFinding[] {
  const statuses = new Map(beliefs.map(({ key, status }) => [key, status]));
  const findings: readonly DaemonFinding[] = judgeAll(wishes, beliefs, after).filter(({ kind, key, text }) => {
    if (ALWAYS.has(kind)) return true;
    if (kind === 'wrong outcome') return ENDED.has(statuses.get(key) ?? 'pending') || statuses.get(key) === 'none';
    return kind === 'lost' && text.startsWith('is believed not to be');
  });
  const booked = new Set(beliefs.flatMap(({ fills }) => fills.map(({ execId }) => baseOf(execId))));
  const refs = new Set(beliefs.map(({ orderRef }) => orderRef));
  const missed = before.executions.filter(({ execId, orderRef }) => refs.has(orderRef) && !booked.has(baseOf(execId)));
  const real = new Set(after.executions.map(({ execId }) => baseOf(execId)));
  const strange = [...booked].filter((execId) => !real.has(execId));
  return [
    ...findings,
    ...missed.map(({ execId, orderRef }): DaemonFinding => ({ kind: 'fill missed', key: orderRef, text: `${execId} happened before the daemon was back` })),
    ...strange.map((execId): DaemonFinding => ({ kind: 'fill misbooked', key: '', text: `${execId} never happened` })),
  ];
}

function baseOf(execId: string): string {
  return execId.slice(0, execId.lastIndexOf('.'));
}

/** What must hold of the journal whenever it is read, also right after a kill. */
export function judgeWritten(wishes: readonly Wish[], written: Written, truth: Truth): readonly DaemonFinding[] {
  const findings: DaemonFinding[] = [];
  if (written.broken !== undefined) findings.push({ kind: 'journal', key: '', text: `the chain does not verify: ${written.broken}` });
  const refs = new Set(written.refs.values());
  for (const { orderRef, orderId } of truth.arrivals) if (!refs.has(orderRef)) findings.push({ kind: 'not journalled', key: orderRef, text: `order ${orderId} arrived and is not in the journal` });
  for (const { key, answers } of wishes) if (answers > 0 && !written.keys.has(key)) findings.push({ kind: 'answer broken', key, text: 'was answered and is not in the journal' });
  written.orderIds.forEach((orderId, index) => {
    const previous = written.orderIds[index - 1];
    if (previous !== undefined && orderId <= previous) findings.push({ kind: 'ids', key: String(orderId), text: `order id ${orderId} was taken after ${previous}` });
  });
  if (new Set(written.execIds).size !== written.execIds.length) findings.push({ kind: 'fill misbooked', key: '', text: 'the journal has an execution twice' });
  return findings;
}

/** What clients of the stream were told, against the journal: a part of it from its beginning on, all of it at the end, each change once and in order. */
export function judgeStream(followers: readonly TopicFollower[], { changes }: Written, isEnd: boolean): readonly DaemonFinding[] {
  return followers.flatMap(({ name, topics }) => DURABLE_TOPICS.flatMap((topic): DaemonFinding[] => {
    const { told, faults, fromSeq } = topics[topic];
    const wanted = topic === 'audit' ? changes.audit.slice(fromSeq) : changes[topic];
    const place = `${topic} at ${name}`;
    const findings = faults.map((text): DaemonFinding => ({ kind: 'stream', key: place, text }));
    const wrong = told.findIndex((mark, index) => mark !== wanted[index]);
    if (wrong >= 0) findings.push({ kind: 'stream', key: place, text: `change ${wrong + 1} of ${told.length} is ${told[wrong] ?? ''} instead of ${wanted[wrong] ?? 'nothing more'}` });
    else if (isEnd && told.length < wanted.length) findings.push({ kind: 'stream', key: place, text: `${told.length} of ${wanted.length} changes came` });
    return findings;
  })); // prettier-ignore
}
