import type { ApiContract, ApiOrder, ApiOrderTicket } from '@ibkit/api-contract';
import { amount, count, plain } from '../../render/text.js';

/** What a contract is called in one word or a few. */
export function contractText({ localSymbol, symbol, conId, legs, expiry, strike, right }: ApiContract): string {
  if (legs !== undefined) return plain(`${symbol ?? '-'} combination of ${legs.length}`);
  if (strike !== undefined && right !== undefined) return plain(`${symbol ?? '-'} ${expiry ?? ''} ${strike} ${right}`);
  return plain(localSymbol ?? symbol ?? (conId === undefined ? '-' : `@${conId}`));
}

function priceText({ limitPrice, stopPrice }: { readonly limitPrice?: number | undefined; readonly stopPrice?: number | undefined }): string {
  const parts = [stopPrice === undefined ? undefined : `stop ${amount(stopPrice)}`, limitPrice === undefined ? undefined : `limit ${amount(limitPrice)}`].filter((part) => part !== undefined);
  return parts.length === 0 ? 'at the market' : parts.join(' ');
}

function nameOf({ symbol, conId, secType, expiry, strike, right }: { readonly symbol?: string | undefined; readonly conId?: number | undefined; readonly secType?: string | undefined; readonly expiry?: string | undefined; readonly strike?: number | undefined; readonly right?: string | undefined }): string {
  return plain([symbol ?? `@${conId ?? '?'}`, secType === undefined || secType === 'STK' ? undefined : secType, expiry, strike, right].filter((part) => part !== undefined).join(' '));
}

/** What is to be traded, in one line. */
export function ticketText(ticket: ApiOrderTicket): string {
  switch (ticket.kind) {
    case 'order': {
      const trail = ticket.trailAmount === undefined ? (ticket.trailPercent === undefined ? undefined : `trailing ${ticket.trailPercent} %`) : `trailing ${amount(ticket.trailAmount)}`;
      return `${ticket.action} ${count(ticket.quantity)} ${nameOf(ticket.instrument)} ${trail ?? priceText(ticket)}, ${ticket.tif ?? 'DAY'}`;
    }
    case 'bracket': {
      const { entry, takeProfit, stopLoss } = ticket;
      const exits = [takeProfit?.limitPrice === undefined ? undefined : `profit at ${amount(takeProfit.limitPrice)}`, stopLoss?.stopPrice === undefined ? undefined : `stop at ${amount(stopLoss.stopPrice)}`].filter((part) => part !== undefined);
      return `${entry.action} ${count(entry.quantity)} ${nameOf(entry.instrument)} ${priceText(entry)}, ${entry.tif ?? 'DAY'}, with ${exits.join(' and ')}`;
    }
    case 'spread': {
      const strikes = ticket.spread === 'vertical' ? ` ${ticket.longStrike}/${ticket.shortStrike} ${ticket.right} ${ticket.expiry}` : '';
      return `${count(ticket.quantity)} ${plain(ticket.symbol)} ${ticket.spread}${strikes} ${ticket.limitPrice === undefined ? 'at the market' : `net ${amount(ticket.limitPrice)}`}, ${ticket.tif ?? 'DAY'}`;
    }
    case 'close': {
      return `CLOSE ${ticket.quantity === undefined ? 'all' : count(ticket.quantity)} ${nameOf(ticket.instrument)} ${priceText(ticket)}, ${ticket.tif ?? 'DAY'}`;
    }
  }
}

/** An order in one line. */
export function orderText(order: ApiOrder): string {
  return `${order.action} ${count(order.quantity)} ${contractText(order.contract)} ${order.limitPrice === undefined && order.stopPrice === undefined && order.orderType !== 'MKT' ? plain(order.orderType) : priceText(order)}, ${plain(order.tif)}`;
}

function whyText(order: ApiOrder): string | undefined {
  if (order.status === 'filled') return undefined;
  if (order.brokerCode !== undefined) return `${order.brokerCode} ${order.reason ?? ''}`.trimEnd();
  const notice = order.warnings.at(-1);
  return notice === undefined ? order.reason : `${notice.code} ${notice.message}`;
}

/** What became of an order: a line, and the reason when there is one. */
export function resultText(order: ApiOrder): string {
  const filled = order.filledQuantity > 0 ? ` ${count(order.filledQuantity)} at ${amount(order.averagePrice)}` : '';
  const why = whyText(order);
  return `${orderText(order)}: ${order.status}${filled}, order ${order.orderId}, key ${plain(order.key)}${why === undefined ? '' : `\n  reason    ${plain(why)}`}\n`;
}
