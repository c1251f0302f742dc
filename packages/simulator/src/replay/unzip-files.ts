import { UsageError } from '@ibkit/error-codes';
import { Unzip, UnzipInflate } from 'fflate';

/** A file inside an archive. */
export interface UnzippedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const TABLE = /\.(csv|jsonl|ndjson)$/i;
const LARGEST_CONTENT = 1024 * 1024 * 1024;
/** Compressed bytes per round, so that an archive that unpacks to too much is noticed early. */
const ROUND = 65_536;

interface Unpacking {
  readonly name: string;
  readonly chunks: Uint8Array[];
  length: number;
  ended: boolean;
}

function joined({ chunks, length }: Unpacking): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** Unpacks as a stream and by what really comes out: sizes in zip headers may be absent (zip64) or lies. */
function unpack(path: string, archive: Uint8Array): readonly Unpacking[] {
  const files: Unpacking[] = [];
  let total = 0;
  const unzip = new Unzip((entry) => {
    if (!TABLE.test(entry.name)) return;
    const file: Unpacking = { name: entry.name, chunks: [], length: 0, ended: false };
    files.push(file);
    entry.ondata = (error, chunk, final) => {
      // The types promise that there is no error when there is none; the library passes null.
      if (error instanceof Error) throw error;
      total += chunk.length;
      if (total > LARGEST_CONTENT) throw new UsageError({ field: path, rule: `must unpack to at most ${LARGEST_CONTENT} bytes` });
      file.chunks.push(chunk);
      file.length += chunk.length;
      file.ended = final;
    };
    entry.start();
  });
  unzip.register(UnzipInflate);
  for (let at = 0; at < archive.length; at += ROUND) unzip.push(archive.subarray(at, at + ROUND), at + ROUND >= archive.length);
  return files;
}

/** The .csv and .jsonl files inside a zip archive. @throws UsageError naming the archive when it is damaged, too large, or has none. */
export function unzipFiles(path: string, archive: Uint8Array): readonly UnzippedFile[] {
  let files: readonly Unpacking[];
  try {
    files = unpack(path, archive);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError({ field: path, rule: 'must be a zip archive that can be unpacked', cause: error });
  }
  if (files.some(({ ended }) => !ended)) throw new UsageError({ field: path, rule: 'must be a complete zip archive' });
  if (files.length === 0) throw new UsageError({ field: path, rule: 'must contain a .csv file (or .jsonl)' });
  return files.map((file) => ({ name: file.name, bytes: joined(file) }));
}
