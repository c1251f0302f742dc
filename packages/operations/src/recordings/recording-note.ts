import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { recordingSchema } from '@ibkit/api-contract';
import type { ApiRecording } from '@ibkit/api-contract';

/** Stands beside the segments of a recording: what was asked for, and how it ended. */
const NAME = 'ibkit-recording.json';

/** Writes the note as a whole or not at all. */
export async function writeNote(directory: string, note: ApiRecording): Promise<void> {
  const file = path.join(directory, NAME);
  await writeFile(`${file}.new`, `${JSON.stringify(note)}\n`);
  await rename(`${file}.new`, file);
}

/** The note of a directory; `undefined` for one that is no recording made here. One that is `active` still runs, or its program ended without a word. */
export async function readNote(directory: string): Promise<ApiRecording | undefined> {
  try {
    const found = recordingSchema.safeParse(JSON.parse(await readFile(path.join(directory, NAME), 'utf8')));
    return found.success ? found.data : undefined;
  } catch {
    return undefined;
  }
}
