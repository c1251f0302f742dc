import { describe, expect, it } from 'vitest';

describe('@ibkit/error-codes', () => {
  it('exports exactly these names', async () => {
    expect(Object.keys(await import('./index.js')).sort()).toEqual([
      'AccountError',
      'ConfigurationError',
      'ConnectionError',
      'ContractError',
      'ERROR_STRATEGIES',
      'ErrorHandler',
      'GateRefusedError',
      'HistoricalDataError',
      'IbkrError',
      'MarketDataError',
      'OrderError',
      'RateLimitError',
      'RequestError',
      'SystemError',
      'TimeoutError',
      'UsageError',
      'asError',
      'brokerError',
      'describeError',
      'getErrorTips',
      'isIbkrError',
      'keyName',
      'knownErrorCodes',
    ]);
  });
});
