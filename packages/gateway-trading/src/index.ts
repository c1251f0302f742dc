export type { AccountBalance } from './account/account-balance.js';
export type { AccountSummary, AccountValue, ExecutionReport, Position } from './account/account-data.js';
export type { AccountQuery, PositionsQuery, SummaryQuery } from './account/account-desk.js';
export type { ExecutionQuery } from './account/account-reader.js';
export { accountValueFor } from './account/account-values.js';
export type { AccountSegment, AccountValues, AmountQuery, SegmentedValue } from './account/account-values.js';
export type { AccountAlias, AdvisorGroup, AdvisorGroupMember } from './account/advisor.js';
export type { Live, LiveStream, LiveStreamEvents, LiveWaitOptions, Liveness, StreamGap } from './account/live-stream.js';
export type { Pnl, PositionPnl } from './account/pnl.js';
export type { Portfolio, PortfolioLine } from './account/portfolio-book.js';
export type { PositionCheckReport, PositionDrift } from './account/position-check.js';
export type { PositionList } from './account/positions-feed.js';
export type { TradingConnection, TradingConnectionEvent, TradingReply, TradingRequest, TradingSendOptions, TradingSession, TradingStreamSpec } from './broker/connection-port.js';
export type { AcquireOptions, Coordinator, Lease, Leadership } from './coordinator/coordinator.js';
export type { ComboLeg, OrderContract, SecType, StagedLeg, TradableContract } from './orders/contract.js';
export type { AppendGuard, AppendResult, Journal, JournalEntry, JournalHead } from './journal/journal.js';
export type {
  AckedRecord,
  CancelRequestedRecord,
  CommissionRecord,
  Evidence,
  ExecutionRecord,
  IdFloorRecord,
  JournalRecord,
  KillSwitchRecord,
  OrderRecord,
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
export { journalRuleError } from './journal/journal-rules.js';
export type { JournalRuleBreak } from './journal/journal-rules.js';
export { leaseHeldError, memoryCoordinator } from './coordinator/memory-coordinator.js';
export type { MemoryCoordinatorOptions } from './coordinator/memory-coordinator.js';
export { memoryJournal } from './journal/memory-journal.js';
export { DEFAULT_TRADING } from './options.js';
export type { TradingOptions } from './options.js';
export type { FailedCancel } from './orders/order-desk.js';
export { GATE_REASONS, isPaperAccount } from './orders/order-gate.js';
export type { GateReason, TradingMode } from './orders/order-gate.js';
export { OrderHandle } from './orders/order-handle.js';
export type { OrderWaitOptions } from './orders/order-handle.js';
export type { OrderAction, OrderPriceFields, OrderPricing, OrderRequest, OrderSubject, StagedRequest } from './orders/order-request.js';
export { isEnded, isSettled } from './orders/order-state.js';
export type { Commission, Fill, OrderNotice, OrderState, OrderStatus } from './orders/order-state.js';
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
export type { OrderPreview, PreviewOptions, PriceBasis, PriceSource } from './orders/preview.js';
export type { ForeignOrder, ReconcileReport } from './reconcile/reconcile-report.js';
export { Trading } from './trading/trading.js';
export type { CancelAllReport, OrderLike } from './trading/trading.js';
export type {
  GateChanged,
  JournalStopped,
  KillSwitchChanged,
  LeaseLost,
  OrderCancelRefused,
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
