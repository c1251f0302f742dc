import { createRequire } from 'node:module';
import path from 'node:path';

/** What node is started with to have a daemon: flags, file and first arguments, before those of `ibkitd`. */
export interface DaemonProgram {
  readonly argv: readonly string[];
  /** How much faster than ours its clock goes. */
  readonly speed: number;
}

/** `ibkitd` as it is built. */
export function builtProgram(): DaemonProgram {
  const manifest = createRequire(import.meta.url).resolve('@ibkit/daemon/package.json');
  return { argv: [path.join(path.dirname(manifest), 'dist', 'main.js')], speed: 1 };
}
