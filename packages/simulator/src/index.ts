export type {
  AccountValue,
  CommissionReport,
  Execution,
  OrderImpact,
  OrderStatusName,
  OrderTicket,
  OrderView,
  Position,
} from './brokerage/brokerage.js';
export type { ComboLeg, Product } from './brokerage/combo.js';
export type { ConditionTicket } from './brokerage/conditions.js';
export type { OrderOptions } from './brokerage/order-options.js';
export type { OrderTypeName, TifName } from './brokerage/order-types.js';
export type { ClockCommand, MarketCommand } from './control/commands.js';
export type { ManualOrder } from './control/manual-orders.js';
export type { Scenario, ScenarioOptions, ScenarioStep } from './control/scenario.js';
export type { ScenarioState } from './control/scenario-runner.js';
export type { ClientState, SimulatorControl, SimulatorState } from './control/simulator-control.js';
export { createSimulator } from './create-simulator.js';
export type { Simulator } from './create-simulator.js';
export type { SimulatorFault, SimulatorFaultType } from './faults/catalogue.js';
export type { FaultTiming } from './faults/fault.js';
export type { FaultState, InjectedFault } from './faults/fault-board.js';
export type { CallbackType } from './faults/callback-faults.js';
export type { After, ClientFact } from './faults/triggers.js';
export type { BondTerms, Instrument, OptionRight, SecurityType } from './market/instrument.js';
export type { FollowRule, InstrumentSpec } from './market/instrument-spec.js';
export type { SessionMode } from './market/instrument-days.js';
export type { Shows } from './market/price-walk.js';
export type { HoldFamily } from './server/client-session.js';
export { DEFAULT_LIMITS } from './server/limits.js';
export type { SimulatorLimits } from './server/limits.js';
export type { PacingMode } from './server/message-pacer.js';
export type { DataPermission } from './server/route-context.js';
export type { WitnessEntry, WitnessFilter, WitnessKind } from './server/witness-journal.js';
export { DEFAULT_SIMULATOR, LOCK_STEP_START_MS } from './simulator-options.js';
export type { ResolvedSimulatorOptions, SimulatorOptions } from './simulator-options.js';
