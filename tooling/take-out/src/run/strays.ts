import { readFileSync, readdirSync } from 'node:fs';
import process from 'node:process';

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/**
 * Ends what tests left running when a feature was missing that should have ended it: processes whose command or environment names the folder of
 * the copy. Only where the system shows them (Linux).
 */
export function endStrays(folder: string): void {
  if (process.platform !== 'linux') return;
  for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
    if (!read(`/proc/${id}/cmdline`).includes(folder) && !read(`/proc/${id}/environ`).includes(folder)) continue;
    try {
      process.kill(Number(id), 'SIGKILL');
    } catch {
      // Gone meanwhile.
    }
  }
}
