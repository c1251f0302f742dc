import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/**
 * The addresses of a host, as the connection attempt will find them: the name service of the system, hosts file included.
 * The system's look-up cannot be stopped; one that hangs ends when the system gives up.
 * @throws an Error with the system's `code` when there are none
 */
export async function hostAddresses(host: string): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  const found = await lookup(host, { all: true });
  return [...new Set(found.map(({ address }) => address))];
}

function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d)/iu, '').toLowerCase();
}

/** Whether an address is one of this machine: a gateway there sees us come from itself. */
export function isOwnAddress(address: string): boolean {
  const plain = plainAddress(address);
  if (plain === '::1' || plain.startsWith('127.')) return true;
  return ownAddresses().some((own) => plainAddress(own) === plain);
}

function ownAddresses(): readonly string[] {
  try {
    return Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address));
  } catch {
    // Some sandboxes do not tell.
    return [];
  }
}
