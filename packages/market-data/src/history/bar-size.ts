import { UsageError } from '@ibkit/error-codes';

/** TWS API: the sizes of a bar, in its spelling. */
export const BAR_SIZES = [
  '1 secs', '5 secs', '10 secs', '15 secs', '30 secs',
  '1 min', '2 mins', '3 mins', '5 mins', '10 mins', '15 mins', '20 mins', '30 mins',
  '1 hour', '2 hours', '3 hours', '4 hours', '8 hours',
  '1 day', '1W', '1M',
] as const;

/** The size of a bar, as TWS spells it. */
export type BarSize = (typeof BAR_SIZES)[number];

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, W: 604_800, M: 2_678_400 };

/** Seconds in a bar; for `1M` the longest month. */
export function barSeconds(size: BarSize): number {
  const [count = '1', unit = ''] = size.split(/ |(?=[WM]$)/u);
  return Number(count) * (UNIT_SECONDS[unit.charAt(0)] ?? 0);
}

/** Whether a bar is named by a local date and not by an instant: a day and longer. */
export function isDated(size: BarSize): boolean {
  return size === '1 day' || size === '1W' || size === '1M';
}

/** @throws {@link UsageError} for a size that TWS does not have. */
export function checkedBarSize(size: string): BarSize {
  const known = BAR_SIZES.find((name) => name === size);
  if (known !== undefined) return known;
  throw new UsageError({ field: 'barSize', value: size, rule: `must be one of ${BAR_SIZES.join(', ')}` });
}
