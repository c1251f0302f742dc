import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { RECORD_HEAD } from '../format/record.js';
import { TRAILER, decodeFooter, decodeTrailer } from '../format/segment-footer.js';
import type { SegmentFooter } from '../format/segment-footer.js';
import { HEADER_READ, decodeHeader } from '../format/segment-header.js';
import type { HeaderReading } from '../format/segment-header.js';

/** The opened file of a segment. */
export interface OpenedSegment {
  readonly handle: FileHandle;
  readonly bytes: number;
  readonly reading: HeaderReading;
  /** Absent for a segment that was not sealed, or whose footer is damaged. */
  readonly footer: SegmentFooter | undefined;
}

/** Reads up to `length` bytes; fewer at the end of the file. */
export async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length);
  let read = 0;
  while (read < length) {
    const { bytesRead } = await handle.read(bytes, read, length - read, position + read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return bytes.subarray(0, read);
}

async function readHeader(handle: FileHandle): Promise<HeaderReading> {
  const reading = decodeHeader(await readAt(handle, 0, HEADER_READ));
  if (reading.header !== undefined || reading.needed === undefined || reading.needed <= HEADER_READ) return reading;
  return decodeHeader(await readAt(handle, 0, reading.needed));
}

async function readFooter(handle: FileHandle, bytes: number, salt: number): Promise<SegmentFooter | undefined> {
  if (bytes < TRAILER) return undefined;
  const offset = decodeTrailer(await readAt(handle, bytes - TRAILER, TRAILER));
  if (offset === undefined || offset > bytes - TRAILER - RECORD_HEAD) return undefined;
  return decodeFooter(await readAt(handle, offset, bytes - TRAILER - offset), offset, salt);
}

/** Whether a failure says that a file is not there. */
export function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** Opens a segment and reads what it says about itself. The caller closes the handle. @throws the system's error, see {@link isNotFound} */
export async function openSegment(file: string): Promise<OpenedSegment> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const reading = await readHeader(handle);
    const footer = reading.header === undefined ? undefined : await readFooter(handle, size, reading.salt);
    return { handle, bytes: size, reading, footer };
  } catch (error) {
    await handle.close();
    throw error;
  }
}
