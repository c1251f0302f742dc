import { realpath, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { step } from '@ibkit/pack-check/stranger';
import type { LoneProject } from './strangers.js';
import type { TypesQuestion } from './types-process.js';

/**
 * Checks the types of every installed package, in a process of its own. In the strict layout a declaration that needs an undeclared package is found out.
 *
 * @param own the folder of this member
 * @returns faults in words
 */
export async function typeFaults(own: string, parent: string, installed: readonly LoneProject[]): Promise<readonly string[]> {
  const projects = await Promise.all(installed.map(async ({ member, dir, specifiers }) => ({ name: member.name, dir, specifiers, packageDir: await realpath(path.join(dir, 'node_modules', member.name)) })));
  const question: TypesQuestion = { typeRoot: path.join(own, 'node_modules/@types'), projects };
  const file = path.join(parent, 'types.json');
  await writeFile(file, JSON.stringify(question));
  const faults: unknown = JSON.parse(await step('types', process.execPath, ['--import', 'tsx', path.join(own, 'src/types-process.ts'), file], own));
  if (!Array.isArray(faults)) throw new Error('the check of types gave no answer');
  return faults.map(String);
}
