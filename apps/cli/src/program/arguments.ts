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

/** Any number, also a negative one, such as the net price of a spread. */
export function parseNumber(flag: string, text: string): number {
  const value = /^-?(\d+(\.\d+)?|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) throw usage(flag, text, 'must be a number, such as 1.25 or -0.40');
  return value;
}

const MOMENT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** `2026-02-30` would be read as the second of March. */
function isRealDay(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number);
  return new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
}

/** A day, which begins at midnight UTC, or a moment with its zone: epoch milliseconds. */
export function parseMoment(flag: string, text: string): number {
  const instant = MOMENT.test(text) && isRealDay(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(instant)) throw usage(flag, text, 'must be a day such as 2026-11-20, or a time with its zone such as 2026-11-20T14:30:00Z');
  return instant;
}

/** A name that an instrument may have: a ticker, an option by its OCC symbol, a futures code, or `@` and a contract id. */
export function parseSymbol(field: string, text: string): string {
  if (!/^(@\d{1,12}|[A-Za-z][A-Za-z0-9 ./-]{0,30})$/.test(text)) throw usage(field, text, 'must be a ticker symbol such as AAPL, or a contract id such as @265598');
  return text.toUpperCase();
}
