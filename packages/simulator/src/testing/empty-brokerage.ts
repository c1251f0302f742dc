import type { Brokerage } from '../brokerage/brokerage.js';

/** A brokerage where nothing ever happens. */
export function emptyBrokerage(accounts: readonly string[]): Brokerage {
  return {
    accounts,
    on: () => () => undefined,
    nextValidId: () => 1,
    place: () => undefined,
    cancel: () => undefined,
    cancelAll: () => undefined,
    openOrders: () => [],
    completedOrders: () => [],
    executions: () => [],
    positions: () => [],
    portfolio: () => [],
    accountValues: () => [],
    pnl: () => ({ daily: 0, unrealized: 0, realized: 0 }),
    pnlSingle: () => undefined,
    close: () => undefined,
  };
}
