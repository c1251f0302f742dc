import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import type { Caller } from './caller.js';
import { TICKET_MS, TicketBook } from './tickets.js';

const CALLER: Caller = { tokenId: 't', name: 'page', scope: 'read', accounts: undefined, quota: {} };
const ORIGIN = 'http://127.0.0.1:8787';

describe('TicketBook', () => {
  const clock = createTestClock();
  const usable = new Set(['t']);
  const book = new TicketBook({ clock, callerOf: (id) => (usable.has(id) ? CALLER : undefined) });

  it('opens one stream, once', () => {
    const { ticket, expiresAtMs } = book.issue('t', ORIGIN);
    expect(Buffer.from(ticket, 'base64url')).toHaveLength(32);
    expect(expiresAtMs - clock.now()).toBe(30_000);
    expect(book.redeem({ ticket, origin: ORIGIN })).toBe(CALLER);
    expect(book.redeem({ ticket, origin: ORIGIN })).toBeUndefined();
  });

  it('is good for its time and no longer', async () => {
    const { ticket } = book.issue('t', ORIGIN);
    const second = book.issue('t', ORIGIN);
    await clock.advance(TICKET_MS - 1);
    expect(book.redeem({ ticket, origin: ORIGIN })).toBe(CALLER);
    await clock.advance(1);
    expect(book.redeem({ ticket: second.ticket, origin: ORIGIN })).toBeUndefined();
  });

  it('belongs to the page that asked for it, and a wrong one uses it up', () => {
    for (const origin of ['https://evil.example', undefined]) {
      const { ticket } = book.issue('t', ORIGIN);
      expect(book.redeem({ ticket, origin })).toBeUndefined();
      expect(book.redeem({ ticket, origin: ORIGIN })).toBeUndefined();
    }
    const { ticket } = book.issue('t', undefined);
    expect(book.redeem({ ticket, origin: undefined })).toBe(CALLER);
  });

  it('does not outlive its token', () => {
    const { ticket } = book.issue('t', ORIGIN);
    usable.delete('t');
    expect(book.redeem({ ticket, origin: ORIGIN })).toBeUndefined();
    usable.add('t');
  });

  it('is not handed out without end', async () => {
    for (let n = 0; n < 64; n += 1) book.issue('t', ORIGIN);
    expect(() => book.issue('t', ORIGIN)).toThrow(expect.objectContaining({ code: 'IBKR_TICKET_TOO_MANY', retryable: true, details: { retryAfterMs: TICKET_MS } }));
    await clock.advance(TICKET_MS);
    expect(book.redeem({ ticket: book.issue('t', ORIGIN).ticket, origin: ORIGIN })).toBe(CALLER);
  });
});
