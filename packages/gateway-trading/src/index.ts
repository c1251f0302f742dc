export type { AccountBalance } from './account/account-balance.js';
export type { AccountSummary, AccountValue, Position } from './account/account-data.js';
export type { AccountQuery, PositionsQuery, SummaryQuery } from './account/account-desk.js';
export { API_CODES } from './api-orders/api-codes.js';
export { accountValueFor } from './account/account-values.js';
export type { AccountSegment, AccountValues, AmountQuery, SegmentedValue } from './account/account-values.js';
export type { AccountAlias, AdvisorGroup, AdvisorGroupMember } from './account/advisor.js';
export type { Live, LiveStream, LiveStreamEvents, LiveWaitOptions, Liveness, StreamGap } from './account/live-stream.js';
export type { Pnl, PositionPnl } from './account/pnl.js';
export type { Portfolio, PortfolioLine } from './account/portfolio-book.js';
export type { PositionCheckReport, PositionDrift } from './account/position-check.js';
export type { PositionList } from './account/positions-feed.js';
export type { ApiCall, ApiOrderGate, ShownNames, ShownOrder, TradingConnection, TradingConnectionEvent, TradingReply, TradingRequest, TradingSendOptions, TradingSession, TradingStreamSpec } from './broker/connection-port.js';
export type { AcquireOptions, Coordinator, Lease, Leadership } from './coordinator/coordinator.js';
export type { ComboLeg, OrderContract, SecType, StagedLeg, TradableContract } from './orders/contract.js';
export type { AppendGuard, AppendResult, Journal, JournalEntry, JournalHead } from './journal/journal.js';
export type {
  AckedRecord,
  ArmedRecord,
  CancelRequestedRecord,
  ChangeRequestedRecord,
  ChangeVerdictRecord,
  CommissionRecord,
  DisarmedRecord,
  Evidence,
  ExecutionRecord,
  GlobalCancelRecord,
  IdFloorRecord,
  JournalRecord,
  KillSwitchRecord,
  OrderRecord,
  RefusedRecord,
  ResizedRecord,
  SendingRecord,
  SentRecord,
  StagedRecord,
  StatusRecord,
  TermRecord,
  UnknownRecord,
  UnsentRecord,
  VerdictRecord,
  WarningRecord,
} from './journal/journal-record.js';
export { JournalOrders } from './journal/journal-orders.js';
export type { JournalledOrder } from './journal/journal-orders.js';
export { journalRuleError } from './journal/journal-rules.js';
export type { JournalRuleBreak } from './journal/journal-rules.js';
export type { ExecutionKind } from './executions/execution-id.js';
export type { ExecutionQuery } from './executions/execution-reader.js';
export type { ExecutionReport, FillReport } from './executions/execution-report.js';
export type { FillQuery } from './executions/fill-history.js';
export type { FilledContract } from './executions/filled-contract.js';
export { checkGuards, limitCountOf, notionalOf } from './guards/check-guards.js';
export type { GuardFacts, GuardReason, GuardedOrder, LimitCount, LimitUse, QuoteFact } from './guards/check-guards.js';
export type { PriceBand, ResolvedLimits, TradingLimits } from './guards/limits.js';
export type { DayCount } from './guards/order-guards.js';
export type { RiskState } from './guards/risk-state.js';
export type { ArmOptions, Arming, ArmingKeeper, TradingAuth } from './guards/own-arming.js';
export type { QuoteSource } from './guards/quote-look.js';
export { leaseHeldError, memoryCoordinator } from './coordinator/memory-coordinator.js';
export type { MemoryCoordinatorOptions } from './coordinator/memory-coordinator.js';
export { memoryJournal } from './journal/memory-journal.js';
export { DEFAULT_TRADING } from './options.js';
export type { TradingOptions } from './options.js';
export type { ClosePositionOptions, PositionLike } from './orders/closing/close-position.js';
export type { CancelTags, FailedCancel } from './orders/cancel-desk.js';
export { GATE_REASONS, GATE_TIPS, isPaperAccount } from './orders/order-gate.js';
export type { GateAuth, GateReason, TradingMode } from './orders/order-gate.js';
export { OrderHandle } from './orders/order-handle.js';
export type { OrderDoneOptions, OrderVerdict, OrderWaitOptions } from './orders/order-handle.js';
export type { OrderLike } from './orders/order-handles.js';
export type { OrderAction, OrderPriceFields, OrderPricing, OrderRequest, OrderSubject, StagedRequest } from './orders/order-request.js';
export { isEnded, isSettled } from './orders/order-state.js';
export type { Commission, Fill, OrderChangeState, OrderNotice, OrderState, OrderStatus } from './orders/order-state.js';
export type { StagedAdjustment, StopAdjustment } from './orders/terms/adjustable-stop.js';
export { adaptiveAlgo, arrivalPriceAlgo, twapAlgo, vwapAlgo } from './orders/terms/algos.js';
export type { AdaptivePriority, OrderAlgo, RiskAversion, StagedAlgo } from './orders/terms/algos.js';
export type {
  ConditionJoin,
  ExecutionCondition,
  MarginCondition,
  OrderCondition,
  OrderConditions,
  PercentChangeCondition,
  PriceCondition,
  StagedCondition,
  StagedConditions,
  TimeCondition,
  VolumeCondition,
} from './orders/terms/conditions.js';
export type { OcaGroup, OcaType, OrderAttributes, StagedAttributes, StagedOcaGroup } from './orders/terms/order-attributes.js';
export type { OrderTime } from './orders/terms/order-time.js';
export { ORDER_TYPE_RULES } from './orders/terms/order-types.js';
export type { OrderType, OrderTypeRule, PriceField, TimeInForce } from './orders/terms/order-types.js';
export type { TriggerMethod } from './orders/terms/trigger-methods.js';
export { BracketHandle } from './orders/bracket/bracket-handle.js';
export type { BracketExit, BracketRequest, BracketRole } from './orders/bracket/bracket-request.js';
export type { BracketState } from './orders/bracket/bracket-watch.js';
export type { ContractFacts, ContractSource } from './orders/contract-rules/contract-rules.js';
export type { OrderChanges } from './orders/changes/order-changes.js';
export type { KillSwitch } from './orders/order-ledger.js';
export type { BracketPreview, OrderPreview, PreviewOptions, PriceBasis, PriceSource } from './orders/preview.js';
export { previewFingerprint } from './orders/preview-fingerprint.js';
export type { PreviewFacts } from './orders/preview-fingerprint.js';
export type { WhatIf, WhatIfValue } from './orders/what-if/what-if.js';
export type { WhatIfOptions } from './orders/what-if/what-if-desk.js';
export type { ForeignOrder, ReconcileReport } from './reconcile/reconcile-report.js';
export { Broker } from './faces/broker.js';
export type { BrokerOptions, BrokerSettings } from './faces/broker.js';
export type { FaceConnectOptions, FaceConnected, FaceConnection, FaceConnectionOptions, FaceSettings } from './faces/face-parts.js';
export { IBGateway } from './faces/ib-gateway.js';
export type { ConnectGatewayOptions, GatewayProcessPort, IBGatewayEvents, IBGatewayOptions, IBGatewaySettings } from './faces/ib-gateway-options.js';
export type { StoredMarketData, SubscribeMarketDataOptions } from './faces/market-data-store.js';
export type { OptionQuery, OptionSource, ResolvedLeg, ResolvedOption } from './spreads/spread-legs.js';
export type { Payoff, PayoffAmount, PayoffLeg, PriceRange, SpreadRight } from './spreads/payoff.js';
export { payoffOf, valueAtExpiry } from './spreads/payoff.js';
export type { SpreadPreview } from './spreads/prepare-spread.js';
export { explainSpread } from './spreads/spread-explanation.js';
export type { ExplainOptions, SpreadExplanation } from './spreads/spread-explanation.js';
export { spreadOrder } from './spreads/spread-order.js';
export type { SpreadOrder } from './spreads/spread-order.js';
export { butterfly, calendarSpread, ironCondor, planSpread, straddle, strangle, verticalSpread } from './spreads/spread-plan.js';
export type { SpreadLeg, SpreadPlan } from './spreads/spread-plan.js';
export type {
  ButterflyRequest,
  CalendarSpreadRequest,
  IronCondorRequest,
  SpreadKind,
  SpreadRequest,
  SpreadTerms,
  StraddleRequest,
  StrangleRequest,
  VerticalSpreadRequest,
} from './spreads/spread-request.js';
export { Trading } from './trading/trading.js';
export type { CancelAllReport } from './trading/trading.js';
export type {
  ArmingChanged,
  BracketProtected,
  BracketUnprotected,
  GateChanged,
  JournalStopped,
  KillSwitchChanged,
  LeaseLost,
  OrderCancelRefused,
  OrderChanged,
  OrderChangeRefused,
  OrderChangeUnknown,
  OrderCommission,
  OrderDuplicated,
  OrderFilled,
  OrderIdRollback,
  OrderStatusChanged,
  OrderUnknown,
  OrderWarning,
  PositionsDrifted,
  ReconcileFailed,
  TradingEvents,
} from './trading/trading-events.js';
