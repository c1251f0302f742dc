const DAYS_PER_YEAR = 365;
const SQRT_2 = Math.SQRT2;
const SQRT_2PI = Math.sqrt(2 * Math.PI);
function density(x) {
    return Math.exp((-x * x) / 2) / SQRT_2PI;
}
/** Complementary error function for x at least 0, by a continued fraction far out and a series near 0: about 1e-15 relative. */
function complementaryError(x) {
    if (x < 2.5) {
        let term = x;
        let sum = x;
        for (let n = 1; n < 200 && Math.abs(term) > 1e-17 * Math.abs(sum); n += 1) {
            term *= (-x * x) / n;
            sum += term / (2 * n + 1);
        }
        return 1 - (2 / Math.sqrt(Math.PI)) * sum;
    }
    let fraction = 0;
    for (let n = 60; n > 0; n -= 1)
        fraction = n / 2 / (x + fraction);
    return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}
/** The normal distribution function. */
export function normalCdf(x) {
    const tail = complementaryError(Math.abs(x) / SQRT_2) / 2;
    return x > 0 ? 1 - tail : tail;
}
/** Values of an option at a volatility above 0 (yearly; 0.25 is 25 %), by Black and Scholes. */
export function optionValues(inputs, volatility) {
    const { right, undPrice, strike, years, rate } = inputs;
    const spread = volatility * Math.sqrt(years);
    const d1 = (Math.log(undPrice / strike) + (rate + (volatility * volatility) / 2) * years) / spread;
    const d2 = d1 - spread;
    const paid = strike * Math.exp(-rate * years);
    const side = right === 'C' ? 1 : -1;
    const inside = normalCdf(side * d2);
    const price = side * (undPrice * normalCdf(side * d1) - paid * inside);
    const decay = (-undPrice * density(d1) * volatility) / (2 * Math.sqrt(years)) - side * rate * paid * inside;
    return {
        price: Math.max(0, price),
        delta: side * normalCdf(side * d1),
        gamma: density(d1) / (undPrice * spread),
        vega: (undPrice * density(d1) * Math.sqrt(years)) / 100,
        theta: decay / DAYS_PER_YEAR,
    };
}
const LOWEST_VOLATILITY = 1e-4;
const HIGHEST_VOLATILITY = 10;
/** The volatility at which the option has this price; undefined when none between 0.01 % and 1000 % gives it. */
export function impliedVolatility(inputs, price) {
    let low = LOWEST_VOLATILITY;
    let high = HIGHEST_VOLATILITY;
    if (optionValues(inputs, low).price > price || optionValues(inputs, high).price < price)
        return undefined;
    for (let round = 0; round < 60; round += 1) {
        const middle = (low + high) / 2;
        if (optionValues(inputs, middle).price < price)
            low = middle;
        else
            high = middle;
    }
    const volatility = (low + high) / 2;
    return volatility <= LOWEST_VOLATILITY * 2 ? undefined : volatility;
}
