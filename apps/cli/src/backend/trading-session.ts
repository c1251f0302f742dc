import { ConnectionManager } from '@ibkit/core-connection';
import { Trading, memoryCoordinator, memoryJournal } from '@ibkit/gateway-trading';
import type { Journal } from '@ibkit/gateway-trading';
import { MarketData } from '@ibkit/market-data';
import type { CommandContext } from '../config/globals.js';
import { openOrderJournal } from './order-journal.js';
import type { OrderJournal } from './order-journal.js';
import { remark } from '../output/print.js';
import { tradingMode } from './trading-options.js';

/** Orders of an embedded simulator end with it, so nothing is kept of them. */
export async function journalFor({ globals, clock }: CommandContext, nextOrderId: number): Promise<OrderJournal> {
  if (globals.simulate) {
    return { journal: memoryJournal(), coordinator: memoryCoordinator(), archivedAs: undefined, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const { stateDirectory, host, port, clientId, mode } = globals;
  return await openOrderJournal({ clock, stateDirectory, host, port, clientId, mode, nextOrderId });
}

/** What trading stands on. */
export interface TradingParts {
  readonly connection: ConnectionManager;
  readonly marketData: MarketData;
}

/** Opens the journal of the present gateway, and starts trading on it. Does not wait for the gate. */
export async function withTrading<T>(context: CommandContext, { connection, marketData }: TradingParts, work: (trading: Trading, journal: Journal) => Promise<T>): Promise<T> {
  await using orders = await journalFor(context, connection.nextOrderIdFloor);
  if (orders.archivedAs !== undefined) remark(context, `This gateway has no orders of client id ${context.globals.clientId} yet: the journal of an earlier one was put aside as ${orders.archivedAs}`);
  const journal = orders.journal;
  await using trading = new Trading({ connection, marketData, journal, coordinator: orders.coordinator, ...tradingMode(context.globals), listTimeoutMs: context.remainingMs() });
  await trading.start();
  return await work(trading, journal);
}

/** The same for what only the journal needs to know: the connection is never made. */
export async function withOfflineTrading<T>(context: CommandContext, work: (trading: Trading, parts: TradingParts) => Promise<T>): Promise<T> {
  const { host, port, clientId } = context.globals;
  await using connection = new ConnectionManager({ host, port, clientId, clock: context.clock, autoReconnect: false });
  // Without a gateway nobody can say that the journal is about another one.
  await using orders = await journalFor(context, Number.MAX_SAFE_INTEGER);
  await using marketData = new MarketData({ connection });
  await using trading = new Trading({ connection, marketData, journal: orders.journal, coordinator: orders.coordinator, ...tradingMode(context.globals) });
  await trading.start();
  return await work(trading, { connection, marketData });
}
