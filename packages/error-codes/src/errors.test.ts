import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { brokerError } from './broker-error.js';
import { knownErrorCodes } from './describe-error.js';
import {
  AccountError,
  ConfigurationError,
  ConnectionError,
  ContractError,
  GateRefusedError,
  HistoricalDataError,
  MarketDataError,
  OrderError,
  RateLimitError,
  RequestError,
  SystemError,
  TimeoutError,
  UsageError,
} from './error-classes.js';
import { IbkrError, isIbkrError } from './ibkr-error.js';

const CATEGORY_CLASSES = {
  ConnectionError,
  RateLimitError,
  MarketDataError,
  HistoricalDataError,
  ContractError,
  RequestError,
  OrderError,
  AccountError,
  SystemError,
};

describe('the error classes', () => {
  it.each(Object.entries(CATEGORY_CLASSES))('%s prints its name and keeps its code', (name, ErrorClass) => {
    const error = new ErrorClass({ code: 'IBKR_TEST_CASE', message: 'it broke', cause: new Error('below') });
    expect(error).toBeInstanceOf(IbkrError);
    expect(error.name).toBe(name);
    expect(String(error)).toBe(`${name}: it broke`);
    expect(error.stack).toMatch(new RegExp(`^${name}: it broke`, 'u'));
    expect(inspect(error)).toContain("code: 'IBKR_TEST_CASE'");
    expect(error.retryable).toBe(ErrorClass === RateLimitError);
    expect(error.cause).toBeInstanceOf(Error);
  });

  it('is retryable for a timeout unless told otherwise', () => {
    expect(new TimeoutError({ message: 'no answer in 5 s' })).toMatchObject({ code: 'IBKR_TIMEOUT', retryable: true, name: 'TimeoutError' });
    expect(new TimeoutError({ message: 'no answer', code: 'IBKR_ORDER_TIMEOUT', retryable: false })).toMatchObject({ retryable: false });
  });

  it('names field, rule and value in a usage error', () => {
    const error = new UsageError({ field: 'perSecond', value: -1, rule: 'must be above 0' });
    expect(error.message).toBe('perSecond must be above 0, got -1');
    expect(error.details).toEqual({ field: 'perSecond', value: -1, rule: 'must be above 0' });
    expect(new UsageError({ field: 'token', rule: 'must not be empty' }).message).toBe('token must not be empty');
  });

  it('lists every configuration problem at once', () => {
    const error = new ConfigurationError({
      problems: [
        { path: 'connection.port', value: 99_999, rule: 'must be a port', source: 'ib.ini' },
        { path: 'flow.token', rule: 'must not be empty' },
      ],
    });
    expect(error.message).toBe('Invalid configuration:\n  - connection.port must be a port, got 99999 (from ib.ini)\n  - flow.token must not be empty');
    expect(error.problems).toHaveLength(2);
    expect(error.details['problems']).toEqual(error.problems);
  });

  it('carries the reasons of a closed gate and is an order error', () => {
    const error = new GateRefusedError({ reasons: ['upstream is down', 'not armed'] });
    expect(error).toBeInstanceOf(OrderError);
    expect(error.details['reasons']).toEqual(['upstream is down', 'not armed']);
    expect(error.message).toContain('upstream is down; not armed');
  });
});

describe('toJSON', () => {
  it('names the keys of a map without asking objects for a text', () => {
    const error = new IbkrError({ code: 'IBKR_TEST', message: 'x', details: { map: new Map<unknown, unknown>([[{ toString: '' }, 1], ['name', 2]]) } });
    expect(error.toJSON().details).toEqual({ map: { '[object]': 1, name: 2 } });
  });

  it('leaves the stack and every secret out', () => {
    const error = new ConnectionError({
      code: 'IBKR_TEST_CASE',
      message: 'it broke',
      details: { host: 'h', password: 'p1', nested: { apiKey: 'p2', list: [{ authToken: 'p3' }] }, big: 5n, failed: new Error('inner') },
      cause: new TypeError('deeper'),
    });
    const text = JSON.stringify(error);
    expect(text).not.toMatch(/p1|p2|p3|\bat /u);
    expect(JSON.parse(text)).toEqual({
      name: 'ConnectionError',
      code: 'IBKR_TEST_CASE',
      message: 'it broke',
      retryable: false,
      tips: [],
      details: { host: 'h', password: '[redacted]', nested: { apiKey: '[redacted]', list: [{ authToken: '[redacted]' }] }, big: '5', failed: 'Error: inner' },
      cause: 'TypeError: deeper',
    });
  });

  it('survives details that point at themselves', () => {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    expect(JSON.stringify(new RequestError({ code: 'IBKR_TEST_LOOP', message: 'x', details: loop }))).toContain('nested too deep');
  });
});

describe('isIbkrError', () => {
  it('recognises an error of another copy of the package', async () => {
    vi.resetModules();
    const copy = await import('./error-classes.js');
    const foreign = new copy.OrderError({ code: 'IBKR_TEST_CASE', message: 'x' });
    expect(foreign).not.toBeInstanceOf(OrderError);
    expect(isIbkrError(foreign)).toBe(true);
  });

  it('is false for anything else', () => {
    fc.assert(fc.property(fc.anything(), (value) => !isIbkrError(value)));
    expect(isIbkrError(new Error('plain'))).toBe(false);
  });
});

describe('brokerError', () => {
  it.each([
    [502, ConnectionError, 'IBKR_CONNECTION_CONNECT_FAILED'],
    [100, RateLimitError, 'IBKR_PACING_MESSAGE_RATE_EXCEEDED'],
    [354, MarketDataError, 'IBKR_MARKET_DATA_NOT_SUBSCRIBED'],
    [162, HistoricalDataError, 'IBKR_HISTORICAL_SERVICE_ERROR'],
    [200, ContractError, 'IBKR_CONTRACT_NOT_FOUND'],
    [321, RequestError, 'IBKR_REQUEST_INVALID'],
    [201, OrderError, 'IBKR_ORDER_REJECTED'],
    [435, AccountError, 'IBKR_ACCOUNT_REQUIRED'],
    [1100, SystemError, 'IBKR_SYSTEM_UPSTREAM_LOST'],
    [98_765, RequestError, 'IBKR_UNCLASSIFIED_98765'],
  ])('makes the right class for %d', (code, ErrorClass, errorCode) => {
    const error = brokerError({ code, message: 'said so', id: 7, context: 'quote for AAPL' });
    expect(error).toBeInstanceOf(ErrorClass);
    expect(error).toMatchObject({ code: errorCode, brokerCode: code, message: `quote for AAPL: said so (broker code ${code})`, details: { id: 7 } });
    expect(error.tips.length).toBeGreaterThan(0);
  });

  it('falls back to the description when the broker said nothing', () => {
    expect(brokerError({ code: 502, message: ' ' }).message).toContain('No connection could be opened');
  });

  it('gives every known code an error code of its own', () => {
    const codes = knownErrorCodes().map((code) => brokerError({ code, message: '' }).code);
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes.every((code) => /^IBKR_[A-Z0-9_]+$/u.test(code))).toBe(true);
  });
});
