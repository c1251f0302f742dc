import { UsageError } from '@ibkit/error-codes';

const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

function usage(field: string, value: string, rule: string): UsageError {
  return new UsageError({ field, value, rule });
}

/** A TCP port from the command line; `allowAny` lets 0 stand for "pick a free one". */
export function parsePort(flag: string, text: string, allowAny = false): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  const lowest = allowAny ? 0 : 1;
  if (!(port >= lowest && port <= 65_535)) throw usage(flag, text, `must be a whole number from ${lowest} to 65535`);
  return port;
}

/** A whole number at least `lowest`. */
export function parseWhole(flag: string, text: string, lowest: number, highest = Number.MAX_SAFE_INTEGER): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= lowest && value <= highest)) {
    throw usage(flag, text, highest === Number.MAX_SAFE_INTEGER && !(value > highest) ? `must be a whole number, at least ${lowest}` : `must be a whole number from ${lowest} to ${highest}`);
  }
  return value;
}

/** A number above 0, such as a price, a size or a speed. */
export function parsePositive(flag: string, text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) || /^\.\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value > 0 && Number.isFinite(value))) throw usage(flag, text, 'must be a number above 0, such as 10 or 189.95');
  return value;
}

/** A duration in milliseconds: `500ms`, `10s`, `2m`, `1h`; a bare number is seconds. */
export function parseDuration(flag: string, text: string): number {
  const match = DURATION.exec(text);
  const amount = Number(match?.[1]);
  const unit = UNIT_MS[match?.[2] ?? 's'];
  if (match === null || unit === undefined || !(amount > 0)) throw usage(flag, text, 'must be a duration such as 500ms, 10s, 2m or 1h');
  return amount * unit;
}

/** One of a few words. */
export function parseChoice<T extends string>(flag: string, text: string, choices: readonly T[]): T {
  const choice = choices.find((candidate) => candidate === text);
  if (choice === undefined) throw usage(flag, text, `must be one of ${choices.join(', ')}`);
  return choice;
}
