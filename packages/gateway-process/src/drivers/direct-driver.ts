import { UsageError } from '@ibkit/error-codes';
import { signIn, withoutSecrets } from './driver.js';
import type { GatewayDriver, SignPattern } from './driver.js';

/** Options of {@link directDriver}. */
export interface DirectDriverOptions {
  /** The program that starts IB Gateway or TWS, an absolute path. */
  readonly gatewayPath: string;
  /** No credentials here: everybody on the machine can read the arguments of a program. @defaultValue none */
  readonly args?: readonly string[] | undefined;
  /** The environment of the program, such as `process.env`; variables whose names say that they are secrets are left out. @defaultValue empty */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** @defaultValue the directory of this process */
  readonly cwd?: string | undefined;
  /** What lines of its output mean. @defaultValue none: only the API tells how far it is */
  readonly signs?: readonly SignPattern[] | undefined;
}

const CREDENTIAL = /^--?(user(name)?|pw|pass(word)?|fix-?(user|pw))(=|$)/iu;

/**
 * Starts the program itself. A person logs in at its window; it restarts at night as its own settings say.
 * @throws {@link UsageError} for arguments that look like credentials
 */
export function directDriver(options: DirectDriverOptions): GatewayDriver {
  const { gatewayPath, args = [], env = {}, cwd, signs = [] } = options;
  const bad = args.find((arg) => CREDENTIAL.test(arg));
  if (bad !== undefined) throw new UsageError({ field: 'args', rule: `must not hold credentials (${bad.split('=')[0] ?? ''}): everybody on this machine can read them. Use IBC, which reads them from a file` });
  return {
    name: 'direct',
    plan: () => Promise.resolve({ file: gatewayPath, argv: args, env: withoutSecrets(env), cwd }),
    readSign: (line) => signIn(line, signs),
    exitReason: () => undefined,
    redact: (line) => line,
    cleanUp: () => Promise.resolve(),
  };
}
