import { expect, it } from 'vitest';
import { auditText } from './audit-text.js';

const AT = Date.parse('2026-11-20T22:39:09.045Z');
const line = { seq: 5, term: 4, atMs: AT, orderId: 'I1', key: 'first-1', account: 'DU1234567' };

it.each([
  [
    { type: 'order.staged', record: { type: 'order.staged', atMs: AT, intentId: 'I1', key: 'first-1', account: 'DU1234567', requestHash: 'h', counts: { orders: 1 }, orderId: 2, request: { action: 'BUY', quantity: '10', orderType: 'LMT', limitPrice: '260', tif: 'DAY', contract: { symbol: 'AAPL' } } } },
    '2026-11-20 22:39:09.045Z  order.staged           first-1  BUY 10 AAPL LMT 260 DAY, order id 2',
  ],
  [{ type: 'order.sent', record: { type: 'order.sent', atMs: AT, intentId: 'I1' } }, '2026-11-20 22:39:09.045Z  order.sent             first-1'],
  [
    { type: 'order.execution', record: { execId: '1.01', executedAtMs: AT, side: 'BOT', quantity: '10', price: '223.76' } },
    '2026-11-20 22:39:09.045Z  order.execution        first-1  exec id 1.01, executed at 2026-11-20T22:39:09.045Z, side BOT, quantity 10, price 223.76',
  ],
  [
    { type: 'order.verdict', record: { verdict: 'rejected', code: 201, reason: 'no \u001b[31mway' } },
    '2026-11-20 22:39:09.045Z  order.verdict          first-1  verdict rejected, code 201, reason no  [31mway',
  ],
])('says %j in a line', (entry, text) => {
  expect(auditText({ ...line, ...entry })).toBe(text);
});

it('says records that belong to no order', () => {
  expect(auditText({ seq: 1, term: 1, atMs: AT, type: 'killSwitch', record: { type: 'killSwitch', atMs: AT, engaged: true, reason: 'too wild' } })).toBe('2026-11-20 22:39:09.045Z  killSwitch             engaged true, reason too wild');
});
