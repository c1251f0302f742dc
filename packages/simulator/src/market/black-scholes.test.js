import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { impliedVolatility, normalCdf, optionValues } from './black-scholes.js';
const inputs = fc.record({
    right: fc.constantFrom('C', 'P'),
    undPrice: fc.double({ min: 50, max: 200, noNaN: true }),
    strike: fc.double({ min: 50, max: 200, noNaN: true }),
    years: fc.double({ min: 0.02, max: 2, noNaN: true }),
    rate: fc.double({ min: 0, max: 0.08, noNaN: true }),
});
const volatility = fc.double({ min: 0.1, max: 1, noNaN: true });
function priceAt(base, sigma, change) {
    return optionValues({ ...base, ...change }, sigma).price;
}
describe('option values', () => {
    it('agree with a worked example', () => {
        const call = optionValues({ right: 'C', undPrice: 42, strike: 40, years: 0.5, rate: 0.1 }, 0.2);
        expect(call.price).toBeCloseTo(4.7594, 3);
        expect(call.delta).toBeCloseTo(0.7791, 3);
        const put = optionValues({ right: 'P', undPrice: 42, strike: 40, years: 0.5, rate: 0.1 }, 0.2);
        expect(put.price).toBeCloseTo(0.8086, 3);
    });
    it('know the normal distribution', () => {
        expect(normalCdf(0)).toBeCloseTo(0.5, 14);
        expect(normalCdf(1.96)).toBeCloseTo(0.9750021048517795, 12);
        expect(normalCdf(-4)).toBeCloseTo(3.1671241833119857e-5, 15);
    });
    it('keep call and put in parity', () => {
        fc.assert(fc.property(inputs, volatility, (base, sigma) => {
            const call = priceAt(base, sigma, { right: 'C' });
            const put = priceAt(base, sigma, { right: 'P' });
            expect(call - put).toBeCloseTo(base.undPrice - base.strike * Math.exp(-base.rate * base.years), 8);
        }));
    });
    it('have greeks that are the derivatives of the price', () => {
        fc.assert(fc.property(inputs, volatility, (base, sigma) => {
            const { delta, gamma, vega, theta } = optionValues(base, sigma);
            const h = 1e-3;
            const up = priceAt(base, sigma, { undPrice: base.undPrice + h });
            const down = priceAt(base, sigma, { undPrice: base.undPrice - h });
            expect(delta).toBeCloseTo((up - down) / (2 * h), 5);
            expect(gamma).toBeCloseTo((up - 2 * priceAt(base, sigma, {}) + down) / (h * h), 3);
            expect(vega).toBeCloseTo((optionValues(base, sigma + 1e-5).price - optionValues(base, sigma - 1e-5).price) / 2e-5 / 100, 4);
            expect(theta).toBeCloseTo((priceAt(base, sigma, { years: base.years - 1e-5 }) - priceAt(base, sigma, { years: base.years + 1e-5 })) / 2e-5 / 365, 4);
        }));
    });
    it('are found again from the price, when the price says anything about the volatility', () => {
        fc.assert(fc.property(inputs, volatility, (base, sigma) => {
            const { price, vega } = optionValues(base, sigma);
            fc.pre(vega > 0.005);
            expect(impliedVolatility(base, price)).toBeCloseTo(sigma, 5);
        }));
    });
    it('has no volatility for a price below what the option is surely worth', () => {
        expect(impliedVolatility({ right: 'C', undPrice: 100, strike: 50, years: 0.1, rate: 0.04 }, 40)).toBeUndefined();
        expect(impliedVolatility({ right: 'C', undPrice: 100, strike: 50, years: 0.1, rate: 0.04 }, 101)).toBeUndefined();
    });
});
