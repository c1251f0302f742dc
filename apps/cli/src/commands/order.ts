import { randomUUID } from 'node:crypto';
import { UsageError, isIbkrError } from '@ibkit/error-codes';
import type { ConnectionManager } from '@ibkit/core-connection';
import { GATE_REASONS, Trading } from '@ibkit/gateway-trading';
import type { OrderHandle, OrderRequest, OrderStatus } from '@ibkit/gateway-trading';
import { MarketData } from '@ibkit/market-data';
import type { Quote } from '@ibkit/market-data';
import { parsePositive, parseWhole } from '../arguments.js';
import { EXIT } from '../exit-codes.js';
import type { ExitCode } from '../exit-codes.js';
import { withGateway } from '../gateway.js';
import type { CommandContext } from '../globals.js';
import { printDocument, remark } from '../output.js';
import { amount, count, plain } from '../text.js';
import { checkLiveInPipe, tradingMode } from '../trading-options.js';
import { withTrading } from '../trading-session.js';

/** The flags of `ibkit order buy` and `ibkit order sell`. */
export interface OrderFlags {
  readonly limit?: string;
  readonly tif: 'DAY' | 'GTC' | 'IOC' | 'FOK';
  readonly submit?: boolean;
  readonly key?: string;
  readonly wait: boolean;
  readonly yes?: boolean;
}

interface Draft {
  readonly action: 'BUY' | 'SELL';
  readonly symbol: string;
  readonly quantity: number;
  readonly limitPrice: number | undefined;
}

/** Checked before anything connects: a typing error must not cost a connection. */
function draftOf(action: 'BUY' | 'SELL', symbol: string, quantity: string, flags: OrderFlags): Draft {
  if (!/^[A-Za-z][A-Za-z0-9 .-]{0,20}$/.test(symbol)) throw new UsageError({ field: 'SYMBOL', value: symbol, rule: 'must be a ticker symbol such as AAPL' });
  return {
    action,
    symbol: symbol.toUpperCase(),
    quantity: parseWhole('QUANTITY', quantity, 1),
    limitPrice: flags.limit === undefined ? undefined : parsePositive('--limit', flags.limit),
  };
}

async function requestFor(context: CommandContext, connection: ConnectionManager, marketData: MarketData, draft: Draft, flags: OrderFlags, key: string): Promise<OrderRequest> {
  const contract = await marketData.resolve(draft.symbol, { signal: context.io.stop });
  return {
    contract,
    action: draft.action,
    quantity: draft.quantity,
    ...(draft.limitPrice === undefined ? { orderType: 'MKT' as const } : { orderType: 'LMT' as const, limitPrice: draft.limitPrice }),
    tif: flags.tif,
    account: context.globals.accountId ?? (connection.accounts.length === 1 ? connection.accounts[0] : undefined),
    key,
  };
}

function describe(request: OrderRequest): string {
  const price = request.limitPrice === undefined ? 'at the market' : `limit ${amount(request.limitPrice)}`;
  return `${request.action} ${count(request.quantity)} ${plain(request.contract.symbol)} ${price}, ${request.tif ?? 'DAY'}`;
}

/** What the market is, as far as this account may see it: an order needs no data subscription, so neither does its preview. */
async function marketOf(context: CommandContext, marketData: MarketData, request: OrderRequest): Promise<Quote | undefined> {
  try {
    return await marketData.snapshot(request.contract, { mode: 'delayed', timeoutMs: context.remainingMs(), signal: context.io.stop });
  } catch (error) {
    if (isIbkrError(error) && error.name === 'MarketDataError') return undefined;
    throw error;
  }
}

async function preview(context: CommandContext, marketData: MarketData, trading: Trading, request: OrderRequest): Promise<ExitCode> {
  const quote = await marketOf(context, marketData, request);
  const view = await trading.preview(request, { price: (request.action === 'BUY' ? quote?.ask : quote?.bid) ?? quote?.last });
  if (context.globals.json) {
    printDocument(context, { submitted: false, preview: { ...view, market: quote === undefined ? undefined : { bid: quote.bid, ask: quote.ask, last: quote.last, mode: quote.mode } } });
    return EXIT.ok;
  }
  const { out } = context.io;
  out.write(`Preview  ${describe(request)}\n`);
  out.write(`  account   ${plain(view.account ?? 'none chosen: say --account-id')}${view.paper === true ? ' (paper)' : ''}\n`);
  out.write(`  market    ${quote === undefined ? 'not known: no data subscription' : `${amount(quote.bid)} x ${amount(quote.ask)} (${quote.mode})`}\n`);
  if (view.estimate !== undefined) out.write(`  cost      about ${amount(view.estimate.notional)} ${plain(view.estimate.currency)}\n`);
  // The first sweep over the broker's lists is under way for a preview always; an order waits for it.
  // Whether live trading is armed stands in the journal, which a preview does not open.
  const refusals = view.gate.filter((reason) => reason !== 'RECONCILE_PENDING' && reason !== 'NOT_ARMED');
  for (const reason of refusals) out.write(`  refused   ${GATE_REASONS[reason]}\n`);
  for (const warning of view.warnings) out.write(`  note      ${plain(warning)}\n`);
  out.write(`Nothing was sent.${refusals.length === 0 ? ' Add --submit to send it.' : ''}\n`);
  return EXIT.ok;
}

function orderDocument({ key, intentId, orderId, state }: OrderHandle): Record<string, unknown> {
  const { status, permIds, account, filledQuantity, averagePrice, fills, brokerNotice, reason } = state;
  return { key, intentId, orderId, permId: permIds[0], account, status, filledQuantity, averagePrice, fills, brokerNotice, reason };
}

const EXIT_BY_STATUS: Readonly<Partial<Record<OrderStatus, ExitCode>>> = {
  filled: EXIT.ok,
  cancelled: EXIT.rejected,
  rejected: EXIT.rejected,
  expired: EXIT.rejected,
  absent: EXIT.rejected,
  unsent: EXIT.refused,
};

function resultLine(request: OrderRequest, { state, orderId, key }: OrderHandle): string {
  const filled = state.filledQuantity > 0 ? ` ${count(state.filledQuantity)} at ${amount(state.averagePrice)}` : '';
  const why = state.status === 'filled' ? undefined : state.brokerNotice === undefined ? state.reason : `${state.brokerNotice.code} ${state.brokerNotice.message}`;
  return `${describe(request)}: ${state.status}${filled}, order ${orderId}, key ${plain(key)}${why === undefined ? '' : `\n  reason    ${plain(why)}`}\n`;
}

async function submit(context: CommandContext, trading: Trading, request: OrderRequest, flags: OrderFlags): Promise<ExitCode> {
  const { globals, io } = context;
  const key = request.key ?? '';
  const earlier = trading.order(key);
  const repeated = earlier !== undefined && earlier.state.status !== 'unsent';
  // Before the order is sent: whoever loses sight of it now needs the key.
  if (!repeated) remark(context, `${describe(request)}  key ${plain(key)}`);
  const handle = await trading.place(request);
  if (repeated) remark(context, `Key ${plain(key)} was used before: nothing was sent, this is that order.`);
  if (flags.wait) await settled(context, handle);
  if (globals.json) printDocument(context, { submitted: true, repeated, order: orderDocument(handle) });
  else io.out.write(resultLine(request, handle));
  return EXIT_BY_STATUS[handle.state.status] ?? EXIT.pending;
}

/** How long the executions of a filled order are waited for, in milliseconds. */
const EXECUTIONS_MS = 3_000;

/** Shows the states of an order until it is done, the time is up, or the user stops waiting. The order itself is never touched by that. */
async function settled(context: CommandContext, handle: OrderHandle): Promise<void> {
  try {
    const { status } = await handle.done({ timeoutMs: context.globals.timeoutMs, signal: context.io.stop });
    // The status may come before the executions that say how much and at which price.
    if (status === 'filled') await handle.filled({ timeoutMs: EXECUTIONS_MS, signal: context.io.stop });
  } catch (error) {
    const outOfPatience = context.io.stop.aborted || (isIbkrError(error) && error.name === 'TimeoutError');
    if (!outOfPatience) throw error;
    if (handle.state.status === 'filled') return;
    remark(context, `Still ${handle.state.status}: the order lives on. Repeating the command with --key ${handle.key} shows it and sends nothing.`);
  }
}

function previewOnly(context: CommandContext, draft: Draft, flags: OrderFlags): Promise<ExitCode> {
  return withGateway(context, { role: 'read' }, async (connection) => {
    await using marketData = new MarketData({ connection, lookUpTimeoutMs: context.remainingMs() });
    await using trading = new Trading({ connection, ...tradingMode(context.globals), listTimeoutMs: context.remainingMs() });
    const request = await requestFor(context, connection, marketData, draft, flags, randomUUID());
    await trading.start();
    return await preview(context, marketData, trading, request);
  });
}

/** A gate that waiting does not open refuses the order as well, and only that refusal is written down. */
async function readyOrRefused(context: CommandContext, trading: Trading): Promise<void> {
  try {
    await trading.ready({ timeoutMs: context.remainingMs(), signal: context.io.stop });
  } catch (error) {
    if (!isIbkrError(error) || error.name !== 'GateRefusedError') throw error;
  }
}

async function place(context: CommandContext, draft: Draft, flags: OrderFlags): Promise<ExitCode> {
  if (flags.submit !== true) return await previewOnly(context, draft, flags);
  checkLiveInPipe(context.globals, context.io, flags.yes);
  // A session that is lost while the order is out is made again: not to send anything, but to learn what became of it.
  return await withGateway(context, { role: 'order', autoReconnect: true }, async (connection) => {
    await using marketData = new MarketData({ connection, lookUpTimeoutMs: context.remainingMs() });
    return await withTrading(context, connection, async (trading) => {
      const request = await requestFor(context, connection, marketData, draft, flags, flags.key ?? randomUUID());
      await readyOrRefused(context, trading);
      return await submit(context, trading, request, flags);
    });
  });
}

/** `ibkit order buy SYMBOL QUANTITY`. */
export async function buy(context: CommandContext, symbol: string, quantity: string, flags: OrderFlags): Promise<ExitCode> {
  return await place(context, draftOf('BUY', symbol, quantity, flags), flags);
}

/** `ibkit order sell SYMBOL QUANTITY`. */
export async function sell(context: CommandContext, symbol: string, quantity: string, flags: OrderFlags): Promise<ExitCode> {
  return await place(context, draftOf('SELL', symbol, quantity, flags), flags);
}
