import { open, readFile, readdir, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { crc32, gzipSync, gunzipSync } from 'node:zlib';
import { Recorder, compactRecording, describeRecording, readBatches, readRecording } from '@ibkit/recording';
import { Decoder, Encoder } from '@msgpack/msgpack';
import { DatabaseSync } from '@photostructure/sqlite';
import type { Tick } from './rows.js';

/** A way to keep rows. */
export interface Format {
  /** Puts the rows on the disk, synced at the end. */
  write(directory: string, ticks: readonly Tick[]): Promise<void>;
  /** Reads every row as an object. @returns how many, and the sum of a price of each, so that nothing can be left out */
  read(directory: string): Promise<Tally>;
  /** What it needs on the disk. */
  bytes(directory: string): Promise<number>;
}

export interface Tally {
  rows: number;
  sum: number;
}

const BATCH_BYTES = 64 * 1024;
const HEAD = 8;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** The price of a row, whichever it has. */
function count(tally: Tally, row: unknown): void {
  if (!isRecord(row)) throw new Error('a row is no object');
  const price = row['price'] ?? row['bid'];
  tally.rows += 1;
  tally.sum += typeof price === 'number' ? price : 0;
}

async function sizeOf(directory: string, name: string): Promise<number> {
  return (await stat(path.join(directory, name))).size;
}

async function written(file: string, fill: (handle: FileHandle) => Promise<void>): Promise<void> {
  const handle = await open(file, 'w');
  await fill(handle);
  await handle.datasync();
  await handle.close();
}

/** What we record with. */
const recording: Format = {
  async write(directory, ticks) {
    const recorder = await Recorder.open({ directory, source: { name: 'benchmark' }, maxPendingBytes: 64 * 1024 * 1024 });
    for (let at = 0; at < ticks.length; at += 1) {
      const tick = ticks[at];
      if (tick === undefined) continue;
      const kept = tick.type === 'trade' ? recorder.trade(tick) : recorder.quote(tick);
      if (!kept) throw new Error('a row was lost');
      // As a feed does, which comes in pieces.
      if (at % 20_000 === 19_999) await recorder.flush();
    }
    await recorder.close();
  },
  async read(directory) {
    const tally = { rows: 0, sum: 0 };
    for await (const rows of readBatches(directory)) for (const row of rows) count(tally, row);
    return tally;
  },
  bytes: async (directory) => (await describeRecording(directory)).bytes,
};

/** The same, row by row. */
const recordingRows: Format = {
  ...recording,
  async read(directory) {
    const tally = { rows: 0, sum: 0 };
    for await (const row of readRecording(directory)) count(tally, row);
    return tally;
  },
};

const jsonLines: Format = {
  write: (directory, ticks) =>
    written(path.join(directory, 'rows.jsonl'), async (handle) => {
      let text = '';
      for (const tick of ticks) {
        text += `${JSON.stringify(tick)}\n`;
        if (text.length >= BATCH_BYTES) {
          await handle.writeFile(text);
          text = '';
        }
      }
      await handle.writeFile(text);
    }),
  async read(directory) {
    const tally = { rows: 0, sum: 0 };
    const text = await readFile(path.join(directory, 'rows.jsonl'), 'latin1');
    for (let from = 0; from < text.length; ) {
      const to = text.indexOf('\n', from);
      count(tally, JSON.parse(text.slice(from, to)));
      from = to + 1;
    }
    return tally;
  },
  bytes: (directory) => sizeOf(directory, 'rows.jsonl'),
};

/** JSON lines that are packed when a segment is full. */
const jsonLinesGzip: Format = {
  async write(directory, ticks) {
    await jsonLines.write(directory, ticks);
    const packed = gzipSync(await readFile(path.join(directory, 'rows.jsonl')), { level: 1 });
    await written(path.join(directory, 'rows.jsonl.gz'), (handle) => handle.writeFile(packed));
  },
  async read(directory) {
    const tally = { rows: 0, sum: 0 };
    const text = gunzipSync(await readFile(path.join(directory, 'rows.jsonl.gz'))).toString('latin1');
    for (let from = 0; from < text.length; ) {
      const to = text.indexOf('\n', from);
      count(tally, JSON.parse(text.slice(from, to)));
      from = to + 1;
    }
    return tally;
  },
  bytes: (directory) => sizeOf(directory, 'rows.jsonl.gz'),
};

/** MessagePack in frames with length and check sum like ours. */
const messagePack: Format = {
  write: (directory, ticks) =>
    written(path.join(directory, 'rows.msgpack'), async (handle) => {
      const encoder = new Encoder({ ignoreUndefined: true });
      let batch: Buffer[] = [];
      let size = 0;
      for (const tick of ticks) {
        const body = encoder.encodeSharedRef(tick);
        const frame = Buffer.allocUnsafe(HEAD + body.length);
        frame.writeUInt32LE(body.length, 0);
        frame.writeUInt32LE(crc32(body), 4);
        frame.set(body, HEAD);
        batch.push(frame);
        size += frame.length;
        if (size >= BATCH_BYTES) {
          await handle.writeFile(Buffer.concat(batch));
          batch = [];
          size = 0;
        }
      }
      await handle.writeFile(Buffer.concat(batch));
    }),
  async read(directory) {
    const tally = { rows: 0, sum: 0 };
    const bytes = await readFile(path.join(directory, 'rows.msgpack'));
    const decoder = new Decoder();
    for (let at = 0; at < bytes.length; ) {
      const end = at + HEAD + bytes.readUInt32LE(at);
      const body = bytes.subarray(at + HEAD, end);
      if (crc32(body) !== bytes.readUInt32LE(at + 4)) throw new Error('a row does not pass its check');
      count(tally, decoder.decode(body));
      at = end;
    }
    return tally;
  },
  bytes: (directory) => sizeOf(directory, 'rows.msgpack'),
};

const COLUMNS = ['type', 'symbol', 'conId', 'time', 'receivedAtMs', 'price', 'size', 'exchange', 'conditions', 'bid', 'ask', 'bidSize', 'askSize'] as const;
const ROWS_PER_TRANSACTION = 1_000;

/** One table, a thousand rows per transaction. */
const sqlite: Format = {
  write(directory, ticks) {
    const database = new DatabaseSync(path.join(directory, 'rows.sqlite'));
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE rows (${COLUMNS.join(', ')})`);
    const insert = database.prepare(`INSERT INTO rows VALUES (${COLUMNS.map(() => '?').join(', ')})`);
    for (let at = 0; at < ticks.length; at += ROWS_PER_TRANSACTION) {
      database.exec('BEGIN');
      for (const tick of ticks.slice(at, at + ROWS_PER_TRANSACTION)) {
        const { type, symbol, conId = null, time = null, receivedAtMs } = tick;
        if (tick.type === 'trade') insert.run(type, symbol, conId, time, receivedAtMs, tick.price, tick.size, tick.exchange ?? null, tick.conditions ?? null, null, null, null, null);
        else insert.run(type, symbol, conId, time, receivedAtMs, null, null, null, null, tick.bid ?? null, tick.ask ?? null, tick.bidSize ?? null, tick.askSize ?? null);
      }
      database.exec('COMMIT');
    }
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    database.close();
    return Promise.resolve();
  },
  read(directory) {
    const tally = { rows: 0, sum: 0 };
    const database = new DatabaseSync(path.join(directory, 'rows.sqlite'));
    for (const row of database.prepare('SELECT * FROM rows').iterate()) count(tally, row);
    database.close();
    return Promise.resolve(tally);
  },
  bytes: (directory) => sizeOf(directory, 'rows.sqlite'),
};

/** Parquet made of sealed segments and read back once to check it: what the background does, and what is left of it. */
const parquet: Format = {
  async write(directory) {
    await compactRecording(directory, { into: path.join(directory, 'parquet') });
  },
  async read(directory) {
    const { made, kept } = await compactRecording(directory, { into: path.join(directory, 'parquet') });
    if (made.length > 0 || kept === 0) throw new Error('the files should be there already');
    const { parquetReadObjects, asyncBufferFromFile } = await import('hyparquet');
    const tally = { rows: 0, sum: 0 };
    for (const name of await parquetFiles(directory)) {
      for (const row of await parquetReadObjects({ file: await asyncBufferFromFile(path.join(directory, 'parquet', name)) })) count(tally, row);
    }
    return tally;
  },
  async bytes(directory) {
    let total = 0;
    for (const name of await parquetFiles(directory)) total += await sizeOf(path.join(directory, 'parquet'), name);
    return total;
  },
};

async function parquetFiles(directory: string): Promise<readonly string[]> {
  return (await readdir(path.join(directory, 'parquet'), { recursive: true })).filter((name) => name.endsWith('.parquet'));
}

/** Every way to keep rows that is measured. */
export const FORMATS = {
  recording,
  'recording, row by row': recordingRows,
  'JSON lines': jsonLines,
  'JSON lines, gzip 1': jsonLinesGzip,
  MessagePack: messagePack,
  SQLite: sqlite,
  'Parquet, from segments': parquet,
} as const satisfies Readonly<Record<string, Format>>;

/** Name of a way to keep rows. */
export type FormatName = keyof typeof FORMATS;

/** Reads a name. */
export function isFormatName(name: string): name is FormatName {
  return name in FORMATS;
}
