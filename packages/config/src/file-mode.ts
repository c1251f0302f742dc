import { stat } from 'node:fs/promises';
import process from 'node:process';
import { KEYS } from './keys.js';
import type { Layer } from './layer.js';

const OTHERS_MAY_WRITE = 0o022;
const OTHERS_MAY_READ = 0o044;

/** Adds a warning when others than the owner may change the file, or may read accounts or the user's own sections in it. Not on Windows, which has no such modes. */
export async function withModeChecked(layer: Layer, path: string): Promise<Layer> {
  if (process.platform === 'win32') return layer;
  const { mode } = await stat(path);
  const rule = modeProblem(mode, holdsSecrets(layer));
  return rule === undefined ? layer : { ...layer, warnings: [...layer.warnings, Object.freeze({ path: 'file', rule: `${rule}: chmod 600 it`, source: path })] };
}

function modeProblem(mode: number, secrets: boolean): string | undefined {
  if ((mode & OTHERS_MAY_WRITE) !== 0) return 'should be writable by its owner only, since it decides where orders go';
  return secrets && (mode & OTHERS_MAY_READ) !== 0 ? 'should be readable by its owner only, since it names accounts or holds sections of your own' : undefined;
}

function holdsSecrets({ values, sections }: Layer): boolean {
  return Object.keys(sections).length > 0 || KEYS.some(({ key, hidden }) => hidden === true && values.has(key));
}
