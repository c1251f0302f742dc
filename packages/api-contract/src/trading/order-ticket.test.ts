import { describe, expect, it } from 'vitest';
import { orderTicketSchema } from './order-ticket.js';

function problemsOf(ticket: unknown): readonly string[] {
  return orderTicketSchema.safeParse(ticket).error?.issues.map(({ path, code }) => `${path.join('.')} ${code}`) ?? [];
}

describe('orderTicketSchema', () => {
  it('says what is wrong with the kind of order that was meant, not with every kind', () => {
    expect(problemsOf({ kind: 'order', instrument: { symbol: 'SPY' }, action: 'BUY', quantity: -1, orderType: 'LMT', qty: 1 })).toEqual(['quantity too_small', ' unrecognized_keys']);
    expect(problemsOf({ kind: 'spread', spread: 'straddle', symbol: 'SPY', quantity: 1, expiry: '2026-12-18', strike: -5 })).toEqual(['strike too_small']);
    expect(problemsOf({ kind: 'basket' })).toEqual(['kind invalid_union']);
    expect(problemsOf({ kind: 'close', instrument: { symbol: 'SPY' } })).toEqual([]);
  });

  it('refuses amounts that nobody means', () => {
    const order = { kind: 'order', instrument: { symbol: 'AAPL' }, action: 'BUY', quantity: 1e15, orderType: 'LMT', limitPrice: 1e300 };
    expect(orderTicketSchema.safeParse(order).error?.issues.map(({ path }) => path.join('.'))).toEqual(['quantity', 'limitPrice']);
    expect(orderTicketSchema.safeParse({ ...order, quantity: 1_000_000_000, limitPrice: -5 }).success).toBe(true);
  });
});
