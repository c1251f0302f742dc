import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { previewFingerprint } from './preview-fingerprint.js';
import type { PreviewFacts } from './preview-fingerprint.js';
import type { OrderRequest } from './order-request.js';

const AAPL = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' } as const;
const FACTS: PreviewFacts = { account: 'DU1234567', price: 190.5, epoch: 3 };
const BUY: OrderRequest = { contract: AAPL, action: 'BUY', quantity: 10, orderType: 'LMT', limitPrice: 190 };

const cents = fc.integer({ min: 1, max: 100_000 }).map((value) => value / 100);
const contract = fc.record({
  symbol: fc.constantFrom('AAPL', 'MSFT'), secType: fc.constant('STK' as const), exchange: fc.constantFrom('SMART', 'ISLAND'), currency: fc.constantFrom('USD', 'EUR'),
  conId: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }), primaryExch: fc.option(fc.constantFrom('NASDAQ', 'NYSE'), { nil: undefined }),
}); // prettier-ignore
const request: fc.Arbitrary<OrderRequest> = fc.record({
  contract, action: fc.constantFrom('BUY', 'SELL'), quantity: fc.integer({ min: 1, max: 5 }), orderType: fc.constant('LMT'), limitPrice: cents,
  tif: fc.constantFrom('DAY', 'GTC', 'IOC'), outsideRth: fc.boolean(), hidden: fc.boolean(), discretionaryAmount: fc.option(cents, { nil: undefined }),
  oca: fc.option(fc.record({ group: fc.constantFrom('a', 'b') }), { nil: undefined }),
  algo: fc.option(fc.record({ strategy: fc.constant('Vwap'), params: fc.dictionary(fc.constantFrom('maxPctVol', 'noTakeLiq', 'speedUp'), fc.integer({ min: 0, max: 2 })) }), { nil: undefined }),
}); // prettier-ignore
const facts: fc.Arbitrary<PreviewFacts> = fc.record({ account: fc.constantFrom('DU1', 'DU2', undefined), price: fc.option(cents, { nil: undefined }), epoch: fc.integer({ min: 1, max: 4 }) });

/** The same with its keys the other way round, all the way down, and undefined ones left out. */
function turned<T>(value: T): T;
function turned(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => turned(item));
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.reverse().map(([name, item]: [string, unknown]) => [name, turned(item)]));
}

/** What is said, as a person would compare it. */
function meaning(order: OrderRequest, given: PreviewFacts): unknown {
  const { hidden, discretionaryAmount, oca, algo, ...rest } = order;
  const params = algo?.params === undefined ? undefined : Object.entries(algo.params).sort();
  return JSON.parse(JSON.stringify({ ...rest, contract: { ...rest.contract }, hidden: hidden === true, discretionaryAmount, oca, algo: algo === undefined ? undefined : params, given }));
}

describe('previewFingerprint', () => {
  it('is a SHA-256 that stays what it is', () => {
    expect(previewFingerprint(BUY, FACTS)).toMatchInlineSnapshot(`"c979b0b85a535e1b49f3f80b3b6f08fa0de3e7b534de7deb6f00d414b1a2f92d"`);
  });

  it('is the same for the same order in other words', () => {
    const same: OrderRequest[] = [
      { ...BUY, account: 'DU1234567' },
      { ...BUY, tif: 'DAY', outsideRth: false, hidden: false, goodAfterTime: undefined },
      { ...BUY, key: 'k', tag: 'strategy' },
      { ...BUY, contract: { ...AAPL, conId: 0, minTick: 0.01 } },
    ];
    expect(new Set([BUY, ...same].map((order) => previewFingerprint(order, FACTS))).size).toBe(1);
    const named = (names: object): string => previewFingerprint({ ...BUY, contract: { ...AAPL, ...names } }, FACTS);
    expect(named({ primaryExchange: 'NASDAQ' })).toBe(named({ primaryExch: 'NASDAQ' }));
    const till = (goodTillDate: number | string): string => previewFingerprint({ ...BUY, tif: 'GTD', goodTillDate }, FACTS);
    expect(till('20991120 10:30:00 America/New_York')).toBe(till('20991120-15:30:00'));
  });

  it('does not know the order of keys', () => {
    fc.assert(fc.property(request, facts, (order, given) => previewFingerprint(turned(order), turned(given)) === previewFingerprint(order, given)));
  });

  it('is another one as soon as anything is another', () => {
    fc.assert(
      fc.property(request, facts, request, facts, (order, given, other, otherFacts) => {
        // Mixed field by field, so that pairs differ in one field as often as in many.
        for (const [name, value] of Object.entries(other)) {
          const mixed: OrderRequest = { ...order, [name]: value as unknown };
          const isSame = JSON.stringify(meaning(mixed, given)) === JSON.stringify(meaning(order, given));
          expect(previewFingerprint(mixed, given) === previewFingerprint(order, given), name).toBe(isSame);
        }
        for (const [name, value] of Object.entries(otherFacts)) {
          const mixed: PreviewFacts = { ...given, [name]: value as unknown };
          expect(previewFingerprint(order, mixed) === previewFingerprint(order, given), name).toBe(Object.is(Reflect.get(given, name), value));
        }
      }),
    );
  });

  it('refuses what could not be placed, or is no fact', () => {
    const bad = (order: Partial<OrderRequest>, given: Partial<PreviewFacts>): (() => string) => () => previewFingerprint(Object.assign({}, BUY, order), { ...FACTS, ...given });
    expect(bad({ quantity: 0 }, {})).toThrow(/order\.quantity/u);
    expect(bad({ account: 'DU2' }, {})).toThrow(/account must be the account of the request/u);
    expect(bad({}, { price: Number.NaN })).toThrow(/price must be a finite number/u);
    expect(bad({}, { epoch: 0.5 })).toThrow(/epoch must be a whole number/u);
    expect(previewFingerprint(BUY, { ...FACTS, price: -0 })).toBe(previewFingerprint(BUY, { ...FACTS, price: 0 }));
  });
});
