import { readFile, stat } from 'node:fs/promises';
import { TimeZone } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import { NewYorkDays } from '../market/new-york-days.js';
import { arrangeBars, arrangeTicks, arrangeUniverses } from './arrange-rows.js';
import type { TickFile } from './arrange-rows.js';
import type { BarSeries } from './bar-series.js';
import { fileKindOf, namesTicks, namesUniverse, ownNameOf, universeNameOf } from './file-name.js';
import type { OptionUniverse } from './option-universe.js';
import type { OwnRows } from './own-rows.js';
import { readQuotes } from './quote-rows.js';
import { readJsonLines, readOwnCsv } from './read-own-files.js';
import { readRecordedRows } from './recorded-rows.js';
import type { ReplayData } from './replay-data.js';
import { REGULAR_OPEN_MS } from './row-rules.js';
import { readTrades } from './trade-rows.js';
import { underlyingTrades } from './underlying-trades.js';
import { UNIVERSE_HEADER, readOptionUniverse } from './universe-rows.js';
import { unzipFiles } from './unzip-files.js';

const LARGEST_FILE = 1024 * 1024 * 1024;
const EMPTY_RULE = 'must have at least one row';
const JSON_LINES = /\.(jsonl|ndjson)$/i;
const BYTE_ORDER_MARK = /^\uFEFF/;

function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b;
}

/** Everything that was read, in the order in which the files were named. */
interface Found {
  readonly ticks: TickFile[];
  readonly bars: { readonly path: string; readonly series: BarSeries }[];
  readonly universes: { readonly path: string; readonly universe: OptionUniverse }[];
  readonly days: NewYorkDays;
}

/** The first characters of a file, without what is not shown. */
function beginningOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, 64)).replace(BYTE_ORDER_MARK, '').trimStart().toLowerCase();
}

function takeRows(found: Found, { ticks, bars }: OwnRows, shown: string, emptyRule = EMPTY_RULE): void {
  if (ticks.length === 0 && bars.length === 0) throw new UsageError({ field: shown, rule: emptyRule });
  found.ticks.push(...ticks.map((columns) => ({ path: shown, columns })));
  found.bars.push(...bars.map((series) => ({ path: shown, series })));
}

function readContent(found: Found, bytes: Uint8Array, path: string, innerName?: string): void {
  const shown = innerName === undefined ? path : `${path} (${innerName})`;
  const isJson = JSON_LINES.test(innerName ?? path);
  const beginning = beginningOf(bytes);
  if (!isJson && (namesUniverse(path, innerName) || beginning.startsWith(UNIVERSE_HEADER))) {
    found.universes.push({ path: shown, universe: readOptionUniverse(bytes, shown, universeNameOf(path, innerName)) });
  } else if (isJson || (!namesTicks(path, innerName) && /^["a-z]/.test(beginning))) {
    const read = isJson ? readJsonLines : readOwnCsv;
    takeRows(found, read(bytes, shown, ownNameOf(path, innerName), found.days), shown);
  } else {
    const file = fileKindOf(path, innerName);
    const columns = file.kind === 'trade' ? readTrades(bytes, shown, file) : readQuotes(bytes, shown, file);
    if (columns.length === 0) throw new UsageError({ field: shown, rule: EMPTY_RULE });
    found.ticks.push({ path: innerName === undefined ? path : shown, columns });
  }
}

/** The bytes of a file; undefined for a directory. */
async function readBytes(path: string): Promise<Uint8Array | undefined> {
  try {
    const status = await stat(path);
    if (status.isDirectory()) return undefined;
    const { size } = status;
    if (size > LARGEST_FILE) throw new UsageError({ field: 'replay', value: path, rule: `must be a file of at most ${LARGEST_FILE} bytes` });
    return await readFile(path);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError({ field: 'replay', value: path, rule: 'must be a file that can be read', cause: error });
  }
}

/** After the last bar: at once within a regular session, else at the next regular open. */
function startAfter(bars: readonly BarSeries[], days: NewYorkDays): number {
  const endMs = bars.reduce((last, { endMs: ends }) => Math.max(last, ends.at(-1) ?? 0), 0);
  let day = days.dayOf(endMs);
  const isOpen = days.isTradingDay(day) && endMs >= days.regularSession(day).startMs && endMs < days.regularSession(day).endMs;
  if (isOpen) return endMs;
  while (!days.isTradingDay(day) || days.regularSession(day).startMs < endMs) day += 1;
  return days.regularSession(day).startMs;
}

/**
 * Reads market data files: trades and quotes of US stocks by tick, second or minute and option universes in the layouts of the LEAN project, and trades, quotes and bars as CSV with
 * a header row or as JSON lines; all of them zipped or plain; and directories that `@ibkit/recording` recorded into. What a file contains is read from its name and its header. Files, days and symbols may be combined, in any order.
 * @throws UsageError naming the file, and for a bad row also line, column, value and rule.
 */
export async function loadReplay(paths: readonly string[]): Promise<ReplayData> {
  if (paths.length === 0) throw new UsageError({ field: 'replay', rule: 'must name at least one file' });
  const found: Found = { ticks: [], bars: [], universes: [], days: new NewYorkDays() };
  for (const path of paths) {
    const bytes = await readBytes(path);
    if (bytes === undefined) takeRows(found, await readRecordedRows(path, found.days), path, 'must be a recording with at least one trade, quote or bar');
    else if (!isZip(bytes)) readContent(found, bytes, path);
    else for (const file of unzipFiles(path, bytes)) readContent(found, file.bytes, path, file.name);
  }
  const universes = arrangeUniverses(found.universes);
  const withUnderlyings = [...found.ticks, ...underlyingTrades(universes, found.ticks)];
  const files = arrangeTicks(withUnderlyings);
  const bars = arrangeBars(found.bars);
  const zone = new TimeZone('America/New_York');
  const symbols = [...new Set(withUnderlyings.map(({ columns }) => columns.symbol))];
  const startAtMs = files.length === 0 ? startAfter(bars, found.days) : Math.min(...files.map(({ columns }) => zone.instantOf(columns.date, REGULAR_OPEN_MS)));
  return { files, symbols, startAtMs, bars, universes };
}
