import { GateRefusedError, OrderError, UsageError } from '@ibkit/error-codes';
import type { OrderRequest, Position, TradableContract } from '@ibkit/gateway-trading';
import type { OrderDeps } from './order-deps.js';
import type { PreparedTicket } from './prepared-ticket.js';

type Closing = Extract<PreparedTicket, { readonly kind: 'close' }>;

/** The account that is meant: the one that is named, or the only one of the session; `undefined` without a session. @throws {@link UsageError} `IBKR_ORDER_INVALID` when the session has several. */
export function accountOf(named: string | undefined, { accounts }: Pick<OrderDeps['connection'], 'accounts'>): string | undefined {
  if (named !== undefined) return named;
  if (accounts.length > 1) throw new UsageError({ code: 'IBKR_ORDER_INVALID', field: 'order.account', rule: `must be given, because the session has ${accounts.length} accounts` });
  return accounts[0];
}

/** The error for a position that is not there: nothing was sent, and the key is free. */
export function noPosition(): OrderError {
  return new OrderError({ code: 'IBKR_POSITION_NOT_FOUND', message: 'There is no such position in this account, so there is nothing to close', tips: ['Look at the positions: account and instrument must both fit.'] });
}

/** "No position" is known of an account that the session shows. */
function checkShown(account: string | undefined, { accounts, session }: Pick<OrderDeps['connection'], 'accounts' | 'session'>): void {
  if (account === undefined || session === undefined || accounts.includes(account)) return;
  throw new GateRefusedError({ reasons: ['ACCOUNT_UNKNOWN'], message: 'Nothing is known about a position in this account, because the session does not list it', tips: ['Check the spelling, and which user the gateway is logged in with.'] });
}

/** The position that a ticket would close. @throws OrderError `IBKR_POSITION_NOT_FOUND`; {@link GateRefusedError} `ACCOUNT_UNKNOWN`; the errors of the connection. */
export async function positionToClose({ contract }: Closing, account: string | undefined, { trading, connection, signal }: Pick<OrderDeps, 'trading' | 'connection'> & { readonly signal?: AbortSignal | undefined }): Promise<Position> {
  // Before and after the list: another login may come in between.
  checkShown(account, connection);
  const positions = await trading.positions({ account, signal });
  checkShown(account, connection);
  const found = positions.find((position) => position.position !== 0 && (account === undefined || position.account === account) && position.contract.conId === contract.conId);
  if (found === undefined) throw noPosition();
  return found;
}

/** The order that would close a position now: what Trading makes of the same ticket. @throws {@link UsageError} `IBKR_ORDER_INVALID` for more than there is. */
export function closingRequest({ contract, options }: Closing, { account, position }: Position): OrderRequest {
  const { quantity = Math.abs(position), limitPrice, tif, outsideRth, tag } = options;
  if (quantity > Math.abs(position)) throw new UsageError({ code: 'IBKR_ORDER_INVALID', field: 'order.quantity', value: quantity, rule: `must not be above the position of ${Math.abs(position)}` });
  const subject = { contract, account, action: position > 0 ? 'SELL' : 'BUY', quantity, tif, outsideRth, tag } as const;
  return limitPrice === undefined ? { ...subject, orderType: 'MKT' } : { ...subject, orderType: 'LMT', limitPrice };
}

/** What a preview is about besides its ticket: the contract that was found and, of a close, the position. */
export function subjectOf(prepared: PreparedTicket, position?: Position): string {
  switch (prepared.kind) {
    case 'order':
      return contractText(prepared.request.contract);
    case 'bracket':
      return contractText(prepared.request.entry.contract);
    case 'spread':
      // The ticket names every leg by day, strike and right.
      return 'spread';
    case 'close':
      return `${contractText(prepared.contract)} ${position?.position ?? 0}`;
  }
}

function contractText({ conId, exchange, comboLegs = [] }: TradableContract): string {
  return [conId ?? 0, exchange, ...comboLegs.map((leg) => `${leg.conId}/${leg.ratio}/${leg.action}`)].join(' ');
}
