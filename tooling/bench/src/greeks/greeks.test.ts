import { expect, it } from 'vitest';
import { greatestDifference, makeContracts } from './greeks.js';
import { textbookVolatility } from './textbook.js';

it('measures what agrees: the formula of a textbook and ours give the same European values', () => {
  const contracts = makeContracts(500);
  expect(greatestDifference(contracts)).toBeLessThan(2e-5);
  const found = contracts.filter(({ terms, price, row }) => Math.abs(textbookVolatility(terms, price) - row.volatility) < 1e-3);
  expect(found.length).toBeGreaterThan(450);
});
