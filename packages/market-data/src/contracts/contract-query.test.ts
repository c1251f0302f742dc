import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizeQuery, queryKey } from './contract-query.js';
import type { ContractQuery } from './contract-query.js';
import { formatOccSymbol, parseOccSymbol } from './occ-symbol.js';

describe('normalizeQuery', () => {
  it('takes a bare symbol for the US stock', () => {
    expect(normalizeQuery(' aapl ').contract).toMatchObject({ symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' });
  });

  it.each(['BRK.B', 'BRK/B', 'BRK-B', 'BRK B'])('writes the class share %s as the broker does', (text) => {
    expect(normalizeQuery(text).contract.symbol).toBe('BRK B');
  });

  it.each(['AAPL  261218C00200000', 'AAPL261218C00200000', 'aapl 261218c00200000'])('takes %s for the option', (text) => {
    expect(normalizeQuery(text).contract).toEqual(
      expect.objectContaining({
        localSymbol: 'AAPL  261218C00200000', secType: 'OPT', lastTradeDateOrContractMonth: '20261218', strike: 200, right: 'C',
        exchange: 'SMART', currency: 'USD', symbol: undefined,
      }),
    );
  });

  it('adds no defaults to a contract id, which is enough', () => {
    expect(normalizeQuery({ conId: 265598 }).contract).toEqual(expect.objectContaining({ conId: 265598, exchange: undefined, secType: undefined, currency: undefined }));
  });

  it('understands the field names of the TWS API', () => {
    const contract: ContractQuery = { symbol: 'ES', secType: 'FUT', exchange: 'CME', lastTradeDateOrContractMonth: '202612', primaryExch: 'CME', right: '?', strike: 0, conId: 0 };
    const theirs = normalizeQuery(contract);
    const ours = normalizeQuery({ symbol: 'ES', secType: 'FUT', exchange: 'CME', lastTradeDate: '2026-12', primaryExchange: 'CME' });
    expect(queryKey(theirs)).toBe(queryKey(ours));
  });

  it.each([
    [{}, 'contract'],
    [{ symbol: ' ' }, 'contract'],
    [{ conId: -1 }, 'contract.conId'],
    [{ symbol: 'A', secType: 'SHARE' }, 'contract.secType'],
    [{ symbol: 'A', right: 'X' }, 'contract.right'],
    [{ symbol: 'A', strike: Number.NaN }, 'contract.strike'],
    [{ symbol: 'A', lastTradeDate: '18.12.2026' }, 'contract.lastTradeDate'],
  ])('refuses %j and names %s', (query, field) => {
    expect(() => normalizeQuery(query)).toThrow(expect.objectContaining({ details: expect.objectContaining({ field }) as unknown }));
  });

  it('gives different questions different keys, the exchange included', () => {
    const keys = [
      { symbol: 'AAPL' }, { symbol: 'AAPL', exchange: 'NASDAQ' }, { symbol: 'AAPL', primaryExchange: 'NASDAQ' }, { symbol: 'AAPL', currency: 'EUR' },
      { symbol: 'AAPL', includeExpired: true }, { localSymbol: 'AAPL' }, { secId: 'AAPL', secIdType: 'ISIN' },
    ].map((query) => queryKey(normalizeQuery(query)));
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('OCC symbols', () => {
  it('are read back as they were written, padded or not, for every root', () => {
    const root = fc.stringMatching(/^[A-Z0-9]{1,6}$/u).filter((text) => /[A-Z]/u.test(text));
    fc.assert(
      fc.property(root, fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }), fc.constantFrom('C' as const, 'P' as const), fc.integer({ min: 1, max: 99_999_999 }),
        (name, date, right, thousandths) => {
          const option = { root: name, expiration: date.toISOString().slice(0, 10), right, strike: thousandths / 1000 };
          const localSymbol = formatOccSymbol(option);
          expect(localSymbol).toHaveLength(21);
          for (const text of [localSymbol, localSymbol.replaceAll(' ', ''), localSymbol.toLowerCase()]) expect(parseOccSymbol(text)).toEqual({ ...option, localSymbol });
        }),
    );
  });

  it.each([
    ['AAPL1 261218C00200000', 'AAPL1'],
    ['AAPL7 261218C00200000', 'AAPL7'],
    ['AAPL7261218C00200000', 'AAPL7'],
    ['BRKB  261218P00450500', 'BRKB'],
    ['SPXW  261218C05000000', 'SPXW'],
    ['2SPX  261218C05000000', '2SPX'],
    ['F     261218C00012500', 'F'],
  ])('%s has the root %s', (text, root) => {
    expect(parseOccSymbol(text)?.root).toBe(root);
  });

  it.each(['AAPL', 'AAPL  261318C00200000', 'AAPL  260230C00200000', 'AAPL  261218X00200000', 'AAPL  261218C00000000', '', '123456261218C00200000', '1     261218C00200000', '12261218C00200000', 'TOOLONG261218C00200000'])('are not what %j is', (text) => {
    expect(parseOccSymbol(text)).toBeUndefined();
  });

  it.each([
    [{ root: 'TOOLONG' }, 'root'],
    [{ root: '1234' }, 'root'],
    [{ strike: 0 }, 'strike'],
    [{ strike: 0.0005 }, 'strike'],
    [{ strike: 100_000 }, 'strike'],
    [{ strike: Number.NaN }, 'strike'],
    [{ expiration: '2026-02-30' }, 'expiration'],
    [{ expiration: '1999-01-01' }, 'expiration'],
  ])('cannot be written for %j', (wrong, field) => {
    expect(() => formatOccSymbol({ root: 'AAPL', expiration: '2026-12-18', right: 'C', strike: 200, ...wrong })).toThrow(expect.objectContaining({ details: expect.objectContaining({ field }) as unknown }));
  });
});
