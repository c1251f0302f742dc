import { isIbkrError } from '@ibkit/error-codes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instrumentQuery } from './instrument-query.js';
import type { InstrumentNames } from './instrument-query.js';

const CALL: InstrumentNames = { symbol: 'SPY', secType: 'OPT', expiry: '2026-12-18', strike: 600, right: 'C' };

describe('an instrument text', () => {
  it.each<[string | InstrumentNames, unknown]>([
    ['spy', 'SPY'],
    [{ symbol: ' BRK.B ' }, 'BRK.B'],
    [{ symbol: 'ESZ6' }, 'ESZ6'],
    [{ symbol: 'SPY', currency: undefined }, 'SPY'],
    ['@756733', { conId: 756733 }],
    [{ symbol: '@756733', exchange: 'ARCA' }, { conId: 756733, exchange: 'ARCA' }],
    [{ conId: 756733 }, { conId: 756733 }],
    [{ symbol: 'SPY', conId: 756733 }, { conId: 756733 }],
    [{ symbol: 'BRK.B', currency: 'USD' }, { symbol: 'BRK B', currency: 'USD' }],
    [{ symbol: 'SPX', secType: 'IND', exchange: 'CBOE' }, { symbol: 'SPX', secType: 'IND', exchange: 'CBOE' }],
    [CALL, { symbol: 'SPY', secType: 'OPT', lastTradeDate: '2026-12-18', strike: 600, right: 'C' }],
    [{ symbol: 'spy   261218c00600000', exchange: 'CBOE' }, { localSymbol: 'SPY   261218C00600000', secType: 'OPT', lastTradeDate: '2026-12-18', strike: 600, right: 'C', exchange: 'CBOE' }],
    [{ symbol: 'esz26', exchange: 'CME' }, { localSymbol: 'ESZ6', secType: 'FUT', exchange: 'CME' }],
    [{ symbol: 'FDAX 20261218 M', exchange: 'EUREX' }, { localSymbol: 'FDAX 20261218 M', secType: 'FUT', exchange: 'EUREX' }],
    [{ symbol: 'ES 202612', exchange: 'CME' }, { localSymbol: 'ESZ6', secType: 'FUT', exchange: 'CME' }],
    // Whoever says that it is a share means the share, whatever its symbol looks like.
    [{ symbol: 'ESZ6', secType: 'STK' }, { symbol: 'ESZ6', secType: 'STK' }],
    [{ symbol: 'ES', secType: 'FUT', expiry: '202612' }, { symbol: 'ES', secType: 'FUT', lastTradeDate: '202612' }],
  ])('%j means %j', (names, query) => {
    expect(instrumentQuery(names)).toEqual(query);
  });

  it.each<[string | InstrumentNames, string]>([
    ['', 'symbol'],
    ['@', 'symbol'],
    ['@0', 'symbol'],
    ['@12x', 'symbol'],
    ['@12345678901', 'symbol'],
    [{ exchange: 'ARCA' }, 'symbol'],
    [{ symbol: '@1', conId: 2 }, 'conId'],
    [{ symbol: 'SPY', expiry: '2026-13-01' }, 'expiry'],
    [{ symbol: 'SPY', expiry: 'tomorrow' }, 'expiry'],
  ])('%j is refused for its %s', (names, field) => {
    expect(refusalOf(names)).toMatchObject({ code: 'IBKR_USAGE_INVALID_ARGUMENT', details: { field } });
  });

  it('is a query or a typed error, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), fc.option(fc.string({ maxLength: 12 }), { nil: undefined }), (symbol, expiry) => {
        const outcome = outcomeOf({ symbol, expiry });
        return typeof outcome === 'string' ? [symbol.trim().toUpperCase(), 'IBKR_USAGE_INVALID_ARGUMENT'].includes(outcome) : !Object.values(outcome).includes(undefined);
      }),
    );
  });
});

function refusalOf(names: string | InstrumentNames): unknown {
  try {
    return instrumentQuery(names);
  } catch (error) {
    return error;
  }
}

function outcomeOf(names: InstrumentNames): string | object {
  try {
    return instrumentQuery(names);
  } catch (error) {
    return isIbkrError(error) ? error.code : 'unexpected';
  }
}
