import { describe, expect, it } from 'vitest';
import { DEFAULT_TRADING, resolveTradingOptions } from './options.js';
import { FakeConnection } from './testing/fake-connection.js';

describe('resolveTradingOptions', () => {
  it('is paper, writable and blocking when nothing is said, also by undefined', () => {
    const resolved = resolveTradingOptions({ connection: new FakeConnection(), mode: undefined, ackTimeoutMs: undefined });
    expect(resolved).toMatchObject({ ...DEFAULT_TRADING, brokerTimeZone: { name: DEFAULT_TRADING.brokerTimeZone } });
  });

  it.each([
    [{ ackTimeoutMs: -1 }, 'ackTimeoutMs'],
    [{ sendDeadlineMs: Number.POSITIVE_INFINITY }, 'sendDeadlineMs'],
    [{ absenceWindowMs: Number.NaN }, 'absenceWindowMs'],
    [{ reconcileEveryMs: 10 }, 'reconcileEveryMs'],
    [{ brokerTimeZone: 'Mars/Olympus' }, 'brokerTimeZone'],
  ])('refuses %j and names the option', (options, field) => {
    expect(() => resolveTradingOptions({ connection: new FakeConnection(), ...options })).toThrow(expect.objectContaining({ name: 'UsageError', details: expect.objectContaining({ field }) as unknown }));
  });
});
