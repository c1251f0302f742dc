import type { Instrument, InstrumentUniverse } from '../market/instrument.js';
import type { OrderStatusName } from './brokerage.js';
import type { LoggedExecution } from './execution-log.js';
import type { ChargeRecord } from './commissions.js';
import { orderTypePolicy } from './order-types.js';
import type { OrderTerms } from './order-terms.js';
import type { TriggerState } from './trigger.js';

/** An order as it is kept. */
export interface OrderRecord {
  readonly clientId: number;
  readonly orderId: number;
  readonly permId: string;
  readonly terms: OrderTerms;
  readonly status: OrderStatusName;
  readonly filled: number;
  readonly filledValue: number;
  readonly lastFillPrice: number;
  readonly commission?: number | undefined;
  readonly completedStatus?: string | undefined;
  readonly completedAtMs?: number | undefined;
  /** Nothing holds it any more. */
  readonly isReleased?: boolean | undefined;
  readonly isConditionMet?: boolean | undefined;
  readonly trigger?: TriggerState | undefined;
  readonly trailedLimit?: number | undefined;
  readonly firstFillPrice?: number | undefined;
  readonly reduced?: number | undefined;
  readonly charges?: readonly ChargeRecord[] | undefined;
}

/** A position as it is kept. */
export interface HoldingRecord {
  readonly instrument: Instrument;
  readonly quantity: number;
  readonly openCommission?: number | undefined;
  readonly averageCost: number;
  readonly realized: number;
}

/** The books of one account as they are kept. */
export interface LedgerRecord {
  readonly account: string;
  readonly startCash: number;
  readonly cash: number;
  readonly holdings: readonly HoldingRecord[];
}

/** Everything that a brokerage must remember to go on after a restart, as JSON holds it. Staged orders are not in it: TWS API: they vanish on a restart. */
export interface BrokerageSnapshot {
  /** When it was taken, on the market's clock, epoch milliseconds. */
  readonly savedAtMs: number;
  readonly ids: { readonly permId: number; readonly execution: number };
  /** The highest order id that each client has used. */
  readonly orderIds: readonly { readonly clientId: number; readonly highest: number }[];
  /** In the order of placing. */
  readonly working: readonly OrderRecord[];
  /** In the order in which they ended. */
  readonly completed: readonly OrderRecord[];
  readonly executions: readonly LoggedExecution[];
  readonly ledgers: readonly LedgerRecord[];
}

/** The universe's own object for an instrument that was kept; the kept one when the universe does not list it any more, as an option that has expired. */
export function knownInstrument(universe: InstrumentUniverse, kept: Instrument): Instrument {
  const listed = universe.byConId(kept.conId);
  return listed?.localSymbol === kept.localSymbol ? listed : kept;
}

/** The terms of an order that was kept, on the universe's own instruments. */
export function knownTerms(universe: InstrumentUniverse, kept: OrderTerms): OrderTerms {
  const { instrument } = kept;
  const legs = kept.legs.map((leg) => ({ ...leg, instrument: knownInstrument(universe, leg.instrument) }));
  const policy = orderTypePolicy(kept.policy.name);
  return {
    ...kept,
    legs,
    instrument: instrument.secType === 'BAG' ? instrument : knownInstrument(universe, { ...instrument, secType: instrument.secType }),
    policy: policy === undefined || policy === 'missing' ? kept.policy : policy,
  };
}

/** Whether everything that an order is for is still listed. */
export function isListed(universe: InstrumentUniverse, { instrument, legs }: OrderTerms): boolean {
  const parts = instrument.secType === 'BAG' ? legs.map((leg) => leg.instrument) : [instrument];
  return parts.every((part) => universe.byConId(part.conId) === part);
}
