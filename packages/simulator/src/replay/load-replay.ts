import { readFile } from 'node:fs/promises';
import { TimeZone } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import { unzipSync } from 'fflate';
import { fileKindOf } from './file-name.js';
import { readQuotes } from './quote-rows.js';
import type { QuoteColumns, ReplayData, TradeColumns } from './replay-data.js';
import { readTrades } from './trade-rows.js';

/** 09:30 New York, milliseconds since midnight. */
export const REGULAR_OPEN_MS = 34_200_000;

const LARGEST_CONTENT = 1024 * 1024 * 1024;

function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b;
}

function unzip(path: string, bytes: Uint8Array): readonly (readonly [name: string, bytes: Uint8Array])[] {
  let total = 0;
  const isWanted = (entry: { readonly name: string; readonly originalSize: number }): boolean => {
    if (!entry.name.toLowerCase().endsWith('.csv')) return false;
    total += entry.originalSize;
    if (total > LARGEST_CONTENT) throw new UsageError({ field: path, rule: `must unpack to at most ${LARGEST_CONTENT} bytes` });
    return true;
  };
  let entries;
  try {
    entries = Object.entries(unzipSync(bytes, { filter: isWanted }));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError({ field: path, rule: 'must be a zip archive that can be unpacked', cause: error });
  }
  if (entries.length === 0) throw new UsageError({ field: path, rule: 'must contain a .csv file' });
  return entries;
}

function readColumns(bytes: Uint8Array, path: string, innerName?: string): TradeColumns | QuoteColumns {
  const file = fileKindOf(path, innerName);
  const shown = innerName === undefined ? path : `${path} (${innerName})`;
  const columns = file.kind === 'trade' ? readTrades(bytes, shown, file) : readQuotes(bytes, shown, file);
  if (columns.length === 0) throw new UsageError({ field: shown, rule: 'must have at least one row' });
  return columns;
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new UsageError({ field: 'replay', value: path, rule: 'must be a file that can be read', cause: error });
  }
}

/**
 * Reads market data files in the layouts of the LEAN project: trades and quotes of US stocks by tick, second or minute, zipped or plain.
 * What a file contains is read from its name. Several files, days and symbols may be combined.
 * @throws UsageError naming the file, and for a bad row also line, column and rule.
 */
export async function loadReplay(paths: readonly string[]): Promise<ReplayData> {
  if (paths.length === 0) throw new UsageError({ field: 'replay', rule: 'must name at least one file' });
  const files: { path: string; columns: TradeColumns | QuoteColumns }[] = [];
  for (const path of paths) {
    const bytes = await readBytes(path);
    if (!isZip(bytes)) files.push({ path, columns: readColumns(bytes, path) });
    else for (const [name, content] of unzip(path, bytes)) files.push({ path, columns: readColumns(content, path, name) });
  }
  const zone = new TimeZone('America/New_York');
  const startAtMs = Math.min(...files.map(({ columns }) => zone.instantOf(columns.date, REGULAR_OPEN_MS)));
  return { files, symbols: [...new Set(files.map(({ columns }) => columns.symbol))], startAtMs };
}
