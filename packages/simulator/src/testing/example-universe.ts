import { optionValues } from '../market/black-scholes.js';
import type { OptionRight } from '../market/instrument.js';

/** 09:30 New York of the example's day. */
export const EXAMPLE_OPEN_MS = Date.UTC(2024, 2, 5, 14, 30);
const YEAR_MS = 365 * 86_400_000;
const SESSION_MS = 6.5 * 3_600_000;

/** What is known of a contract before the file is made. */
export interface ExampleContract {
  /** `YYYYMMDD`, a day in March 2024 after the 8th, when New York is four hours behind UTC. */
  readonly expiry: string;
  readonly strike: number;
  readonly right: OptionRight;
  readonly volume: number;
  readonly volatility: number;
}

/** Prices of the underlying at the open and the close of the day. */
export const EXAMPLE_SPOT = { open: 100, close: 103 } as const;

function priceOf({ expiry, strike, right, volatility }: ExampleContract, spot: number, atMs: number): number {
  const expiresAtMs = Date.UTC(Number(expiry.slice(0, 4)), Number(expiry.slice(4, 6)) - 1, Number(expiry.slice(6, 8)), 20);
  const { price } = optionValues({ right, undPrice: spot, strike, years: (expiresAtMs - atMs) / YEAR_MS, rate: 0 }, volatility);
  return Math.max(0.01, Math.round(price * 100) / 100);
}

/** An option universe file whose prices and volatilities agree with each other, without interest. */
export function exampleUniverse(contracts: readonly ExampleContract[], options: { readonly writesVolatility?: boolean } = {}): string {
  const lines = contracts.map((contract, index) => {
    const open = priceOf(contract, EXAMPLE_SPOT.open, EXAMPLE_OPEN_MS);
    const close = priceOf(contract, EXAMPLE_SPOT.close, EXAMPLE_OPEN_MS + SESSION_MS);
    const high = Math.max(open, close) + 0.2;
    const low = Math.max(0.01, Math.min(open, close) - 0.1);
    const volatility = options.writesVolatility === false ? '' : String(contract.volatility);
    const row = [contract.expiry, contract.strike, contract.right, open, high.toFixed(2), low.toFixed(2), close, contract.volume, index * 10, volatility, 0, 0, 0, 0, 0];
    return row.join(',');
  });
  const header = '#expiry,strike,right,open,high,low,close,volume,open_interest,implied_volatility,delta,gamma,vega,theta,rho';
  return [header, `,,,${EXAMPLE_SPOT.open},${EXAMPLE_SPOT.close},${EXAMPLE_SPOT.open},${EXAMPLE_SPOT.close},39000,,,,,,,`, ...lines, ''].join('\n');
}

/** Two expiries with strikes around the money, calls and puts, each with a volume of its own. */
export const EXAMPLE_CONTRACTS: readonly ExampleContract[] = ['20240315', '20240322'].flatMap((expiry, far) =>
  [80, 90, 95, 100, 105, 110, 120].flatMap((strike, place) =>
    (['C', 'P'] as const).map((right, side) => ({ expiry, strike, right, volume: place * 40 + side * 3, volatility: 0.3 + Math.abs(strike - 100) / 200 + far * 0.02 })),
  ),
);
