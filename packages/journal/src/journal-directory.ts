import { readdirSync } from 'node:fs';
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
  return path.join(parentOf(stateDirectory), `${nameOf(host, port)}-${clientId}`);
}

/**
 * The directories of the other client ids of the same gateway, as there are now: what {@link SqliteJournalOptions.neighbours} asks for. What was put aside as that of
 * an earlier gateway is not among them.
 * @throws the system's error when the state directory cannot be listed.
 */
export function journalNeighbours({ stateDirectory, host, port, clientId }: JournalPlace): readonly string[] {
  const parent = parentOf(stateDirectory);
  const prefix = `${nameOf(host, port)}-`;
  const isNeighbour = (name: string): boolean => name.startsWith(prefix) && /^\d+$/u.test(name.slice(prefix.length)) && name !== `${prefix}${clientId}`;
  return namesIn(parent).filter(isNeighbour).map((name) => path.join(parent, name));
}

function parentOf(stateDirectory: string): string {
  return path.join(stateDirectory, 'journals');
}

function nameOf(host: string, port: number): string {
  const name = LOCAL.test(host) ? '127.0.0.1' : host.toLowerCase().replaceAll(/[^\w.-]/gu, '_');
  return `${name}-${port}`;
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
