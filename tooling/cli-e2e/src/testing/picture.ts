import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

const FOLDER = new URL('../../../../docs/cli-screens/', import.meta.url);

/**
 * What stays the same from one picture of a screen to the next: its words and columns. Numbers, times, the order of rows that are sorted by
 * a price, and how far a bar has come are those of the moment.
 */
export function shapeOfScreen(screen: string): string {
  return screen
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'KEY')
    .replaceAll(/\d{4}-\d\d-\d\d(?:T[\d:.]+Z)?/g, 'DAY')
    .replaceAll(/[▁▂▃▄▅▆▇█░]+/g, 'BAR')
    .replaceAll(/[+-]?\d[\d,:]*(?:\.\d+)?/g, '#')
    .replaceAll(/# (?:ms|s|min|h)\b/g, '# s')
    // How long a question took stands there only when it took long enough.
    .replaceAll(/ +# s$/gm, '')
    .replaceAll(/\b(?:SPY|AAPL|NVDA)\b/g, 'SYM')
    .replaceAll(/[~>]| {2}crossed$/gm, '')
    .replaceAll(/[^\S\n]+/g, ' ')
    .replaceAll(/^ | $/gm, '')
    // Whose price it is in a book.
    .replaceAll(/^[A-Z]+( # # # # )[A-Z]+$/gm, 'VENUE$1VENUE');
}

/** Holds a screen against its picture in docs/cli-screens, by its shape; with `renew` it is the new picture. */
export async function expectPicture(name: string, screen: string, renew: boolean): Promise<void> {
  const file = fileURLToPath(new URL(name, FOLDER));
  if (renew) await writeFile(file, screen);
  expect(shapeOfScreen(screen)).toBe(shapeOfScreen(await readFile(file, 'utf8')));
}
