import { readFile } from 'node:fs/promises';
import { expect, vi } from 'vitest';

/** Runs an example and keeps what it prints, line by line. */
export async function printedBy(example: () => Promise<unknown>, onLine: (line: string) => void = () => undefined): Promise<readonly string[]> {
  const lines: string[] = [];
  const spy = vi.spyOn(console, 'log').mockImplementation((text: unknown) => {
    for (const line of String(text).split('\n')) {
      lines.push(line);
      onLine(line);
    }
  });
  try {
    await example();
  } finally {
    spy.mockRestore();
  }
  return lines;
}

/** A line without its numbers, which differ from run to run. */
function shape(line: string): string {
  return line.replaceAll(/-?\d[\d.:TZ-]*/gu, '#');
}

/** Every line that README.md shows under the heading of the example was printed now, but for its numbers. */
export async function expectAsInReadme(heading: string, lines: readonly string[]): Promise<void> {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const section = readme.split(/^## /mu).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  const [, shown = ''] = /^```text\n([^]*?)^```$/mu.exec(section) ?? [];
  expect(shown, `README.md shows no output of ${heading}`).not.toBe('');
  const shapes = new Set(lines.map(shape));
  expect(shown.trimEnd().split('\n').filter((line) => !shapes.has(shape(line)))).toEqual([]);
}
