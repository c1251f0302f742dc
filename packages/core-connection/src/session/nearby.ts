import { isIPv4, isIPv6 } from 'node:net';

const PRIVATE_IPV4 = [/^127\./u, /^10\./u, /^192\.168\./u, /^169\.254\./u, /^172\.(?:1[6-9]|2\d|3[01])\./u, /^0\.0\.0\.0$/u];
const PRIVATE_IPV6 = [/^::1?$/u, /^f[cd]/iu, /^fe[89ab]/iu];

/**
 * Whether an address or host name is on this host or this network, where asking often costs nothing.
 * A name without a dot, or ending in `.local`, `.lan`, `.internal` or `.localhost`, counts: it cannot be far away.
 */
export function isNearby(host: string): boolean {
  const address = host.replace(/^::ffff:(?=\d)/iu, '');
  if (isIPv4(address)) return PRIVATE_IPV4.some((pattern) => pattern.test(address));
  if (isIPv6(address)) return PRIVATE_IPV6.some((pattern) => pattern.test(address));
  return !address.includes('.') || /\.(?:local|lan|internal|localhost)$/iu.test(address);
}
