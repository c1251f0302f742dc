import type { ApiBar, ApiHistory } from '@ibkit/api-contract';

type Gap = ApiHistory['gaps'][number];

/** How bars are written as lines. */
export interface BarFormat {
  /** What stands before the first bar. */
  readonly head: string;
  bar(bar: ApiBar): string;
  /** A gap within the data; empty where the format has no place for one. */
  gap(gap: Gap): string;
}

const COLUMNS = ['time', 'date', 'open', 'high', 'low', 'close', 'volume', 'wap', 'count', 'complete'] as const;

/** RFC 4180, with a header. A gap has no place in a table: it is told on stderr. */
const CSV: BarFormat = {
  head: `${COLUMNS.join(',')}\n`,
  bar: ({ timeMs, date, open, high, low, close, volume, wap, count, complete }) => `${new Date(timeMs).toISOString()},${date ?? ''},${open},${high},${low},${close},${volume ?? ''},${wap ?? ''},${count ?? ''},${complete}\n`,
  gap: () => '',
};

/** One object per line; a gap is a line of its own. */
const JSON_LINES: BarFormat = {
  head: '',
  bar: (bar) => `${JSON.stringify(bar)}\n`,
  gap: (gap) => `${JSON.stringify({ gap })}\n`,
};

/** The formats that are lines of text. */
export const BAR_FORMATS = { csv: CSV, jsonl: JSON_LINES } as const;
