import type { Execution, OrderView } from '@ibkit/simulator';
import type { Arrival, Truth } from '../stage/witness.js';
import type { Belief } from './belief.js';
import type { Intent } from './intent.js';

/** What can be wrong. */
export type FaultKind =
  | 'lost'
  | 'duplicated'
  | 'sent late'
  | 'not journalled'
  | 'gate closed'
  | 'changed'
  | 'unresolved'
  | 'wrong outcome'
  | 'fill missed'
  | 'fill misbooked'
  | 'commission'
  | 'positions'
  | 'journal';

/** One thing that is wrong. */
export interface Finding {
  readonly kind: FaultKind;
  readonly key: string;
  readonly text: string;
}

/** One side of a case: what was wanted, what the client holds, what the server has. */
export interface Case {
  readonly intents: readonly Intent[];
  readonly beliefs: readonly Belief[];
  readonly truth: Truth;
}

const WORKING: ReadonlySet<string> = new Set(['PreSubmitted', 'Submitted', 'PendingCancel', 'PendingSubmit']);
/** Amounts are sums of floats on the server's side. */
const CENT_PART = 1e-6;

function close(a: number, b: number): boolean {
  return Math.abs(a - b) <= CENT_PART * Math.max(1, Math.abs(a), Math.abs(b));
}

/** The orders that the server has under a reference: one, unless something went wrong. */
function atBroker({ open, completed }: Truth, orderRef: string): readonly OrderView[] {
  return [...open, ...completed].filter(({ ticket }) => ticket.orderRef === orderRef);
}

function baseOf(execId: string): string {
  return execId.slice(0, execId.lastIndexOf('.'));
}

/** Holds what a client believes against what the server knows. Empty: everything is as it should be. */
export function judge({ intents, beliefs, truth }: Case): readonly Finding[] {
  return [
    ...intents.flatMap((intent) => judgeIntent(intent, beliefs, truth)),
    ...beliefs.flatMap((belief) => judgeOutcome(belief, truth)),
    ...beliefs.flatMap((belief) => judgeTerms(belief, truth)),
    ...beliefs.flatMap((belief) => judgeFills(belief, truth)),
    ...judgeStrangers(beliefs, truth),
  ];
}

/** One intent makes one order at most, in the session in which it was asked for, with the terms that were asked for. */
function judgeIntent({ key, order, sessions, changes, openCalls }: Intent, beliefs: readonly Belief[], truth: Truth): readonly Finding[] {
  const findings: Finding[] = [];
  const refs = new Set(beliefs.filter((belief) => belief.key === key).map(({ orderRef }) => orderRef));
  const arrivals = truth.arrivals.filter(({ orderRef }) => refs.has(orderRef));
  const orders = [...refs].flatMap((orderRef) => atBroker(truth, orderRef)).filter(({ orderId }) => !truth.twins.has(orderId));
  if (orders.length > 1 || new Set(arrivals.map(({ orderRef }) => orderRef)).size > 1 || arrivals.length > 1 + changes) {
    findings.push({ kind: 'duplicated', key, text: `${arrivals.length} messages and ${orders.length} orders at the server for one intent and ${changes} changes` });
  }
  const late = arrivals.find(({ session }) => !sessions.includes(session));
  if (late !== undefined) findings.push({ kind: 'sent late', key, text: `asked for in session ${sessions.join(', ')}, arrived in session ${late.session}` });
  if (openCalls === 0 && arrivals.length > 0) findings.push({ kind: 'gate closed', key, text: 'arrived, although it was only asked for while the client knew that the broker was out of reach' });
  const [first] = arrivals;
  if (first !== undefined && !fits(first, order)) findings.push({ kind: 'changed', key, text: `arrived as ${JSON.stringify(first.order)} of ${first.symbol}` });
  return findings;
}

function fits({ order, symbol }: Arrival, plan: Intent['order']): boolean {
  const isPriced = (order.lmtPrice ?? 0) === (plan.limitPrice ?? 0) && (order.auxPrice ?? 0) === (plan.stopPrice ?? 0);
  return symbol === plan.symbol && order.action === plan.action && order.totalQuantity === plan.quantity && order.orderType === plan.orderType && isPriced;
}

/** Whether the client is right about what became of the order. */
function judgeOutcome({ key, orderRef, status }: Belief, truth: Truth): readonly Finding[] {
  const arrivals = truth.arrivals.filter((arrival) => arrival.orderRef === orderRef);
  const orders = atBroker(truth, orderRef);
  const finding = (kind: FaultKind, text: string): readonly Finding[] => [{ kind, key, text: `${text} (the server: ${shown(orders, arrivals, truth)})` }];
  switch (status) {
    case 'none':
      return arrivals.length === 0 ? [] : finding('wrong outcome', 'was said not to have been sent, and arrived');
    case 'absent':
      return orders.length === 0 ? [] : finding('lost', 'is believed not to be at the broker');
    case 'unknown':
    case 'pending':
      return finding(orders.length === 0 ? 'lost' : 'unresolved', `is ${status} in the end`);
    case 'working':
      return orders.some((order) => WORKING.has(order.status)) ? [] : finding('wrong outcome', 'is believed to work');
    case 'filled':
      return orders.some((order) => order.status === 'Filled') ? [] : finding('wrong outcome', 'is believed to be filled');
    case 'cancelled':
    case 'expired':
      return orders.length > 0 && orders.every((order) => order.status === 'Cancelled') ? [] : finding('wrong outcome', `is believed to be ${status}`);
    case 'rejected': {
      const refused = arrivals.some(({ orderId }) => truth.refusals.has(orderId));
      return refused && orders.every((order) => !WORKING.has(order.status) && order.status !== 'Filled') ? [] : finding('wrong outcome', 'is believed to be rejected');
    }
  }
}

/** Whether a working order asks for what the client believes. */
function judgeTerms({ key, orderRef, status, terms }: Belief, truth: Truth): readonly Finding[] {
  if (terms === undefined || status !== 'working') return [];
  const orders = atBroker(truth, orderRef).filter((order) => WORKING.has(order.status));
  if (orders.every(({ lmtPrice, totalQuantity }) => lmtPrice === terms.limitPrice && totalQuantity === terms.quantity)) return [];
  return [{ kind: 'changed', key, text: `is believed to be ${terms.quantity} at ${terms.limitPrice ?? 'the market'}, and is ${orders.map(({ totalQuantity, lmtPrice }) => `${totalQuantity} at ${lmtPrice ?? 'the market'}`).join(', ')}` }];
}

function shown(orders: readonly OrderView[], arrivals: readonly Arrival[], truth: Truth): string {
  const told = orders.map(({ status, filled, orderId }) => `order ${orderId} ${status}, filled ${filled}`);
  const [arrival] = arrivals;
  if (told.length > 0) return told.join('; ');
  if (arrival === undefined) return 'never came';
  return arrival.lost ? 'swallowed by a fault' : `came, not in the book, code ${truth.refusals.get(arrival.orderId) ?? 'none'}`;
}

/** Whether every fill is booked once, on the right order, at the right price, with its cost. */
function judgeFills({ key, orderRef, fills }: Belief, truth: Truth): readonly Finding[] {
  const findings: Finding[] = [];
  const real = truth.executions.filter((execution) => execution.orderRef === orderRef);
  for (const execution of real) {
    const booked = fills.filter(({ execId }) => baseOf(execId) === baseOf(execution.execId));
    if (booked.length === 0) findings.push({ kind: 'fill missed', key, text: `${execution.execId}, ${execution.shares} at ${execution.price}` });
    else if (booked.length > 1 || booked.some((fill) => !isSame(fill, execution))) {
      findings.push({ kind: 'fill misbooked', key, text: `${JSON.stringify(booked)} instead of ${execution.execId}, ${execution.shares} at ${execution.price}` });
    }
  }
  const strange = fills.filter(({ execId }) => !real.some((execution) => baseOf(execution.execId) === baseOf(execId)));
  if (strange.length > 0) findings.push({ kind: 'fill misbooked', key, text: `${JSON.stringify(strange)} belongs to another order, or to none` });
  if (findings.length > 0) return findings;
  const cost = atBroker(truth, orderRef).reduce((sum, order) => sum + (order.commission ?? 0), 0);
  const booked = fills.reduce((sum, { commission }) => sum + (commission ?? Number.NaN), 0);
  if (!close(cost, booked)) findings.push({ kind: 'commission', key, text: `${booked} instead of ${cost} for ${fills.length} fills` });
  return findings;
}

function isSame(fill: Belief['fills'][number], execution: Execution): boolean {
  return fill.execId === execution.execId && fill.side === execution.side && close(fill.quantity, execution.shares) && close(fill.price, execution.price);
}

/** Orders with a reference of ours that no belief knows: sent, and forgotten. */
function judgeStrangers(beliefs: readonly Belief[], { arrivals }: Truth): readonly Finding[] {
  const known = new Set(beliefs.map(({ orderRef }) => orderRef));
  return arrivals
    .filter(({ orderRef }) => !known.has(orderRef))
    .map(({ orderRef, orderId }) => ({ kind: 'not journalled', key: orderRef, text: `order ${orderId} arrived, and the client knows nothing of it` }));
}
