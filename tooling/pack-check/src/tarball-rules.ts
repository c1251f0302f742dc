import { readFile } from 'node:fs/promises';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import type { Problem } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

/** Whether a problem is one for Node's own module resolution or a bundler's; the resolution of Node 10 knows no `exports`. */
function matters(problem: Problem): boolean {
  return !('resolutionKind' in problem) || problem.resolutionKind !== 'node10';
}

/** What is wrong with a tarball by the rules of publint (strict) and of Are The Types Wrong; empty when nothing is. */
export async function tarballFaults(file: string): Promise<readonly string[]> {
  const tarball = await readFile(file);
  const bytes = new Uint8Array(tarball);
  const { messages, pkg } = await publint({ pack: { tarball: bytes.buffer }, strict: true });
  const faults = messages.filter(({ type }) => type === 'error').map((message) => `publint: ${formatMessage(message, pkg) ?? message.code}`);

  const analysis = await checkPackage(createPackageFromTarballData(bytes));
  if (!analysis.types) return [...faults, 'are the types wrong: there are none'];
  return [...faults, ...analysis.problems.filter(matters).map((problem) => `are the types wrong: ${JSON.stringify(problem)}`)];
}
