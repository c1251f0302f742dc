import { AccountError, ConfigurationError, ConnectionError, GateRefusedError, OrderError, SystemError, TimeoutError, UsageError, brokerError } from '@ibkit/error-codes';
import { expect, it } from 'vitest';
import { exitCodeOf, report } from './failures.js';
import { FakeSink, FakeSource } from '../testing/fake-io.js';

it.each([
  [1, new Error('anything')],
  [1, 'not even an error'],
  [1, new SystemError({ code: 'IBKR_INTERRUPTED', message: 'x' })],
  [1, brokerError({ code: 200, message: 'No security definition has been found' })],
  [1, new ConnectionError({ code: 'IBKR_SIMULATOR_PORT_IN_USE', message: 'x' })],
  [2, new UsageError({ field: 'x', rule: 'must be y' })],
  [2, new ConfigurationError({ problems: [{ path: 'x', rule: 'must be y' }] })],
  [3, new ConnectionError({ code: 'IBKR_CONNECT_REFUSED', message: 'x' })],
  [3, new TimeoutError({ message: 'x' })],
  [4, new AccountError({ code: 'IBKR_ACCOUNT_NOT_LISTED', message: 'x' })],
  [5, brokerError({ code: 201, message: 'Order rejected' })],
  [6, new GateRefusedError({ reasons: ['KILL_SWITCH'] })],
  [6, new OrderError({ code: 'IBKR_ORDER_KEY_CONFLICT', message: 'x' })],
  [8, new OrderError({ code: 'IBKR_ORDER_OUTCOME_UNKNOWN', message: 'x' })],
])('exits %i for %s', (exitCode, error) => {
  expect(exitCodeOf(error)).toBe(exitCode);
});

it('says several problems in one line, without control characters', () => {
  const io = { in: new FakeSource(false, ''), out: new FakeSink(), err: new FakeSink(), env: {}, cwd: '/', stop: new AbortController().signal };
  const error = new ConfigurationError({ problems: [{ path: 'a', rule: 'must be \u001b[31mred' }, { path: 'b', rule: 'must be there' }] });
  expect(report(io, error, { json: true, debug: false })).toBe(2);
  expect(io.err.text).toBe('ibkit: Invalid configuration: a must be  [31mred; b must be there\n');
  expect(io.out.documents).toEqual([{ error: { code: 'IBKR_CONFIG_INVALID', message: 'Invalid configuration: a must be  [31mred; b must be there', retryable: false, tips: [], exitCode: 2 } }]);
});
