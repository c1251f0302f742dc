import { optionPrice } from '../greeks/greeks.js';

/** The day of the example: a Tuesday, New York five hours behind UTC. */
export const EXAMPLE_DAY = '20240305';
/** 09:30 and 16:00 New York of that day. */
export const EXAMPLE_OPEN_MS = Date.UTC(2024, 2, 5, 14, 30);
const EXAMPLE_CLOSE_MS = Date.UTC(2024, 2, 5, 21, 0);
/** Prices of the underlying at the open and at the close. */
const SPOT = { open: 100, close: 102 } as const;
/** Expiries, New York four hours behind UTC. */
export const EXAMPLE_EXPIRIES = ['20240315', '20240322', '20240328'] as const;
export const EXAMPLE_STRIKES: readonly number[] = Array.from({ length: 21 }, (_, index) => 80 + 2 * index);
/** The volatility of every contract. */
export const EXAMPLE_VOLATILITY = 0.35;

/** An option universe file in the form of LEAN, made up: prices of the model, without interest. The last expiry has every second strike only. */
export function exampleUniverse(): string {
  const rows = EXAMPLE_EXPIRIES.flatMap((expiry, far) =>
    EXAMPLE_STRIKES.filter((_, index) => far < 2 || index % 2 === 0).flatMap((strike) =>
      (['C', 'P'] as const).map((right) => {
        const open = priceAt({ expiry, strike, right }, SPOT.open, EXAMPLE_OPEN_MS);
        const close = priceAt({ expiry, strike, right }, SPOT.close, EXAMPLE_CLOSE_MS);
        return [expiry, strike, right, open, Math.max(open, close), Math.min(open, close), close, 10, 100, EXAMPLE_VOLATILITY, 0, 0, 0, 0, 0].join(',');
      }),
    ),
  );
  const header = '#expiry,strike,right,open,high,low,close,volume,open_interest,implied_volatility,delta,gamma,vega,theta,rho';
  return [header, `,,,${SPOT.open},${SPOT.close},${SPOT.open},${SPOT.close},39000,,,,,,,`, ...rows, ''].join('\n');
}

function priceAt({ expiry, strike, right }: { readonly expiry: string; readonly strike: number; readonly right: 'C' | 'P' }, underlying: number, atMs: number): number {
  const expiryAtMs = Date.UTC(Number(expiry.slice(0, 4)), Number(expiry.slice(4, 6)) - 1, Number(expiry.slice(6, 8)), 20);
  const price = optionPrice({ right, strike, underlying, rate: 0, volatility: EXAMPLE_VOLATILITY, expiryAtMs, nowMs: atMs });
  return Math.max(0.01, Math.round(price * 100) / 100);
}
