import { clientContract, clientContractNoPrimary, deltaNeutralContract, orderLegs } from './contract-layouts.js';
import type { WireContract } from './contract-model.js';
import { between, fixed, layout, nested, optional, optionalNested, required, since, until, version, when } from './layout.js';
import type { AnyField, FieldFor } from './layout.js';
import {
  PEG_BEST,
  PEG_MID,
  competeAgainstBestOffset,
  orderComboLegs,
  requestConditions,
  requestFlag,
  requestPegBench,
  requestScale,
  tagValues,
} from './order-layouts.js';
import type { WireOrder } from './order-model.js';
import { UNSET_INT, asciiOrUnset, asciiText, flag, integer, number, quantity, tagValueText, unsettableInteger } from './scalar.js';

/** Places an order, or changes it when the order id is known already. */
export interface PlaceOrder {
  readonly type: 'placeOrder';
  readonly orderId: number;
  readonly contract: WireContract;
  readonly order: WireOrder;
}

/** Asks to cancel one order. */
export interface CancelOrder {
  readonly type: 'cancelOrder';
  readonly orderId: number;
  /** Since server version 169. */
  readonly manualCancelOrderTime?: string | undefined;
  /** Since server version 192. */
  readonly extOperator?: string | undefined;
  /** Since server version 192. */
  readonly manualOrderIndicator?: number | undefined;
}

/** Asks to cancel every order of the login, those of other clients and of TWS included. */
export interface ReqGlobalCancel {
  readonly type: 'reqGlobalCancel';
  /** Since server version 192. */
  readonly extOperator?: string | undefined;
  /** Since server version 192. */
  readonly manualOrderIndicator?: number | undefined;
}

/** Asks for the open orders of this client. */
export interface ReqOpenOrders {
  readonly type: 'reqOpenOrders';
}

/** Asks for the open orders of every client. */
export interface ReqAllOpenOrders {
  readonly type: 'reqAllOpenOrders';
}

/** Client 0 only: be told of orders that are entered in TWS. */
export interface ReqAutoOpenOrders {
  readonly type: 'reqAutoOpenOrders';
  readonly autoBind: boolean;
}

/** Asks for the orders that ended today. */
export interface ReqCompletedOrders {
  readonly type: 'reqCompletedOrders';
  readonly apiOnly: boolean;
}

/** Asks for the next free order id. */
export interface ReqIds {
  readonly type: 'reqIds';
  /** Ignored by TWS. */
  readonly count?: number | undefined;
}

/** What executions must match; an absent field matches all. */
export interface WireExecutionFilter {
  readonly clientId?: number | undefined;
  readonly acctCode?: string | undefined;
  /** `yyyymmdd-hh:mm:ss` (UTC), or with a zone. */
  readonly time?: string | undefined;
  readonly symbol?: string | undefined;
  readonly secType?: string | undefined;
  readonly exchange?: string | undefined;
  readonly side?: string | undefined;
}

/** Asks for the executions of today. */
export interface ReqExecutions {
  readonly type: 'reqExecutions';
  readonly reqId: number;
  readonly filter: WireExecutionFilter;
}

/** Exercises an option, or lets it lapse. */
export interface ExerciseOptions {
  readonly type: 'exerciseOptions';
  readonly reqId: number;
  readonly contract: WireContract;
  /** 1 exercise, 2 lapse. */
  readonly exerciseAction: number;
  readonly exerciseQuantity: number;
  readonly account: string;
  /** Whether to override the natural action of the system. */
  readonly override: boolean;
  /** Since server version 180. */
  readonly manualOrderTime?: string | undefined;
  /** Since server version 183. */
  readonly customerAccount?: string | undefined;
  /** Since server version 184. */
  readonly professionalCustomer?: boolean | undefined;
}

/** Requests about orders and executions. */
export type OrderRequest =
  | PlaceOrder
  | CancelOrder
  | ReqGlobalCancel
  | ReqOpenOrders
  | ReqAllOpenOrders
  | ReqAutoOpenOrders
  | ReqCompletedOrders
  | ReqIds
  | ReqExecutions
  | ExerciseOptions;

const reqId = required('reqId', integer);
const manualCancelOrderTime = since(169, optional('manualCancelOrderTime', asciiOrUnset));
const tagging = since(192, optional('extOperator', asciiOrUnset), optional('manualOrderIndicator', unsettableInteger, UNSET_INT));

const BAG = ['BAG'];

/** The fields of placeOrder; senders disagree about which price increment announces the scale block. */
function placeOrderFields(scaleBlockWhen: 'positive' | 'set'): readonly FieldFor<PlaceOrder>[] & readonly AnyField[] {
  return [
    required('orderId', integer),
    nested('contract', ...clientContract, optional('secIdType', asciiOrUnset), optional('secId', asciiOrUnset)),
    nested(
      'order',
      optional('action', asciiOrUnset),
      optional('totalQuantity', quantity),
      optional('orderType', asciiOrUnset),
      optional('lmtPrice', number),
      optional('auxPrice', number),
      optional('tif', asciiOrUnset),
      optional('ocaGroup', asciiOrUnset),
      optional('account', asciiOrUnset),
      optional('openClose', asciiOrUnset),
      optional('origin', unsettableInteger),
      optional('orderRef', asciiOrUnset),
      requestFlag('transmit'),
      optional('parentId', unsettableInteger),
      requestFlag('blockOrder'),
      requestFlag('sweepToFill'),
      optional('displaySize', unsettableInteger),
      optional('triggerMethod', unsettableInteger),
      requestFlag('outsideRth'),
      requestFlag('hidden'),
    ),
    when(['contract', 'secType'], BAG, nested('contract', orderLegs), nested('order', orderComboLegs, tagValues('smartComboRoutingParams', asciiText))),
    fixed(''),
    nested(
      'order',
      optional('discretionaryAmt', number),
      optional('goodAfterTime', asciiOrUnset),
      optional('goodTillDate', asciiOrUnset),
      optional('faGroup', asciiOrUnset),
      optional('faMethod', asciiOrUnset),
      optional('faPercentage', asciiOrUnset),
      until(177, optional('faProfile', asciiOrUnset)),
      optional('modelCode', asciiOrUnset),
      optional('shortSaleSlot', unsettableInteger),
      optional('designatedLocation', asciiOrUnset),
      optional('exemptCode', unsettableInteger),
      optional('ocaType', unsettableInteger),
      optional('rule80A', asciiOrUnset),
      optional('settlingFirm', asciiOrUnset),
      requestFlag('allOrNone'),
      optional('minQty', unsettableInteger),
      optional('percentOffset', number),
      requestFlag('eTradeOnly'),
      requestFlag('firmQuoteOnly'),
      optional('nbboPriceCap', number),
      optional('auctionStrategy', unsettableInteger),
      optional('startingPrice', number),
      optional('stockRefPrice', number),
      optional('delta', number),
      optional('stockRangeLower', number),
      optional('stockRangeUpper', number),
      requestFlag('overridePercentageConstraints'),
      optional('volatility', number),
      optional('volatilityType', unsettableInteger),
      optional('deltaNeutralOrderType', asciiOrUnset),
      optional('deltaNeutralAuxPrice', number),
      when(
        'deltaNeutralOrderType',
        'set',
        optional('deltaNeutralConId', unsettableInteger),
        optional('deltaNeutralSettlingFirm', asciiOrUnset),
        optional('deltaNeutralClearingAccount', asciiOrUnset),
        optional('deltaNeutralClearingIntent', asciiOrUnset),
        optional('deltaNeutralOpenClose', asciiOrUnset),
        requestFlag('deltaNeutralShortSale'),
        optional('deltaNeutralShortSaleSlot', unsettableInteger),
        optional('deltaNeutralDesignatedLocation', asciiOrUnset),
      ),
      optional('continuousUpdate', unsettableInteger),
      optional('referencePriceType', unsettableInteger),
      optional('trailStopPrice', number),
      optional('trailingPercent', number),
      optional('scaleInitLevelSize', unsettableInteger),
      optional('scaleSubsLevelSize', unsettableInteger),
      optional('scalePriceIncrement', number),
      when('scalePriceIncrement', scaleBlockWhen, ...requestScale),
      optional('scaleTable', asciiOrUnset),
      optional('activeStartTime', asciiOrUnset),
      optional('activeStopTime', asciiOrUnset),
      optional('hedgeType', asciiOrUnset),
      when('hedgeType', 'set', optional('hedgeParam', asciiOrUnset)),
      requestFlag('optOutSmartRouting'),
      optional('clearingAccount', asciiOrUnset),
      optional('clearingIntent', asciiOrUnset),
      requestFlag('notHeld'),
    ),
    nested('contract', deltaNeutralContract),
    nested(
      'order',
      optional('algoStrategy', asciiOrUnset),
      when('algoStrategy', 'set', tagValues('algoParams', asciiText)),
      optional('algoId', asciiOrUnset),
      requestFlag('whatIf'),
      optional('orderMiscOptions', tagValueText),
      requestFlag('solicited'),
      requestFlag('randomizeSize'),
      requestFlag('randomizePrice'),
      requestPegBench,
      ...requestConditions,
      optional('adjustedOrderType', asciiOrUnset),
      optional('triggerPrice', number),
      optional('lmtPriceOffset', number),
      optional('adjustedStopPrice', number),
      optional('adjustedStopLimitPrice', number),
      optional('adjustedTrailingAmount', number),
      optional('adjustableTrailingUnit', unsettableInteger),
      optional('extOperator', asciiOrUnset),
      optionalNested('softDollarTier', optional('name', asciiOrUnset), optional('value', asciiOrUnset)),
      optional('cashQty', number),
      optional('mifid2DecisionMaker', asciiOrUnset),
      optional('mifid2DecisionAlgo', asciiOrUnset),
      optional('mifid2ExecutionTrader', asciiOrUnset),
      optional('mifid2ExecutionAlgo', asciiOrUnset),
      requestFlag('dontUseAutoPriceForHedge'),
      requestFlag('isOmsContainer'),
      requestFlag('discretionaryUpToLimitPrice'),
      requestFlag('usePriceMgmtAlgo'),
      since(158, optional('duration', unsettableInteger)),
      since(160, optional('postToAts', unsettableInteger)),
      since(162, requestFlag('autoCancelParent')),
      since(166, optional('advancedErrorOverride', asciiOrUnset)),
      since(169, optional('manualOrderTime', asciiOrUnset)),
    ),
    since(170, when(['contract', 'exchange'], ['IBKRATS'], nested('order', optional('minTradeQty', unsettableInteger)))),
    nested(
      'order',
      since(
        170,
        when(
          'orderType',
          PEG_BEST,
          optional('minCompeteSize', unsettableInteger),
          competeAgainstBestOffset,
          when('competeAgainstBestOffset', 'infinite', optional('midOffsetAtWhole', number), optional('midOffsetAtHalf', number)),
        ),
        when('orderType', PEG_MID, optional('midOffsetAtWhole', number), optional('midOffsetAtHalf', number)),
      ),
      since(183, optional('customerAccount', asciiOrUnset)),
      since(184, requestFlag('professionalCustomer')),
      between(187, 189, fixed(''), fixed(UNSET_INT)),
      since(189, requestFlag('includeOvernight')),
      since(192, optional('manualOrderIndicator', unsettableInteger)),
    ),
  ];
}

export const orderRequestLayouts = {
  placeOrder: layout<PlaceOrder>(3, 'placeOrder', placeOrderFields('positive'), { otherwise: placeOrderFields('set') }),
  cancelOrder: layout<CancelOrder>(4, 'cancelOrder', [
    until(192, version(1)),
    required('orderId', integer),
    manualCancelOrderTime,
    between(187, 189, fixed(''), fixed(''), fixed(UNSET_INT)),
    tagging,
  ]),
  reqGlobalCancel: layout<ReqGlobalCancel>(58, 'reqGlobalCancel', [until(192, version(1)), tagging]),
  reqOpenOrders: layout<ReqOpenOrders>(5, 'reqOpenOrders', [version(1)]),
  reqAllOpenOrders: layout<ReqAllOpenOrders>(16, 'reqAllOpenOrders', [version(1)]),
  reqAutoOpenOrders: layout<ReqAutoOpenOrders>(15, 'reqAutoOpenOrders', [version(1), required('autoBind', flag)]),
  reqCompletedOrders: layout<ReqCompletedOrders>(99, 'reqCompletedOrders', [required('apiOnly', flag)]),
  reqIds: layout<ReqIds>(8, 'reqIds', [version(1), optional('count', integer)]),
  reqExecutions: layout<ReqExecutions>(7, 'reqExecutions', [
    version(3),
    reqId,
    nested(
      'filter',
      optional('clientId', integer),
      optional('acctCode', asciiOrUnset),
      optional('time', asciiOrUnset),
      optional('symbol', asciiOrUnset),
      optional('secType', asciiOrUnset),
      optional('exchange', asciiOrUnset),
      optional('side', asciiOrUnset),
    ),
  ]),
  exerciseOptions: layout<ExerciseOptions>(21, 'exerciseOptions', [
    version(2),
    reqId,
    nested('contract', ...clientContractNoPrimary),
    required('exerciseAction', integer),
    required('exerciseQuantity', integer),
    required('account', asciiText),
    required('override', flag),
    since(180, optional('manualOrderTime', asciiOrUnset)),
    since(183, optional('customerAccount', asciiOrUnset)),
    since(184, optional('professionalCustomer', flag, '0')),
  ]),
} as const;
