import path from 'node:path';

/** Whose orders a journal holds. */
export interface JournalPlace {
  /** The state directory of a user, or of a service. */
  readonly stateDirectory: string;
  readonly host: string;
  readonly port: number;
  readonly clientId: number;
}

/** Every name of this machine. */
const LOCAL = /^(?:localhost|::1|127(?:\.\d+){3})$/iu;

/**
 * Where the orders of one gateway and client id are kept below a state directory, so that all programs of a user find the same journal,
 * whichever name of the gateway was typed.
 */
export function journalDirectory({ stateDirectory, host, port, clientId }: JournalPlace): string {
  const name = LOCAL.test(host) ? '127.0.0.1' : host.toLowerCase().replaceAll(/[^\w.-]/gu, '_');
  return path.join(stateDirectory, 'journals', `${name}-${port}-${clientId}`);
}
