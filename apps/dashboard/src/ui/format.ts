/** How long something is ago, short: `3 s`, `5 min`, `2 h`, `4 d`. */
export function ago(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

const NOTHING = '–';

/** A number for people, or a dash for one that is not known. */
export function figure(value: string | number | undefined, { digits, sign = false }: { readonly digits?: number | undefined; readonly sign?: boolean | undefined } = {}): string {
  if (value === undefined || value === '') return NOTHING;
  const number = Number(value);
  if (Number.isNaN(number)) return NOTHING;
  const places = digits ?? Math.min(6, Math.max(0, (String(value).split('.')[1] ?? '').length));
  return new Intl.NumberFormat('en-US', { minimumFractionDigits: places, maximumFractionDigits: places, signDisplay: sign ? 'exceptZero' : 'auto' }).format(number);
}

/** How many digits prices that stand beside each other are shown with: as many as the finest of them has, at least two. */
export function priceDigits(prices: readonly (string | undefined)[]): number {
  return Math.min(6, Math.max(2, ...prices.map((price) => price?.split('.')[1]?.length ?? 0)));
}

/** A time of day in the zone of the browser. */
export function timeOfDay(ms: number | undefined): string {
  return ms === undefined ? NOTHING : new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false }).format(ms);
}

/** Text of the broker or of another program, without what could disturb the page's layout. It is never taken for HTML. */
export function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ').trim();
}
