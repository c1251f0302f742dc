import { isIP } from 'node:net';

/** Where the API listens: a TCP port, with or without TLS, or a Unix socket. */
export type Endpoint =
  | { readonly kind: 'tcp'; readonly scheme: 'http' | 'https'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** The name that callers of the Unix socket put into `Host`: there is no other. */
export const UNIX_HOST = 'ibkitd';

const LOOPBACK_NAMES = ['127.0.0.1', 'localhost', '[::1]'] as const;

/** Whether a host name or address reaches this machine only. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));
}

function bracketed(host: string): string {
  return isIP(host) === 6 ? `[${host.toLowerCase()}]` : host.toLowerCase();
}

/** The URL of an endpoint, as clients write it. */
export function urlOf(endpoint: Endpoint): string {
  return endpoint.kind === 'unix' ? `unix:${endpoint.path}` : `${endpoint.scheme}://${bracketed(endpoint.host)}:${endpoint.port}`;
}

/**
 * Every `Host` that a caller may name, in lower case: the endpoint's own names with its port, and `extra` ones (`box.lan` with the endpoint's port,
 * or `box.lan:9999` behind a tunnel). Anything else is a name that somebody else's DNS points here.
 */
export function hostsOf(endpoint: Endpoint, extra: readonly string[]): ReadonlySet<string> {
  if (endpoint.kind === 'unix') return new Set([UNIX_HOST]);
  const { host, port, scheme } = endpoint;
  const names = new Set([...(isLoopback(host) ? LOOPBACK_NAMES : []), bracketed(host)]);
  const defaultPort = scheme === 'https' ? 443 : 80;
  const withPort = [...names, ...extra.filter((name) => !/:\d+$/.test(name)).map(bracketed)].flatMap((name) => [`${name}:${port}`, ...(port === defaultPort ? [name] : [])]);
  return new Set([...withPort, ...extra.filter((name) => /:\d+$/.test(name)).map((name) => name.toLowerCase())]);
}
