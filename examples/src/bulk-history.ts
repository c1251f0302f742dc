// Minute bars of a month into a CSV file: says beforehand what it takes, shows how far it is, and goes on where it was stopped (Ctrl-C).
//   tsx src/bulk-history.ts [HOST:PORT] [SYMBOL] [FROM] [TO] [FILE]
import { appendFile, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import process from 'node:process';
import { ConnectionManager } from '@ibkit/core-connection';
import { MarketData } from '@ibkit/market-data';
import type { HistoryCursor } from '@ibkit/market-data';
import { gatewayAddress, isProgram } from './gateway-address.js';
import type { GatewayAddress } from './gateway-address.js';

export interface BulkHistoryOptions extends GatewayAddress {
  readonly symbol: string;
  /** Days, `YYYY-MM-DD`. */
  readonly from: string;
  readonly to: string;
  readonly file: string;
  /** Stops it; the next run goes on from there. */
  readonly signal?: AbortSignal;
}

/** How much of the file is certain, and where the stream goes on after it. */
interface Bookmark {
  readonly cursor: HistoryCursor;
  readonly bytes: number;
}

const HEADER = 'time,open,high,low,close,volume\n';
const BARS_PER_WRITE = 500;

export async function run({ host, port, symbol, from, to, file, signal }: BulkHistoryOptions): Promise<void> {
  const connection = new ConnectionManager({ host, port, clientId: 17 });
  const marketData = new MarketData({ connection });
  try {
    await connection.connect({ signal });
    const range = { from, to, barSize: '1 min', useRth: true } as const;
    const { requests, estimatedMs } = await marketData.historyPlan(symbol, range);
    console.log(`${symbol} from ${from} to ${to}: ${requests} requests, ${Math.ceil(estimatedMs / 1_000)} s or more`);

    const bookmarkFile = `${file}.bookmark.json`;
    const bookmark = await readBookmark(bookmarkFile);
    let bytes = bookmark?.bytes ?? HEADER.length;
    if (bookmark === undefined) await writeFile(file, HEADER);
    else await truncate(file, bytes); // rows that were written after the bookmark come again
    if (bookmark !== undefined) console.log(`goes on at ${new Date(bookmark.cursor.nextMs).toISOString()}`);

    const bars = marketData.history(symbol, { ...range, resume: bookmark?.cursor, signal });
    bars.on('progress', ({ done, total, etaMs }) => { console.log(`${done} of ${total} requests, ${Math.ceil(etaMs / 1_000)} s left`); });
    let rows = '';
    let count = 0;
    const save = async (): Promise<void> => {
      await appendFile(file, rows);
      bytes += Buffer.byteLength(rows);
      rows = '';
      await writeFile(`${bookmarkFile}.new`, JSON.stringify({ cursor: bars.cursor, bytes }));
      await rename(`${bookmarkFile}.new`, bookmarkFile);
    };
    for await (const { time, open, high, low, close, volume } of bars) {
      rows += `${new Date(time).toISOString()},${open},${high},${low},${close},${volume ?? ''}\n`;
      count += 1;
      if (count % BARS_PER_WRITE === 0) await save();
    }
    await save();
    await rm(bookmarkFile);
    console.log(`${count} bars were written to ${file}`);
    for (const gap of bars.gaps) console.log(`nothing from ${new Date(gap.fromMs).toISOString()} to ${new Date(gap.toMs).toISOString()}, market ${gap.market}`);
  } catch (error) {
    if (signal?.aborted !== true) throw error;
    console.log('stopped; the next run goes on from here');
  } finally {
    await marketData.close();
    await connection.close();
  }
}

async function readBookmark(file: string): Promise<Bookmark | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Bookmark);
}

if (isProgram(import.meta.url)) {
  const stop = new AbortController();
  process.once('SIGINT', () => { stop.abort(); });
  const [, symbol = 'AAPL', from = '2026-03-01', to = '2026-04-01', file = `${symbol}.csv`] = process.argv.slice(2);
  await run({ ...gatewayAddress(), symbol, from, to, file, signal: stop.signal });
}
