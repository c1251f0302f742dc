import { readFile } from 'node:fs/promises';

/**
 * The published members that this check does not wait for, by the `turbo.json` beside it. It would pack what an earlier build left, and
 * its cached result would not notice their changes.
 */
export async function notWaitedFor(turboFile: string, names: readonly string[]): Promise<readonly string[]> {
  const text = await readFile(turboFile, 'utf8');
  return names.filter((name) => !text.includes(`"${name}#build"`));
}
