import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizeQuery } from './contract-query.js';
import { parseFuturesCode } from './futures-code.js';

/** The twentieth of November 2026. */
const NOW = Date.UTC(2026, 10, 20);

describe('parseFuturesCode', () => {
  it.each([
    ['ESZ6', 'ES', '2026-12', 'ESZ6'],
    ['esz26', 'ES', '2026-12', 'ESZ6'],
    ['ESZ2026', 'ES', '2026-12', 'ESZ6'],
    ['ES 202612', 'ES', '2026-12', 'ESZ6'],
    ['ES202612', 'ES', '2026-12', 'ESZ6'],
    ['ES 2026-12', 'ES', '2026-12', 'ESZ6'],
    ['M2KH7', 'M2K', '2027-03', 'M2KH7'],
    ['6EZ6', '6E', '2026-12', '6EZ6'],
    ['MESU27', 'MES', '2027-09', 'MESU7'],
    ['FDAX 20261218 M', 'FDAX', '2026-12', 'FDAXZ6'],
    ['FGBL 20270308', 'FGBL', '2027-03', 'FGBLH7'],
    ['ZB   DEC 26', 'ZB', '2026-12', 'ZBZ6'],
    ['YM JUN 2027', 'YM', '2027-06', 'YMM7'],
    ["GBL  MAR '27", 'GBL', '2027-03', 'GBLH7'],
    // Roots that end with a month's letter.
    ['NGZ6', 'NG', '2026-12', 'NGZ6'],
    ['VXZ6', 'VX', '2026-12', 'VXZ6'],
    ['HGH27', 'HG', '2027-03', 'HGH7'],
  ])('reads %s', (text, root, month, localSymbol) => {
    expect(parseFuturesCode(text, NOW)).toMatchObject({ root, month, localSymbol });
  });

  it('keeps a day that is named', () => {
    expect(parseFuturesCode('FDAX 20261218 M', NOW)?.day).toBe('2026-12-18');
  });

  it.each([
    ['ESZ6', '2026-12'],
    ['ESX6', '2026-11'],
    ['ESV6', '2026-10'],
    ['ESH6', '2026-03'],
    ['ESF6', '2026-01'],
    ['ESZ5', '2025-12'],
    // A year ago and more: the next one.
    ['ESX5', '2035-11'],
    ['ESF5', '2035-01'],
    ['CLZ2', '2032-12'],
  ])('takes the one digit of %s for %s in November 2026', (text, month) => {
    expect(parseFuturesCode(text, NOW)?.month).toBe(month);
  });

  it.each(['AAPL', 'BRK B', 'BN4', 'CH26', '7203', '163120018', 'AAPL  261218C00200000', 'ESA6', 'ES 202613', 'ES 199912', 'FDAX 20260230', 'Z6', '', 'ESZ', 'EUR.USD', 'ESZ126', '12Z6'])('says nothing to %s', (text) => {
    expect(parseFuturesCode(text, NOW)).toBeUndefined();
  });

  it('reads each month of the next nine years back from its short form, whenever that is read', () => {
    const roots = fc.constantFrom('ES', 'NG', 'M2K', '6E', 'VX', 'FDAX', 'ZC', 'HG');
    fc.assert(
      fc.property(roots, fc.integer({ min: Date.UTC(2021, 0, 1), max: Date.UTC(2080, 11, 31) }), fc.integer({ min: -11, max: 12 * 9 - 12 }), (root, nowMs, offset) => {
        const now = new Date(nowMs);
        const target = now.getUTCFullYear() * 12 + now.getUTCMonth() + offset;
        const [year, month] = [Math.floor(target / 12), (target % 12) + 1];
        const code = 'FGHJKMNQUVXZ'[month - 1] ?? '';
        const expected = { root, month: `${year}-${String(month).padStart(2, '0')}`, monthCode: code, localSymbol: `${root}${code}${year % 10}` };
        for (const text of [`${root}${code}${year % 10}`, `${root}${code}${String(year % 100).padStart(2, '0')}`, `${root} ${year}${String(month).padStart(2, '0')}`]) {
          expect(parseFuturesCode(text, nowMs)).toEqual({ ...expected, day: undefined });
        }
      }),
    );
  });
});

describe('the name of a future as a question', () => {
  it.each([
    ['ESZ6', { localSymbol: 'ESZ6', secType: 'FUT', symbol: undefined, lastTradeDateOrContractMonth: undefined }],
    ['ESZ26', { localSymbol: 'ESZ6', secType: 'FUT', lastTradeDateOrContractMonth: '202612' }],
    ['ES 202612', { symbol: 'ES', secType: 'FUT', localSymbol: undefined, lastTradeDateOrContractMonth: '202612' }],
    ['FDAX 20261218 M', { localSymbol: 'FDAX 20261218 M', secType: 'FUT', lastTradeDateOrContractMonth: '202612' }],
    ['ZB   DEC 26', { localSymbol: 'ZB   DEC 26', secType: 'FUT', lastTradeDateOrContractMonth: '202612' }],
  ])('%s', (text, contract) => {
    expect(normalizeQuery(text).contract).toMatchObject(contract);
  });
});
