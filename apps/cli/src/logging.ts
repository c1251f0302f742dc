import type { ConnectionLogger } from '@ibkit/core-connection';
import type { CommandContext } from './globals.js';

/** The logger that the flags ask for; none by default, because an expected reconnect is no business of somebody who reads prices. */
export async function commandLogger({ globals, io, clock }: CommandContext): Promise<{ readonly logger: ConnectionLogger | undefined } & AsyncDisposable> {
  if (globals.logging === undefined) return { logger: undefined, [Symbol.asyncDispose]: () => Promise.resolve() };
  const { createLogger, loggerOptions } = await import('@ibkit/logger');
  const destination = {
    isTTY: io.err.isTerminal,
    write(line: string): void {
      io.err.write(line);
    },
  };
  const root = createLogger({ ...loggerOptions(globals.logging), destination, clock });
  return { logger: root.getLogger('connection'), [Symbol.asyncDispose]: () => root.close() };
}
