import { addDecimals, decimalText, multiplyDecimals } from './decimal.js';
import type { ChangeVerdictRecord, CommissionRecord, Evidence, ExecutionRecord, OrderRecord, ResizedRecord, StagedRecord, StatusRecord, UnknownRecord, VerdictRecord } from '../journal/journal-record.js';
import { isChangeOpen, remainingOf, requestChange, resize, settleChange, termsOf, withChangedTerms } from './changes/change-machine.js';
import { hasLivingTwin, withPermId, withoutIncarnation } from './incarnations.js';
import { revisionOf } from '../executions/execution-id.js';
import { isEnded } from './order-state.js';
import type { Fill, OrderState, OrderStatus } from './order-state.js';

const MAX_WARNINGS = 20;

/**
 * How far an order has come. Evidence only ever moves an order up, so that callbacks may come twice and in any order:
 * a late `Submitted` cannot revive a cancelled order, and `Filled` beats `Cancelled` whichever came first.
 * A rejection beats a bare `Cancelled` because it says why; `unsent` and `absent` are our conclusions and give way to any word of the broker.
 */
const RANK: Readonly<Record<OrderStatus, number>> = {
  staged: 0,
  sending: 0,
  unsent: 0,
  unknown: 0,
  absent: 0,
  acked: 1,
  working: 2,
  cancelled: 3,
  expired: 4,
  rejected: 5,
  filled: 6,
};

/** What the broker's status words mean (TWS API: orderStatus). `Inactive` alone is no verdict: it may be held, and may come back. */
const STATUS_OF_WORD: ReadonlyMap<string, OrderStatus> = new Map([
  ['ApiPending', 'acked'],
  ['PendingSubmit', 'acked'],
  ['Inactive', 'acked'],
  ['PreSubmitted', 'working'],
  ['Submitted', 'working'],
  ['PendingCancel', 'working'],
  ['Filled', 'filled'],
  ['Cancelled', 'cancelled'],
  ['ApiCancelled', 'cancelled'],
]);

/** The state of an order that was just staged. */
export function stageOrder(record: StagedRecord): OrderState {
  const { request } = record;
  return {
    intentId: record.intentId,
    key: record.key,
    tag: record.tag,
    requestHash: record.requestHash,
    attempt: record.attempt,
    account: record.account,
    clientId: record.clientId,
    orderId: record.orderId,
    orderRef: record.orderRef,
    ...(record.apiOrderId === undefined ? {} : { apiOrderId: record.apiOrderId }),
    epoch: record.epoch,
    parentIntentId: record.parentIntentId,
    bracket: record.bracket,
    contract: request.contract,
    action: request.action,
    ...termsOf(request),
    status: 'staged',
    evidence: 'local',
    permIds: [],
    warnings: [],
    fills: [],
    filledQuantity: 0,
    remainingQuantity: Number(request.quantity),
    reportedFilled: 0,
    stagedAtMs: record.atMs,
    changedAtMs: record.atMs,
  };
}

/**
 * The next state of an order. Pure: no clock, no I/O. Gives back the very same object when the record says nothing new,
 * which is how duplicates are told from news.
 */
export function transition(order: OrderState, record: OrderRecord): OrderState {
  switch (record.type) {
    case 'order.staged':
      return order;
    case 'order.sending':
      return order.status === 'staged' ? { ...order, status: 'sending', changedAtMs: record.atMs } : order;
    case 'order.sent':
      return order.sentAtMs === undefined ? { ...order, sentAtMs: record.atMs, changedAtMs: record.atMs } : order;
    case 'order.unsent':
      return order.status === 'staged' || order.status === 'sending' ? end(order, 'unsent', record.atMs, { reason: record.reason }) : order;
    case 'order.unknown':
      return lose(order, record);
    case 'order.acked':
      return acknowledge(order, record.permId, { evidence: record.evidence, atMs: record.atMs });
    case 'order.status':
      return applyStatus(order, record);
    case 'order.execution':
      return applyExecution(order, record);
    case 'order.commission':
      return applyCommission(order, record);
    case 'order.cancelRequested':
      return isEnded(order.status) || order.cancel === 'requested' ? order : { ...order, cancel: 'requested', changedAtMs: record.atMs };
    case 'order.verdict':
      return applyVerdict(order, record);
    case 'order.warning':
      return { ...order, warnings: [...order.warnings, { code: record.code, message: record.message, atMs: record.atMs }].slice(-MAX_WARNINGS), changedAtMs: record.atMs };
    case 'order.changeRequested':
      return requestChange(order, record);
    case 'order.changeVerdict':
      return applyChangeVerdict(order, record);
    case 'order.resized':
      return applyResize(order, record);
  }
}

interface Basis {
  readonly evidence: Evidence;
  readonly atMs: number;
}

/** Moves up the ranks, or not at all. */
function rise(order: OrderState, to: OrderStatus, { evidence, atMs }: Basis): OrderState {
  if (order.status === to || RANK[to] < RANK[order.status] || RANK[to] === 0) return order;
  const ended = isEnded(to);
  return {
    ...order,
    status: to,
    evidence,
    reason: undefined,
    notWorking: undefined,
    ackedAtMs: order.ackedAtMs ?? atMs,
    ...(ended ? { endedAtMs: order.endedAtMs ?? atMs, cancel: undefined } : { endedAtMs: undefined }),
    changedAtMs: atMs,
  };
}

function end(order: OrderState, status: OrderStatus, atMs: number, details: Partial<OrderState>): OrderState {
  return { ...order, notWorking: undefined, ...details, status, evidence: details.evidence ?? 'local', endedAtMs: order.endedAtMs ?? atMs, cancel: undefined, changedAtMs: atMs };
}

function lose(order: OrderState, { reason, notWorking, atMs }: UnknownRecord): OrderState {
  if (isEnded(order.status)) return order;
  if (order.status === 'unknown' && (notWorking !== true || order.notWorking === true)) return order;
  const evidence = notWorking === true ? 'absence' : 'local';
  return { ...order, status: 'unknown', evidence, reason, notWorking, changedAtMs: atMs };
}

function acknowledge(order: OrderState, permId: string, basis: Basis): OrderState {
  return rise(withPermId(order, permId, basis.atMs), 'acked', basis);
}

/** New terms may complete an order: what is filled is all that it wants now. */
function applyChangeVerdict(order: OrderState, record: ChangeVerdictRecord): OrderState {
  const settled = settleChange(order, record);
  return settled === order ? order : complete(settled, { evidence: record.evidence, atMs: record.atMs });
}

/** The broker made it smaller: what is filled may be all that it wants now. */
function applyResize(order: OrderState, record: ResizedRecord): OrderState {
  const resized = isEnded(order.status) ? order : resize(order, record.quantity, record.atMs);
  return resized === order ? order : complete(resized, { evidence: record.evidence, atMs: record.atMs });
}

/**
 * Filled means that nothing is left (TWS API: orderStatus): filled at the quantity of a change, it has taken that change; filled below its
 * quantity, the broker has made it smaller, as it does with the others of a group that reduces.
 */
function withTermsOfFill(order: OrderState, target: OrderStatus | undefined, { filled, atMs }: StatusRecord): OrderState {
  const { change } = order;
  if (target !== 'filled' || filled === undefined || Number(filled) === order.quantity || order.permIds.length > 1) return order;
  if (change !== undefined && isChangeOpen(order) && filled === change.terms.quantity) return withChangedTerms(order, change, atMs);
  return Number(filled) > 0 && Number(filled) < order.quantity ? resize(order, filled, atMs) : order;
}

function applyStatus(before: OrderState, record: StatusRecord): OrderState {
  const basis: Basis = { evidence: record.evidence, atMs: record.atMs };
  const word = targetOf(record);
  const isOver = word !== undefined && isEnded(word);
  const order = withTermsOfFill(isOver ? withoutIncarnation(before, record.permId, record.atMs) : before, word, record);
  const target = isOver ? verdictOn(order, word) : word;
  const risen = target === undefined ? order : rise(order, target, basis);
  // A word of a lower rank is late, not news; Inactive is news in any living order.
  const isLate = target !== undefined && RANK[target] < RANK[risen.status] && !(record.status === 'Inactive' && !isEnded(risen.status));
  const most = Math.max(order.reportedFilled, record.filled === undefined ? 0 : Number(record.filled));
  const reportedFilled = isUnsized(order) ? most : risen.status === 'filled' ? order.quantity : Math.min(order.quantity, most);
  const remainingQuantity = isUnsized(order) ? remainingOf(reportedFilled, order.filledQuantity) : order.remainingQuantity;
  const brokerStatus = isLate ? risen.brokerStatus : record.status;
  // Only orderStatus says why an order is held.
  const whyHeld = isLate || record.evidence !== 'status' ? risen.whyHeld : record.whyHeld;
  const reason = !isLate && record.text !== undefined && risen.reason === undefined ? record.text : risen.reason;
  if (
    risen === before &&
    reportedFilled === order.reportedFilled &&
    brokerStatus === order.brokerStatus &&
    whyHeld === order.whyHeld &&
    reason === order.reason
  ) {
    return order;
  }
  return { ...risen, reportedFilled, remainingQuantity, brokerStatus, whyHeld, reason, changedAtMs: record.atMs };
}

/** What the end of one incarnation says about the order: nothing while another lives, and filled when that is what the fills add up to. */
function verdictOn(order: OrderState, word: OrderStatus): OrderStatus | undefined {
  if (hasLivingTwin(order)) return undefined;
  return order.permIds.length > 1 && isComplete(order) ? 'filled' : word;
}

/** An order for an amount of money: how much that buys is known when it is filled. */
function isUnsized({ quantity }: OrderState): boolean {
  return quantity === 0;
}

function isComplete(order: OrderState): boolean {
  return !isUnsized(order) && order.filledQuantity >= order.quantity && !hasLivingTwin(order);
}

/** Filled as soon as the fills say so, whatever the statuses say. */
function complete(order: OrderState, basis: Basis): OrderState {
  return isComplete(order) ? rise(order, 'filled', basis) : order;
}

function targetOf(record: StatusRecord): OrderStatus | undefined {
  // In the list of completed orders an inactive one is over: the broker does not list the living there.
  if (record.evidence === 'completed') {
    if (record.status === 'Inactive') return 'rejected';
    if (record.status === 'Cancelled' && /\bexpired\b/iu.test(record.text ?? '')) return 'expired';
  }
  return STATUS_OF_WORD.get(record.status);
}

function applyExecution(order: OrderState, record: ExecutionRecord): OrderState {
  const { base, revision } = revisionOf(record.execId);
  const previous = order.fills.find(({ execId }) => revisionOf(execId).base === base);
  if (previous !== undefined && revisionOf(previous.execId).revision >= revision) return order;
  const fill: Fill = {
    execId: record.execId,
    side: record.side,
    quantity: Number(record.quantity),
    price: Number(record.price),
    exchange: record.exchange,
    time: record.time,
    executedAtMs: record.executedAtMs,
    atMs: record.atMs,
    kind: record.kind,
    contract: record.contract,
    commission: { status: 'pending' },
  };
  const fills = previous === undefined ? [...order.fills, fill] : order.fills.map((other) => (other === previous ? fill : other));
  const counted = count({ ...order, fills, changedAtMs: record.atMs });
  const basis: Basis = { evidence: 'execution', atMs: record.atMs };
  return rise(counted, isComplete(counted) ? 'filled' : 'working', basis);
}

function count(order: OrderState): OrderState {
  let filled = '0';
  let paid = '0';
  for (const { quantity, price, kind } of order.fills) {
    // A combination is counted as a whole.
    if (kind === 'leg') continue;
    const size = decimalText(quantity);
    filled = addDecimals(filled, size);
    paid = addDecimals(paid, multiplyDecimals(size, decimalText(price)));
  }
  const filledQuantity = Number(filled);
  return {
    ...order,
    filledQuantity,
    remainingQuantity: remainingOf(isUnsized(order) ? order.reportedFilled : order.quantity, filledQuantity),
    averagePrice: filledQuantity > 0 ? Number(paid) / filledQuantity : undefined,
  };
}

function applyCommission(order: OrderState, record: CommissionRecord): OrderState {
  const fill = order.fills.find(({ execId }) => execId === record.execId);
  if (fill === undefined) return order;
  const amount = Number(record.commission);
  const realizedPnl = record.realizedPnl === undefined ? undefined : Number(record.realizedPnl);
  const { commission } = fill;
  if (commission.status === 'known' && commission.amount === amount && commission.currency === record.currency && commission.realizedPnl === realizedPnl) {
    return order;
  }
  const priced: Fill = { ...fill, commission: { status: 'known', amount, currency: record.currency, realizedPnl } };
  return { ...order, fills: order.fills.map((other) => (other === fill ? priced : other)), changedAtMs: record.atMs };
}

function applyVerdict(order: OrderState, record: VerdictRecord): OrderState {
  const { verdict, evidence, atMs, reason, code } = record;
  const basis: Basis = { evidence, atMs };
  const brokerNotice = code === undefined ? order.brokerNotice : { code, message: reason, atMs };
  switch (verdict) {
    case 'cancelRefused':
      return isEnded(order.status) || order.cancel === 'refused' ? order : { ...order, cancel: 'refused', reason, changedAtMs: atMs };
    case 'absent':
      return order.status === 'unknown' && order.fills.length === 0 ? end(order, 'absent', atMs, { reason, evidence }) : order;
    case 'alive':
      // A rejection that was read from a code is believed until a complete snapshot shows the order alive.
      return order.status === 'rejected' ? { ...order, status: 'working', evidence, reason: undefined, brokerNotice: undefined, endedAtMs: undefined, changedAtMs: atMs } : order;
    case 'rejected':
    case 'cancelled':
    case 'expired': {
      // A notice does not say which incarnation it means.
      if (hasLivingTwin(order) && evidence !== 'absence' && evidence !== 'operator') return order;
      const risen = rise(order, verdict, basis);
      if (risen !== order) return { ...risen, reason, brokerNotice };
      // The notice after a `Cancelled` status says why: keep its words.
      const adds = order.status === verdict && order.reason === undefined && code !== undefined;
      return adds ? { ...order, reason, brokerNotice, changedAtMs: atMs } : order;
    }
  }
}
