import { randomUUID } from 'node:crypto';
import { UsageError, isIbkrError } from '@ibkit/error-codes';
import type { ConnectionManager } from '@ibkit/core-connection';
import { Trading } from '@ibkit/gateway-trading';
import type { OrderHandle, OrderRequest, OrderStatus } from '@ibkit/gateway-trading';
import { MarketData } from '@ibkit/market-data';
import { parsePositive, parseWhole } from '../arguments.js';
import { EXIT } from '../exit-codes.js';
import type { ExitCode } from '../exit-codes.js';
import { withGateway } from '../gateway.js';
import type { CommandContext } from '../globals.js';
import { printDocument, remark } from '../output.js';
import { amount, count, plain } from '../text.js';

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
    orderType: draft.limitPrice === undefined ? 'MKT' : 'LMT',
    limitPrice: draft.limitPrice,
    tif: flags.tif,
    account: context.globals.accountId ?? (connection.accounts.length === 1 ? connection.accounts[0] : undefined),
    key,
  };
}

function describe(request: OrderRequest): string {
  const price = request.limitPrice === undefined ? 'at the market' : `limit ${amount(request.limitPrice)}`;
  return `${request.action} ${count(request.quantity)} ${plain(request.contract.symbol)} ${price}, ${request.tif ?? 'DAY'}`;
}

async function preview(context: CommandContext, marketData: MarketData, trading: Trading, request: OrderRequest): Promise<ExitCode> {
  const quote = await marketData.snapshot(request.contract, { timeoutMs: context.globals.timeoutMs, signal: context.io.stop });
  const view = await trading.preview(request, { price: (request.action === 'BUY' ? quote.ask : quote.bid) ?? quote.last });
  if (context.globals.json) {
    printDocument(context, { submitted: false, preview: { ...view, market: { bid: quote.bid, ask: quote.ask, last: quote.last, mode: quote.mode } } });
    return EXIT.ok;
  }
  const { out } = context.io;
  out.write(`Preview  ${describe(request)}\n`);
  out.write(`  account   ${plain(view.account ?? 'none chosen: say --account-id')}${view.paper === true ? ' (paper)' : ''}\n`);
  out.write(`  market    ${amount(quote.bid)} x ${amount(quote.ask)} (${quote.mode})\n`);
  if (view.estimate !== undefined) out.write(`  cost      about ${amount(view.estimate.notional)} ${plain(view.estimate.currency)}\n`);
  for (const warning of view.warnings) out.write(`  note      ${plain(warning)}\n`);
  out.write('Nothing was sent. Add --submit to send it.\n');
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

async function submit(context: CommandContext, trading: Trading, request: OrderRequest, flags: OrderFlags): Promise<ExitCode> {
  const { globals, io } = context;
  if (globals.mode === 'live' && !io.out.isTerminal && flags.yes !== true) {
    throw new UsageError({ field: '--yes', rule: 'is needed to send a live order when the output is not a terminal' });
  }
  remark(context, `${describe(request)}  key ${request.key ?? '-'}`);
  const handle = await trading.place(request);
  if (flags.wait) await settled(context, handle);
  if (globals.json) printDocument(context, { submitted: true, order: orderDocument(handle) });
  else io.out.write(`${describe(request)}: ${handle.state.status}, order ${handle.orderId}, key ${handle.key}\n`);
  return EXIT_BY_STATUS[handle.state.status] ?? EXIT.pending;
}

/** Shows the states of an order until it is done, the time is up, or the user stops waiting. The order itself is never touched by that. */
async function settled(context: CommandContext, handle: OrderHandle): Promise<void> {
  try {
    await handle.done({ timeoutMs: context.globals.timeoutMs, signal: context.io.stop });
  } catch (error) {
    const outOfPatience = context.io.stop.aborted || (isIbkrError(error) && error.name === 'TimeoutError');
    if (!outOfPatience) throw error;
    remark(context, `Still ${handle.state.status}: the order lives on. Repeating the command with --key ${handle.key} shows it and sends nothing.`);
  }
}

async function place(context: CommandContext, draft: Draft, flags: OrderFlags): Promise<ExitCode> {
  return await withGateway(context, { role: flags.submit === true ? 'order' : 'read' }, async (connection) => {
    await using marketData = new MarketData({ connection });
    await using trading = new Trading({ connection, marketData, mode: context.globals.mode, listTimeoutMs: context.globals.timeoutMs });
    const key = flags.key ?? randomUUID();
    const request = await requestFor(context, connection, marketData, draft, flags, key);
    await trading.start();
    if (flags.submit !== true) return await preview(context, marketData, trading, request);
    await trading.ready({ timeoutMs: context.globals.timeoutMs, signal: context.io.stop });
    return await submit(context, trading, request, flags);
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
