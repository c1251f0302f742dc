import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigurationError } from '@ibkit/error-codes';
import type { Io } from '../../terminal/io.js';

function installed(): string | undefined {
  try {
    return path.join(path.dirname(createRequire(import.meta.url).resolve('@ibkit/daemon/package.json')), 'dist', 'main.js');
  } catch {
    return undefined;
  }
}

/** In a checkout the daemon stands beside the command line: from `apps/cli/dist` or `apps/cli/src/commands/service`. */
function beside(): readonly string[] {
  const here = path.dirname(fileURLToPath(import.meta.url));
  return [path.resolve(here, '..', '..', 'daemon', 'dist', 'main.js'), path.resolve(here, '..', '..', '..', '..', 'daemon', 'dist', 'main.js')];
}

function onPath(env: Io['env']): readonly string[] {
  return (env['PATH'] ?? '').split(path.delimiter).filter((directory) => directory !== '').map((directory) => path.join(directory, 'ibkitd'));
}

/**
 * Where the program of the daemon is: `IBKIT_DAEMON_PROGRAM`, the installed package, the checkout, or `ibkitd` on the path.
 * @throws ConfigurationError
 */
export function daemonProgram(env: Io['env']): string {
  const named = env['IBKIT_DAEMON_PROGRAM'];
  const candidates = named === undefined || named === '' ? [installed(), ...beside(), ...onPath(env)] : [named];
  const found = candidates.find((candidate) => candidate !== undefined && existsSync(candidate));
  if (found !== undefined) return realpathSync(found);
  throw new ConfigurationError({ problems: [{ path: '@ibkit/daemon', rule: 'must be installed: npm i -g @ibkit/daemon' }] });
}
