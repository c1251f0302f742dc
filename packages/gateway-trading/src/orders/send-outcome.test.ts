import { abortReason } from '@ibkit/clock';
import { ConnectionError, RateLimitError, UsageError } from '@ibkit/error-codes';
import { describe, expect, it } from 'vitest';
import { isProvablyUnsent } from './send-outcome.js';

const never = new AbortController().signal;

describe('isProvablyUnsent', () => {
  it.each([
    new ConnectionError({ code: 'IBKR_SESSION_CLOSED', message: 'm', details: { bytesSent: 'none' } }),
    new ConnectionError({ code: 'IBKR_SESSION_CONGESTED', message: 'm' }),
    new ConnectionError({ code: 'IBKR_NOT_CONNECTED', message: 'm' }),
    new RateLimitError({ code: 'IBKR_RATE_DEADLINE', message: 'm' }),
    new UsageError({ code: 'IBKR_WIRE_VALUE', field: 'f', rule: 'r' }),
    new UsageError({ field: 'f', rule: 'r' }),
  ])('believes $code', (error) => {
    expect(isProvablyUnsent(error, never)).toBe(true);
  });

  it.each([
    new ConnectionError({ code: 'IBKR_SESSION_CLOSED', message: 'm', details: { bytesSent: 'maybe' } }),
    new ConnectionError({ code: 'IBKR_SESSION_CLOSED', message: 'm' }),
    new ConnectionError({ code: 'IBKR_SESSION_RESET', message: 'm' }),
    new Error('write EPIPE'),
    'a string',
    undefined,
  ])('does not believe %s', (error) => {
    expect(isProvablyUnsent(error, never)).toBe(false);
  });

  it('believes that what was taken back did not leave, and only that', () => {
    const stop = new AbortController();
    const reason = new Error('taken back');
    expect(isProvablyUnsent(reason, stop.signal)).toBe(false);
    stop.abort(reason);
    expect(isProvablyUnsent(reason, stop.signal)).toBe(true);
    expect(isProvablyUnsent(new Error('another'), stop.signal)).toBe(false);
  });

  it('knows a reason again that is no Error', () => {
    const stop = new AbortController();
    stop.abort('changed my mind');
    expect(isProvablyUnsent(abortReason(stop.signal), stop.signal)).toBe(true);
    expect(isProvablyUnsent(new Error('another'), stop.signal)).toBe(false);
  });
});
