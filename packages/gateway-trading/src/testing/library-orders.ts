import {
  ConjunctionConnection, ExecutionCondition, MarginCondition, OptionType, OrderAction, OrderType, PercentChangeCondition, PriceCondition, SecType, TimeCondition,
  TimeInForce, TriggerMethod, VolumeCondition,
} from '@stoqey/ib'; // prettier-ignore
import type { Contract, Order } from '@stoqey/ib';
import fc from 'fast-check';

/** Values of every field that say something. That no field is missing here is what the compiler checks. */
type Values<T> = { readonly [K in keyof Required<T>]: fc.Arbitrary<NonNullable<T[K]>> };

const AND = ConjunctionConnection.AND;
const amount = fc.integer({ min: 1, max: 20_000 }).map((cents) => cents / 100);
const count = fc.integer({ min: 1, max: 10 });
const word = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,6}$/u);
const flag = fc.constant(true);
const tags = fc.uniqueArray(fc.record({ tag: word, value: word }), { minLength: 1, maxLength: 3, selector: ({ tag }) => tag });
const time = fc.constantFrom('20991120-15:30:00', '20991120 15:30:00 America/New_York', '20991120 15:30:00');
const condition = fc.oneof(
  amount.map((price) => new PriceCondition(price, TriggerMethod.Last, 265_598, 'SMART', true, AND)),
  time.map((at) => new TimeCondition(at, true, AND)),
  count.map((percent) => new MarginCondition(percent, false, ConjunctionConnection.OR)),
  count.map((volume) => new VolumeCondition(volume, 265_598, 'SMART', true, AND)),
  amount.map((percent) => new PercentChangeCondition(percent, 265_598, 'SMART', false, AND)),
  fc.constant(new ExecutionCondition('SMART', SecType.STK, 'IBM', AND)),
);

/** Every field of the library's order. */
/* eslint-disable @typescript-eslint/no-deprecated -- those, too */
export const ORDER_VALUES: Values<Order> = {
  orderId: count, clientId: count, permId: count, filledQuantity: count, solicited: flag,
  action: fc.constantFrom(OrderAction.BUY, OrderAction.SELL),
  totalQuantity: fc.oneof(count, amount),
  orderType: fc.constantFrom(...Object.values(OrderType)),
  lmtPrice: amount, auxPrice: amount, tif: fc.constantFrom(...Object.values(TimeInForce)), ocaGroup: word, ocaType: fc.integer({ min: 1, max: 4 }),
  orderRef: word, transmit: flag, parentId: count, blockOrder: flag, sweepToFill: flag, displaySize: count, triggerMethod: fc.integer({ min: 1, max: 9 }),
  outsideRth: flag, hidden: flag, goodAfterTime: time, goodTillDate: time, overridePercentageConstraints: flag, rule80A: word, allOrNone: flag, minQty: count,
  percentOffset: fc.constantFrom(0.01, 0.5), trailStopPrice: amount, trailingPercent: count, faGroup: word, faProfile: word, faMethod: word, faPercentage: word,
  openClose: fc.constantFrom('O', 'C'), origin: fc.constant(1), shortSaleSlot: count, designatedLocation: word, exemptCode: count, discretionaryAmt: amount,
  eTradeOnly: flag, firmQuoteOnly: flag, nbboPriceCap: amount, optOutSmartRouting: flag, auctionStrategy: count, startingPrice: amount, stockRefPrice: amount,
  delta: amount, stockRangeLower: amount, stockRangeUpper: amount, volatility: amount, volatilityType: count, continuousUpdate: count, referencePriceType: count,
  deltaNeutralOrderType: word, deltaNeutralAuxPrice: amount, deltaNeutralConId: count, deltaNeutralSettlingFirm: word, deltaNeutralClearingAccount: word,
  deltaNeutralClearingIntent: word, deltaNeutralOpenClose: word, deltaNeutralShortSale: flag, deltaNeutralShortSaleSlot: count, deltaNeutralDesignatedLocation: word,
  basisPoints: amount, basisPointsType: count, scaleInitLevelSize: count, scaleSubsLevelSize: count, scalePriceIncrement: amount, scalePriceAdjustValue: amount,
  scalePriceAdjustInterval: count, scaleProfitOffset: amount, scaleAutoReset: flag, scaleInitPosition: count, scaleInitFillQty: count, scaleRandomPercent: flag,
  hedgeType: word, hedgeParam: word, account: fc.constant('DU1234567'), settlingFirm: word, clearingAccount: word, clearingIntent: fc.constantFrom('Away', 'PTA'),
  algoStrategy: fc.constantFrom('Adaptive', 'Twap'), algoParams: tags, whatIf: flag, algoId: word, notHeld: flag, smartComboRoutingParams: tags,
  orderComboLegs: fc.array(fc.record({ price: amount }), { minLength: 1, maxLength: 2 }), orderMiscOptions: tags, activeStartTime: tags, activeStopTime: tags,
  scaleTable: word, modelCode: word, extOperator: word, softDollarTier: fc.record({ name: word, value: word, displayName: word }), cashQty: amount,
  mifid2DecisionMaker: word, mifid2DecisionAlgo: word, mifid2ExecutionTrader: word, mifid2ExecutionAlgo: word, dontUseAutoPriceForHedge: flag,
  autoCancelDate: word, refFuturesConId: count, autoCancelParent: flag, shareholder: word, imbalanceOnly: flag, routeMarketableToBbo: flag, parentPermId: count,
  randomizeSize: flag, randomizePrice: flag, referenceContractId: count, isPeggedChangeAmountDecrease: flag, peggedChangeAmount: amount, referenceChangeAmount: amount,
  referenceExchangeId: word, adjustedOrderType: fc.constantFrom('STP', 'STP LMT', 'TRAIL', 'REL'), triggerPrice: amount, lmtPriceOffset: amount,
  adjustedStopPrice: amount, adjustedStopLimitPrice: amount, adjustedTrailingAmount: amount, adjustableTrailingUnit: fc.constantFrom(100, 1),
  conditions: fc.array(condition, { minLength: 1, maxLength: 3 }), conditionsIgnoreRth: flag, conditionsCancelOrder: flag,
  tier: fc.record({ name: word, value: word, displayName: word }), isOmsContainer: flag, discretionaryUpToLimitPrice: flag, usePriceMgmtAlgo: flag, duration: count,
  postToAts: count, advancedErrorOverride: word, manualOrderTime: time, minTradeQty: count, minCompeteSize: count, competeAgainstBestOffset: fc.oneof(amount, fc.constant(Number.POSITIVE_INFINITY)),
  midOffsetAtWhole: amount, midOffsetAtHalf: amount, customerAccount: word, professionalCustomer: flag, bondAccruedInterest: word, includeOvernight: flag,
  manualOrderIndicator: fc.constantFrom(0, 1, 2),
}; // prettier-ignore

/* eslint-enable @typescript-eslint/no-deprecated */

/** Every field of the library's contract. */
export const CONTRACT_VALUES: Values<Contract> = {
  conId: fc.constant(265_598), symbol: fc.constant('AAPL'), secType: fc.constantFrom(SecType.STK, SecType.BAG, SecType.IND), lastTradeDateOrContractMonth: fc.constant('20991219'),
  lastTradeDate: fc.constant('20991219'), strike: amount, right: fc.constantFrom(OptionType.Call, OptionType.Put), multiplier: count, exchange: fc.constantFrom('SMART', 'ISLAND'),
  currency: fc.constant('USD'), localSymbol: fc.constant('AAPL'), primaryExch: fc.constant('NASDAQ'), tradingClass: fc.constant('NMS'), includeExpired: flag, secIdType: fc.constant('ISIN'),
  secId: word, description: word, issuerId: word, comboLegsDescription: word,
  comboLegs: fc.constant([{ conId: 1, ratio: 1, action: OrderAction.BUY, exchange: 'SMART', openClose: 1 }, { conId: 2, ratio: 1, action: OrderAction.SELL, exchange: 'SMART' }]),
  deltaNeutralContract: fc.record({ conId: count, delta: amount, price: amount }),
}; // prettier-ignore
