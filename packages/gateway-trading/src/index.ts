export type { AccountSummary, AccountValue, ExecutionReport, Position } from './account-data.js';
export type { ExecutionQuery } from './account-reader.js';
export type { TradingConnection, TradingReply, TradingRequest, TradingSendOptions, TradingSession } from './connection-port.js';
export type { AcquireOptions, Coordinator, Lease, Leadership } from './coordinator.js';
export type { OrderContract, SecType, TradableContract } from './contract.js';
export type { AppendGuard, AppendResult, Journal, JournalEntry, JournalHead } from './journal.js';
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
} from './journal-record.js';
export { journalRuleError } from './journal-rules.js';
export type { JournalRuleBreak } from './journal-rules.js';
export { leaseHeldError, memoryCoordinator } from './memory-coordinator.js';
export type { MemoryCoordinatorOptions } from './memory-coordinator.js';
export { memoryJournal } from './memory-journal.js';
export { DEFAULT_TRADING } from './options.js';
export type { TradingOptions } from './options.js';
export type { FailedCancel } from './order-desk.js';
export { GATE_REASONS, isPaperAccount } from './order-gate.js';
export type { GateReason, TradingMode } from './order-gate.js';
export { OrderHandle } from './order-handle.js';
export type { OrderWaitOptions } from './order-handle.js';
export type { OrderAction, OrderRequest, OrderType, StagedRequest, TimeInForce } from './order-request.js';
export { isEnded, isSettled } from './order-state.js';
export type { Commission, Fill, OrderNotice, OrderState, OrderStatus } from './order-state.js';
export type { OrderPreview, PreviewOptions, PriceBasis, PriceSource } from './preview.js';
export type { ForeignOrder, ReconcileReport } from './reconcile-report.js';
export { Trading } from './trading.js';
export type { CancelAllReport, OrderLike } from './trading.js';
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
  ReconcileFailed,
  TradingEvents,
} from './trading-events.js';
