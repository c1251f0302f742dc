import type { TagValue } from './scalar.js';

/** The price of one leg of a combination. */
export interface WireOrderComboLeg {
  readonly price?: number | undefined;
}

/** A soft dollar tier. */
export interface WireSoftDollarTier {
  readonly name?: string | undefined;
  readonly value?: string | undefined;
  /** Answers only. */
  readonly displayName?: string | undefined;
}

interface ConditionBase {
  /** How this condition joins the next one: `a` and, `o` or. */
  readonly conjunctionConnection: 'a' | 'o';
}

/** A price of a contract at an exchange. */
export interface WirePriceCondition extends ConditionBase {
  readonly type: 'price';
  readonly isMore: boolean;
  readonly price: number;
  readonly conId: number;
  readonly exchange: string;
  /** 0 default, 1 double bid/ask, 2 last, 3 double last, 4 bid/ask, 7 last or bid/ask, 8 midpoint. */
  readonly triggerMethod: number;
}

/** A time, `yyyymmdd hh:mm:ss TZ` or UTC with a dash. */
export interface WireTimeCondition extends ConditionBase {
  readonly type: 'time';
  readonly isMore: boolean;
  readonly time: string;
}

/** A margin cushion in percent. */
export interface WireMarginCondition extends ConditionBase {
  readonly type: 'margin';
  readonly isMore: boolean;
  readonly percent: number;
}

/** Any trade in a symbol by this account. */
export interface WireExecutionCondition extends ConditionBase {
  readonly type: 'execution';
  readonly secType: string;
  readonly exchange: string;
  readonly symbol: string;
}

/** A volume of a contract at an exchange. */
export interface WireVolumeCondition extends ConditionBase {
  readonly type: 'volume';
  readonly isMore: boolean;
  readonly volume: number;
  readonly conId: number;
  readonly exchange: string;
}

/** A change in percent of a contract at an exchange. */
export interface WirePercentChangeCondition extends ConditionBase {
  readonly type: 'percentChange';
  readonly isMore: boolean;
  readonly percentChange: number;
  readonly conId: number;
  readonly exchange: string;
}

/** A condition of an order. */
export type WireOrderCondition =
  | WirePriceCondition
  | WireTimeCondition
  | WireMarginCondition
  | WireExecutionCondition
  | WireVolumeCondition
  | WirePercentChangeCondition;

/** An order as it travels. Names are those of the TWS API; what is not on the wire, or is unset there, is `undefined`. */
export interface WireOrder {
  /** The client that owns the order. Open orders only. */
  readonly clientId?: number | undefined;
  /** The id that stays with the order for ever, decimal digits, `0` when it has none yet. Answers only. */
  readonly permId?: string | undefined;
  readonly action?: string | undefined;
  readonly totalQuantity?: number | undefined;
  readonly orderType?: string | undefined;
  readonly lmtPrice?: number | undefined;
  readonly auxPrice?: number | undefined;
  readonly tif?: string | undefined;
  readonly ocaGroup?: string | undefined;
  readonly account?: string | undefined;
  readonly openClose?: string | undefined;
  /** 0 customer, 1 firm. */
  readonly origin?: number | undefined;
  readonly orderRef?: string | undefined;
  /** False creates the order in TWS without sending it on. TWS API: an empty field counts as false. */
  readonly transmit?: boolean | undefined;
  readonly parentId?: number | undefined;
  readonly blockOrder?: boolean | undefined;
  readonly sweepToFill?: boolean | undefined;
  readonly displaySize?: number | undefined;
  readonly triggerMethod?: number | undefined;
  readonly outsideRth?: boolean | undefined;
  readonly hidden?: boolean | undefined;
  readonly orderComboLegs?: readonly WireOrderComboLeg[] | undefined;
  readonly smartComboRoutingParams?: readonly TagValue[] | undefined;
  readonly discretionaryAmt?: number | undefined;
  readonly goodAfterTime?: string | undefined;
  readonly goodTillDate?: string | undefined;
  readonly faGroup?: string | undefined;
  readonly faMethod?: string | undefined;
  readonly faPercentage?: string | undefined;
  /** Before server version 177. */
  readonly faProfile?: string | undefined;
  readonly modelCode?: string | undefined;
  readonly shortSaleSlot?: number | undefined;
  readonly designatedLocation?: string | undefined;
  readonly exemptCode?: number | undefined;
  /** 1 cancel with block, 2 reduce with block, 3 reduce without block. */
  readonly ocaType?: number | undefined;
  readonly rule80A?: string | undefined;
  readonly settlingFirm?: string | undefined;
  readonly allOrNone?: boolean | undefined;
  readonly minQty?: number | undefined;
  readonly percentOffset?: number | undefined;
  readonly eTradeOnly?: boolean | undefined;
  readonly firmQuoteOnly?: boolean | undefined;
  readonly nbboPriceCap?: number | undefined;
  readonly auctionStrategy?: number | undefined;
  readonly startingPrice?: number | undefined;
  readonly stockRefPrice?: number | undefined;
  readonly delta?: number | undefined;
  readonly stockRangeLower?: number | undefined;
  readonly stockRangeUpper?: number | undefined;
  readonly overridePercentageConstraints?: boolean | undefined;
  readonly volatility?: number | undefined;
  readonly volatilityType?: number | undefined;
  readonly deltaNeutralOrderType?: string | undefined;
  readonly deltaNeutralAuxPrice?: number | undefined;
  readonly deltaNeutralConId?: number | undefined;
  readonly deltaNeutralSettlingFirm?: string | undefined;
  readonly deltaNeutralClearingAccount?: string | undefined;
  readonly deltaNeutralClearingIntent?: string | undefined;
  readonly deltaNeutralOpenClose?: string | undefined;
  readonly deltaNeutralShortSale?: boolean | undefined;
  readonly deltaNeutralShortSaleSlot?: number | undefined;
  readonly deltaNeutralDesignatedLocation?: string | undefined;
  readonly continuousUpdate?: number | undefined;
  readonly referencePriceType?: number | undefined;
  readonly trailStopPrice?: number | undefined;
  readonly trailingPercent?: number | undefined;
  readonly basisPoints?: number | undefined;
  readonly basisPointsType?: number | undefined;
  readonly scaleInitLevelSize?: number | undefined;
  readonly scaleSubsLevelSize?: number | undefined;
  readonly scalePriceIncrement?: number | undefined;
  readonly scalePriceAdjustValue?: number | undefined;
  readonly scalePriceAdjustInterval?: number | undefined;
  readonly scaleProfitOffset?: number | undefined;
  readonly scaleAutoReset?: boolean | undefined;
  readonly scaleInitPosition?: number | undefined;
  readonly scaleInitFillQty?: number | undefined;
  readonly scaleRandomPercent?: boolean | undefined;
  readonly scaleTable?: string | undefined;
  readonly activeStartTime?: string | undefined;
  readonly activeStopTime?: string | undefined;
  readonly hedgeType?: string | undefined;
  readonly hedgeParam?: string | undefined;
  readonly optOutSmartRouting?: boolean | undefined;
  readonly clearingAccount?: string | undefined;
  readonly clearingIntent?: string | undefined;
  readonly notHeld?: boolean | undefined;
  readonly algoStrategy?: string | undefined;
  readonly algoParams?: readonly TagValue[] | undefined;
  readonly algoId?: string | undefined;
  /** Ask for margin and commission only; the order is not placed. */
  readonly whatIf?: boolean | undefined;
  readonly orderMiscOptions?: readonly TagValue[] | undefined;
  readonly solicited?: boolean | undefined;
  readonly randomizeSize?: boolean | undefined;
  readonly randomizePrice?: boolean | undefined;
  readonly referenceContractId?: number | undefined;
  readonly isPeggedChangeAmountDecrease?: boolean | undefined;
  readonly peggedChangeAmount?: number | undefined;
  readonly referenceChangeAmount?: number | undefined;
  readonly referenceExchangeId?: string | undefined;
  readonly conditions?: readonly WireOrderCondition[] | undefined;
  readonly conditionsIgnoreRth?: boolean | undefined;
  readonly conditionsCancelOrder?: boolean | undefined;
  readonly adjustedOrderType?: string | undefined;
  readonly triggerPrice?: number | undefined;
  readonly lmtPriceOffset?: number | undefined;
  readonly adjustedStopPrice?: number | undefined;
  readonly adjustedStopLimitPrice?: number | undefined;
  readonly adjustedTrailingAmount?: number | undefined;
  readonly adjustableTrailingUnit?: number | undefined;
  readonly extOperator?: string | undefined;
  readonly softDollarTier?: WireSoftDollarTier | undefined;
  readonly cashQty?: number | undefined;
  readonly mifid2DecisionMaker?: string | undefined;
  readonly mifid2DecisionAlgo?: string | undefined;
  readonly mifid2ExecutionTrader?: string | undefined;
  readonly mifid2ExecutionAlgo?: string | undefined;
  readonly dontUseAutoPriceForHedge?: boolean | undefined;
  readonly isOmsContainer?: boolean | undefined;
  readonly discretionaryUpToLimitPrice?: boolean | undefined;
  readonly usePriceMgmtAlgo?: boolean | undefined;
  readonly duration?: number | undefined;
  readonly postToAts?: number | undefined;
  readonly autoCancelParent?: boolean | undefined;
  /** Comma separated codes of rejects to override, as rejects name them. */
  readonly advancedErrorOverride?: string | undefined;
  readonly manualOrderTime?: string | undefined;
  readonly minTradeQty?: number | undefined;
  readonly minCompeteSize?: number | undefined;
  /** `Infinity` means up to the midpoint. */
  readonly competeAgainstBestOffset?: number | undefined;
  readonly midOffsetAtWhole?: number | undefined;
  readonly midOffsetAtHalf?: number | undefined;
  readonly customerAccount?: string | undefined;
  readonly professionalCustomer?: boolean | undefined;
  readonly bondAccruedInterest?: string | undefined;
  readonly includeOvernight?: boolean | undefined;
  readonly manualOrderIndicator?: number | undefined;
  /** Completed orders only, as are the next seven. */
  readonly autoCancelDate?: string | undefined;
  readonly filledQuantity?: number | undefined;
  readonly refFuturesConId?: number | undefined;
  readonly shareholder?: string | undefined;
  readonly imbalanceOnly?: boolean | undefined;
  readonly routeMarketableToBbo?: boolean | undefined;
  readonly parentPermId?: string | undefined;
}

/** The state of an order, and for what-if orders its margin and commission. */
export interface WireOrderState {
  readonly status: string;
  readonly initMarginBefore?: number | undefined;
  readonly maintMarginBefore?: number | undefined;
  readonly equityWithLoanBefore?: number | undefined;
  readonly initMarginChange?: number | undefined;
  readonly maintMarginChange?: number | undefined;
  readonly equityWithLoanChange?: number | undefined;
  readonly initMarginAfter?: number | undefined;
  readonly maintMarginAfter?: number | undefined;
  readonly equityWithLoanAfter?: number | undefined;
  readonly commission?: number | undefined;
  readonly minCommission?: number | undefined;
  readonly maxCommission?: number | undefined;
  readonly commissionCurrency?: string | undefined;
  readonly warningText?: string | undefined;
  /** Completed orders only, as is the next. */
  readonly completedTime?: string | undefined;
  readonly completedStatus?: string | undefined;
}

/** One fill. */
export interface WireExecution {
  readonly execId: string;
  /** As sent: `20250708 02:35:00 America/New_York`, `20260415-16:20:50` (UTC), or without a zone. */
  readonly time: string;
  readonly acctNumber: string;
  readonly exchange: string;
  /** BOT or SLD. */
  readonly side: string;
  readonly shares: number;
  readonly price: number;
  readonly permId: string;
  readonly clientId: number;
  readonly liquidation: number;
  readonly cumQty: number;
  readonly avgPrice: number;
  readonly orderRef?: string | undefined;
  readonly evRule?: string | undefined;
  readonly evMultiplier?: number | undefined;
  readonly modelCode?: string | undefined;
  /** 0 unknown, 1 added, 2 removed, 3 routed out. */
  readonly lastLiquidity?: number | undefined;
  /** Since server version 178. */
  readonly pendingPriceRevision?: boolean | undefined;
}
