import { deltaNeutralContract, serverContract } from './contract-layouts.js';
import type { WireContract } from './contract-model.js';
import { fixed, layout, nested, optional, optionalNested, required, since, version, when } from './layout.js';
import {
  algo,
  allocation,
  boxAndRange,
  clearing,
  customer,
  deltaNeutralShort,
  legPricesToHedge,
  legs,
  orderHead,
  pegOffsets,
  randomizeToConditions,
  schedule,
  trail,
  volatility,
} from './open-order-blocks.js';
import { answerFlag } from './order-layouts.js';
import type { WireExecution, WireOrder, WireOrderState } from './order-model.js';
import {
  UNSET_DOUBLE,
  UNSET_INT,
  UNSET_LONG,
  integer,
  lineOrUnset,
  lineText,
  longId,
  number,
  quantity,
  unsettableInteger,
} from './scalar.js';

/** The state of an order. May come several times for one state; executions, not statuses, are the truth about fills. */
export interface OrderStatus {
  readonly type: 'orderStatus';
  readonly orderId: number;
  readonly status: string;
  readonly filled: number;
  readonly remaining: number;
  readonly avgFillPrice?: number | undefined;
  /** Decimal digits, `0` when none. */
  readonly permId: string;
  readonly parentId?: number | undefined;
  readonly lastFillPrice?: number | undefined;
  readonly clientId: number;
  readonly whyHeld?: string | undefined;
  readonly mktCapPrice?: number | undefined;
}

/** An order as TWS holds it. */
export interface OpenOrder {
  readonly type: 'openOrder';
  readonly orderId: number;
  readonly contract: WireContract;
  readonly order: WireOrder;
  readonly orderState: WireOrderState;
}

/** All open orders that were asked for have been sent. */
export interface OpenOrderEnd {
  readonly type: 'openOrderEnd';
}

/** An order that ended. TWS API: neither order id nor client id are on the wire, correlate by permId. */
export interface CompletedOrder {
  readonly type: 'completedOrder';
  readonly contract: WireContract;
  readonly order: WireOrder;
  readonly orderState: WireOrderState;
}

/** All completed orders have been sent. */
export interface CompletedOrderEnd {
  readonly type: 'completedOrderEnd';
}

/** One fill. */
export interface ExecDetails {
  readonly type: 'execDetails';
  /** The request that asked, -1 for a fill that just happened. */
  readonly reqId: number;
  readonly orderId: number;
  readonly contract: WireContract;
  readonly execution: WireExecution;
}

/** All executions that were asked for have been sent. */
export interface ExecDetailsEnd {
  readonly type: 'execDetailsEnd';
  readonly reqId: number;
}

/** The commission of one fill; comes after, sometimes before, its execDetails. */
export interface CommissionReport {
  readonly type: 'commissionReport';
  readonly execId: string;
  /** `undefined` when it is not known yet. */
  readonly commission?: number | undefined;
  readonly currency: string;
  readonly realizedPNL?: number | undefined;
  readonly yield?: number | undefined;
  /** yyyymmdd, 0 for none. */
  readonly yieldRedemptionDate?: number | undefined;
}

/** An order that was entered elsewhere got an order id of a client. */
export interface OrderBound {
  readonly type: 'orderBound';
  readonly permId: string;
  readonly clientId: number;
  readonly orderId: number;
}

/** Answers and streams about orders and executions. */
export type OrderMessage =
  | OrderStatus
  | OpenOrder
  | OpenOrderEnd
  | CompletedOrder
  | CompletedOrderEnd
  | ExecDetails
  | ExecDetailsEnd
  | CommissionReport
  | OrderBound;

const reqId = required('reqId', integer);
const permId = required('permId', longId);

function margin<K extends string>(key: K) {
  return optional(key, number, UNSET_DOUBLE);
}

const GROWS = { surplus: 'ignored' } as const;

export const orderMessageLayouts = {
  orderStatus: layout<OrderStatus>(3, 'orderStatus', [
    required('orderId', integer),
    required('status', lineText),
    required('filled', quantity),
    required('remaining', quantity),
    optional('avgFillPrice', number, '0'),
    permId,
    optional('parentId', unsettableInteger, '0'),
    optional('lastFillPrice', number, '0'),
    required('clientId', integer),
    optional('whyHeld', lineOrUnset),
    optional('mktCapPrice', number, '0'),
  ], GROWS),
  openOrder: layout<OpenOrder>(5, 'openOrder', [
    required('orderId', integer),
    nested('contract', ...serverContract),
    nested(
      'order',
      ...orderHead,
      optional('clientId', integer, '0'),
      optional('permId', longId, '0'),
      ...schedule,
      fixed(''),
      ...allocation,
      optional('auctionStrategy', unsettableInteger, '0'),
      ...boxAndRange,
      answerFlag('blockOrder'),
      answerFlag('sweepToFill'),
      answerFlag('allOrNone'),
      optional('minQty', unsettableInteger),
      optional('ocaType', unsettableInteger, '0'),
      answerFlag('eTradeOnly'),
      answerFlag('firmQuoteOnly'),
      optional('nbboPriceCap', number),
      optional('parentId', unsettableInteger, '0'),
      optional('triggerMethod', unsettableInteger, '0'),
      ...volatility,
      when(
        'deltaNeutralOrderType',
        'set',
        optional('deltaNeutralConId', unsettableInteger, '0'),
        optional('deltaNeutralSettlingFirm', lineOrUnset),
        optional('deltaNeutralClearingAccount', lineOrUnset),
        optional('deltaNeutralClearingIntent', lineOrUnset),
        optional('deltaNeutralOpenClose', lineOrUnset),
        ...deltaNeutralShort,
      ),
      ...trail,
      optional('basisPoints', number),
      optional('basisPointsType', unsettableInteger),
    ),
    legs,
    nested('order', ...legPricesToHedge, answerFlag('optOutSmartRouting'), ...clearing),
    nested('contract', deltaNeutralContract),
    nested('order', ...algo, answerFlag('whatIf')),
    nested(
      'orderState',
      required('status', lineText),
      margin('initMarginBefore'),
      margin('maintMarginBefore'),
      margin('equityWithLoanBefore'),
      margin('initMarginChange'),
      margin('maintMarginChange'),
      margin('equityWithLoanChange'),
      margin('initMarginAfter'),
      margin('maintMarginAfter'),
      margin('equityWithLoanAfter'),
      optional('commission', number),
      optional('minCommission', number),
      optional('maxCommission', number),
      optional('commissionCurrency', lineOrUnset),
      optional('warningText', lineOrUnset),
    ),
    nested(
      'order',
      ...randomizeToConditions,
      optional('adjustedOrderType', lineOrUnset),
      optional('triggerPrice', number, UNSET_DOUBLE),
      optional('trailStopPrice', number, UNSET_DOUBLE),
      optional('lmtPriceOffset', number, UNSET_DOUBLE),
      optional('adjustedStopPrice', number, UNSET_DOUBLE),
      optional('adjustedStopLimitPrice', number, UNSET_DOUBLE),
      optional('adjustedTrailingAmount', number, UNSET_DOUBLE),
      optional('adjustableTrailingUnit', unsettableInteger, '0'),
      optionalNested('softDollarTier', optional('name', lineOrUnset), optional('value', lineOrUnset), optional('displayName', lineOrUnset)),
      optional('cashQty', number),
      answerFlag('dontUseAutoPriceForHedge'),
      answerFlag('isOmsContainer'),
      answerFlag('discretionaryUpToLimitPrice'),
      answerFlag('usePriceMgmtAlgo'),
      since(158, optional('duration', unsettableInteger, UNSET_INT)),
      since(160, optional('postToAts', unsettableInteger, UNSET_INT)),
      since(162, answerFlag('autoCancelParent')),
      pegOffsets,
      ...customer,
      since(185, optional('bondAccruedInterest', lineOrUnset)),
      since(189, answerFlag('includeOvernight')),
      since(193, optional('extOperator', lineOrUnset), optional('manualOrderIndicator', unsettableInteger, UNSET_INT)),
    ),
  ], GROWS),
  openOrderEnd: layout<OpenOrderEnd>(53, 'openOrderEnd', [version(1)]),
  completedOrder: layout<CompletedOrder>(101, 'completedOrder', [
    nested('contract', ...serverContract),
    nested(
      'order',
      ...orderHead,
      optional('permId', longId, '0'),
      ...schedule,
      ...allocation,
      ...boxAndRange,
      answerFlag('sweepToFill'),
      answerFlag('allOrNone'),
      optional('minQty', unsettableInteger),
      optional('ocaType', unsettableInteger, '0'),
      optional('triggerMethod', unsettableInteger, '0'),
      ...volatility,
      when('deltaNeutralOrderType', 'set', optional('deltaNeutralConId', unsettableInteger, '0'), ...deltaNeutralShort),
      ...trail,
    ),
    legs,
    nested('order', ...legPricesToHedge, ...clearing),
    nested('contract', deltaNeutralContract),
    nested('order', ...algo),
    nested('orderState', required('status', lineText)),
    nested(
      'order',
      ...randomizeToConditions,
      optional('trailStopPrice', number),
      optional('lmtPriceOffset', number),
      optional('cashQty', number),
      answerFlag('dontUseAutoPriceForHedge'),
      answerFlag('isOmsContainer'),
      optional('autoCancelDate', lineOrUnset),
      optional('filledQuantity', quantity),
      optional('refFuturesConId', unsettableInteger, '0'),
      answerFlag('autoCancelParent'),
      optional('shareholder', lineOrUnset),
      answerFlag('imbalanceOnly'),
      answerFlag('routeMarketableToBbo'),
      optional('parentPermId', longId, UNSET_LONG),
    ),
    nested('orderState', optional('completedTime', lineOrUnset), optional('completedStatus', lineOrUnset)),
    nested('order', pegOffsets, ...customer),
  ], GROWS),
  completedOrderEnd: layout<CompletedOrderEnd>(102, 'completedOrderEnd', []),
  execDetails: layout<ExecDetails>(11, 'execDetails', [
    reqId,
    required('orderId', integer),
    nested('contract', ...serverContract),
    nested(
      'execution',
      required('execId', lineText),
      required('time', lineText),
      required('acctNumber', lineText),
      required('exchange', lineText),
      required('side', lineText),
      required('shares', quantity),
      required('price', number),
      permId,
      required('clientId', integer),
      required('liquidation', integer),
      required('cumQty', quantity),
      required('avgPrice', number),
      optional('orderRef', lineOrUnset),
      optional('evRule', lineOrUnset),
      optional('evMultiplier', number),
      optional('modelCode', lineOrUnset),
      optional('lastLiquidity', unsettableInteger),
      since(178, answerFlag('pendingPriceRevision')),
    ),
  ], GROWS),
  execDetailsEnd: layout<ExecDetailsEnd>(55, 'execDetailsEnd', [version(1), reqId]),
  commissionReport: layout<CommissionReport>(59, 'commissionReport', [
    version(1),
    required('execId', lineText),
    optional('commission', number, UNSET_DOUBLE),
    required('currency', lineText),
    optional('realizedPNL', number, UNSET_DOUBLE),
    optional('yield', number, UNSET_DOUBLE),
    optional('yieldRedemptionDate', unsettableInteger, '0'),
  ]),
  orderBound: layout<OrderBound>(100, 'orderBound', [permId, required('clientId', integer), required('orderId', integer)]),
} as const;
