/** How long a bar is: a fixed time within a day, or days, weeks or months. */
export type BarSize =
  | { readonly unit: 'time'; readonly seconds: number; readonly name: string }
  | { readonly unit: 'day' | 'week' | 'month'; readonly seconds: number; readonly name: string };

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

/** TWS API: the spelling of every bar size. */
const SIZES: readonly BarSize[] = [
  ...[1, 5, 10, 15, 30].map((count) => ({ unit: 'time' as const, seconds: count, name: `${count} secs` })),
  ...[1, 2, 3, 5, 10, 15, 20, 30].map((count) => ({ unit: 'time' as const, seconds: count * MINUTE, name: `${count} min${count === 1 ? '' : 's'}` })),
  ...[1, 2, 3, 4, 8].map((count) => ({ unit: 'time' as const, seconds: count * HOUR, name: `${count} hour${count === 1 ? '' : 's'}` })),
  { unit: 'day', seconds: DAY, name: '1 day' },
  { unit: 'week', seconds: 7 * DAY, name: '1W' },
  { unit: 'month', seconds: 30 * DAY, name: '1M' },
];

const BY_NAME = new Map(SIZES.map((size) => [size.name, size]));
/** Other spellings that clients use. */
const ALIASES: Readonly<Record<string, string>> = {
  '1 sec': '1 secs',
  '1 mins': '1 min',
  '1 hours': '1 hour',
  '1 days': '1 day',
  '1D': '1 day',
  '1 week': '1W',
  '1 W': '1W',
  '1 month': '1M',
  '1 M': '1M',
};

/** TWS API: what the answer to another bar size says. */
export const LEGAL_SIZES = SIZES.map(({ name }) => name).join(', ');

/** Reads a bar size such as `5 mins`; undefined when there is none of that name. */
export function parseBarSize(text: string): BarSize | undefined {
  const name = text.trim().replaceAll(/\s+/g, ' ');
  return BY_NAME.get(ALIASES[name] ?? name);
}

/** Bars of 30 seconds and less: they have limits of their own. */
export function isSmall({ seconds }: BarSize): boolean {
  return seconds <= 30;
}
