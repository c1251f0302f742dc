import { UsageError } from '@ibkit/error-codes';
import type { BarSeries } from './bar-series.js';
import type { OptionUniverse } from './option-universe.js';
import type { QuoteColumns, TradeColumns } from './replay-data.js';

/** Rows to play, and where they are from. */
export interface TickFile {
  readonly path: string;
  readonly columns: TradeColumns | QuoteColumns;
}

function refuse(path: string, other: string, what: string): never {
  throw new UsageError({ field: 'replay', value: path, rule: `must not have ${what} that ${other === path ? 'it has twice' : `${other} has, too`}: nothing may be played twice` });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/**
 * Puts files into an order that does not depend on the order in which they were named: quotes before trades, then by symbol and time.
 * @throws UsageError when two files have trades (or quotes) of the same symbol and time.
 */
export function arrangeTicks(files: readonly TickFile[]): readonly TickFile[] {
  const firstMs = ({ columns }: TickFile): number => columns.msOfDay[0] ?? 0;
  const sorted = [...files].sort(
    (a, b) =>
      compare(a.columns.kind, b.columns.kind) ||
      compare(a.columns.symbol, b.columns.symbol) ||
      compare(a.columns.date, b.columns.date) ||
      firstMs(a) - firstMs(b) ||
      compare(a.path, b.path),
  );
  sorted.forEach((file, index) => {
    const before = sorted[index - 1];
    if (before === undefined) return;
    const { kind, symbol, date } = file.columns;
    if (before.columns.kind !== kind || before.columns.symbol !== symbol || before.columns.date !== date) return;
    if ((before.columns.msOfDay.at(-1) ?? 0) > firstMs(file) || (before.path === file.path && firstMs(before) === firstMs(file)) || isSame(before, file)) {
      refuse(file.path, before.path, `${kind}s of ${symbol} on ${date}`);
    }
  });
  return sorted;
}

/** A file of a single instant given twice. */
function isSame(a: TickFile, b: TickFile): boolean {
  return a.columns.length === b.columns.length && a.columns.msOfDay.every((ms, index) => ms === b.columns.msOfDay[index]);
}

function joined(parts: readonly BarSeries[], first: BarSeries): BarSeries {
  const join = (column: (part: BarSeries) => Float64Array): Float64Array => {
    const whole = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(column(part), at);
      at += part.length;
    }
    return whole;
  };
  return {
    symbol: first.symbol,
    size: first.size,
    kind: first.kind,
    length: parts.reduce((sum, { length }) => sum + length, 0),
    startMs: join(({ startMs }) => startMs),
    endMs: join(({ endMs }) => endMs),
    open: join(({ open }) => open),
    high: join(({ high }) => high),
    low: join(({ low }) => low),
    close: join(({ close }) => close),
    volume: join(({ volume }) => volume),
    wap: join(({ wap }) => wap),
    count: join(({ count }) => count),
  };
}

/**
 * Joins the bars of all files: one series for each symbol, size and kind.
 * @throws UsageError when two files have bars of one series and time.
 */
export function arrangeBars(files: readonly { readonly path: string; readonly series: BarSeries }[]): readonly BarSeries[] {
  const groups = new Map<string, { readonly path: string; readonly series: BarSeries }[]>();
  for (const file of files) {
    const { symbol, kind, size } = file.series;
    const key = `${symbol} ${kind} ${size.unit} ${String(size.seconds).padStart(8, '0')}`;
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  return [...groups.keys()].sort(compare).flatMap((key) => {
    const parts = [...(groups.get(key) ?? [])].sort((a, b) => (a.series.startMs[0] ?? 0) - (b.series.startMs[0] ?? 0));
    parts.forEach((part, index) => {
      const before = parts[index - 1];
      const isWithin = before !== undefined && (part.series.startMs[0] ?? 0) < (before.series.endMs.at(-1) ?? 0);
      if (isWithin) refuse(part.path, before.path, `bars of ${part.series.symbol}`);
    });
    const [first] = parts;
    return first === undefined ? [] : [parts.length === 1 ? first.series : joined(parts.map(({ series }) => series), first.series)];
  });
}

/** @throws UsageError when two files have the chain of one symbol: it can be given for one day. */
export function arrangeUniverses(files: readonly { readonly path: string; readonly universe: OptionUniverse }[]): readonly OptionUniverse[] {
  const sorted = [...files].sort((a, b) => compare(a.universe.symbol, b.universe.symbol) || compare(a.universe.date, b.universe.date));
  sorted.forEach((file, index) => {
    const before = sorted[index - 1];
    if (before?.universe.symbol !== file.universe.symbol) return;
    throw new UsageError({ field: 'replay', value: file.path, rule: `must be the only option universe of ${file.universe.symbol}: there is ${before.path}, too, and a chain is played for one day` });
  });
  return sorted.map(({ universe }) => universe);
}
