import type { KillSwitch } from '../orders/order-ledger.js';
import type { TradingMode } from '../orders/order-gate.js';
import type { ResolvedTradingOptions } from '../options.js';
import type { ResolvedLimits } from './limits.js';
import type { DayCount } from './order-guards.js';

/** What limits trading now, and how much of it is used up. */
export interface RiskState {
  readonly mode: TradingMode;
  /** The allow-list, or what an `AuthManager` allows of the accounts of the session. Empty in paper mode: every account of the session. */
  readonly allowedAccounts: readonly string[];
  readonly killSwitch: KillSwitch;
  readonly limits: ResolvedLimits;
  readonly today: DayCount;
  /** How many orders have an unknown outcome. */
  readonly unknownOrders: number;
}

/** Puts a {@link RiskState} together. */
export function riskStateOf(
  { mode, accounts, auth, limits }: Pick<ResolvedTradingOptions, 'mode' | 'accounts' | 'auth' | 'limits'>,
  facts: Pick<RiskState, 'killSwitch' | 'today' | 'unknownOrders'>,
): RiskState {
  const allowedAccounts = auth === undefined ? accounts : (auth.accounts ?? []).filter(({ allowed }) => allowed).map(({ id }) => id);
  return { mode, allowedAccounts: [...allowedAccounts], limits, ...facts };
}
