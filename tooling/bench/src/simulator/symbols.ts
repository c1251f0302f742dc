import type { InstrumentSpec } from '@ibkit/simulator';

/** More symbols than the simulator lists by itself, as any user lists them: with the option `instruments`. */
export function invented(count: number): readonly InstrumentSpec[] {
  return Array.from({ length: count }, (_, index) => ({
    symbol: symbolOf(index),
    secType: 'STK',
    price: 20 + ((index * 37) % 400),
    volatility: 0.15 + ((index * 13) % 40) / 100,
  }));
}

/** The symbol with this number, from 0. */
export function symbolOf(index: number): string {
  return `SYM${String(index).padStart(4, '0')}`;
}
