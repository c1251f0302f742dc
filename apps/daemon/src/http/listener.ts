import { randomBytes } from 'node:crypto';
import { chmod, lstat, rename, unlink } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { connect } from 'node:net';
import type { BlockList } from 'node:net';
import { ConnectionError, UsageError } from '@ibkit/error-codes';
import { onClientFault } from './client-fault.js';
import type { ConnectionTable } from './connection-table.js';
import type { HttpLimits } from './limits.js';
import { createTlsServer } from './server-tls.js';
import type { ServerTls } from './server-tls.js';

/** What a server is made from. */
export interface ListenerOptions {
  readonly limits: HttpLimits;
  readonly connections: ConnectionTable;
  readonly tls?: ServerTls | undefined;
  /** The only addresses that may connect. @defaultValue all that can */
  readonly addresses?: BlockList | undefined;
}

/** How often Node looks for requests that arrive too slowly, as a part of their deadline. */
const CHECKS_PER_DEADLINE = 4;
/** The shortest limit of a socket's path among the systems that are supported (104 with its end on macOS). */
const LONGEST_SOCKET_PATH = 100;

/** Makes the HTTP or HTTPS server with every limit in place. */
export function createListener(handler: RequestListener, { limits, connections, tls, addresses }: ListenerOptions): Server {
  const { headerBytes, requestMs, idleMs } = limits;
  const options = { maxHeaderSize: headerBytes, headersTimeout: requestMs, requestTimeout: requestMs, connectionsCheckingInterval: Math.max(10, requestMs / CHECKS_PER_DEADLINE), keepAliveTimeout: idleMs };
  const server: Server = tls === undefined ? createHttpServer(options, handler) : createTlsServer(tls, { ...options, handshakeTimeout: requestMs }, handler);
  // One slot more than the table has: it decides which socket goes when there are too many.
  server.maxConnections = limits.connections + 1;
  server.setTimeout(idleMs);
  server.on('connection', (socket) => {
    const { remoteAddress, remoteFamily } = socket;
    if (addresses !== undefined && remoteAddress !== undefined && !addresses.check(remoteAddress, remoteFamily === 'IPv6' ? 'ipv6' : 'ipv4')) socket.destroy();
    else connections.add(socket);
  });
  server.on('clientError', onClientFault);
  return server;
}

function listenError(where: string, advice: string, error: unknown): ConnectionError {
  const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  const reason = taken ? 'it is taken, another daemon may be running' : error instanceof Error ? error.message : String(error);
  return new ConnectionError({ code: 'IBKR_HTTP_LISTEN', message: `Cannot listen on ${where}: ${reason}. ${advice}`, cause: error });
}

function listening(server: Server, target: { readonly host: string; readonly port: number } | { readonly path: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(target, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Listens on a TCP port. @returns the port, which the system chooses for 0. @throws ConnectionError `IBKR_HTTP_LISTEN` */
export async function listenOnPort(server: Server, { host, port }: { readonly host: string; readonly port: number }): Promise<number> {
  try {
    await listening(server, { host, port });
  } catch (error) {
    throw listenError(`port ${port} of ${host}`, `Choose another with --listen ${host}:PORT, or 0 for a free one.`, error);
  }
  const address = server.address();
  return address === null || typeof address === 'string' ? port : address.port;
}

/** Whether somebody answers at a Unix socket. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    const done = (found: boolean): void => {
      probe.destroy();
      resolve(found);
    };
    probe.once('connect', () => { done(true); });
    probe.once('error', () => { done(false); });
  });
}

async function isSocketOrNothing(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSocket();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return true;
    throw error;
  }
}

/**
 * Listens on a Unix socket of mode 0600. One that a dead daemon left is replaced; one that answers is left alone. It appears under its name only
 * when its mode is right.
 * @returns what removes it again. @throws ConnectionError `IBKR_HTTP_LISTEN`, UsageError for a path that is too long
 */
export async function listenOnSocket(server: Server, path: string): Promise<() => Promise<void>> {
  const draft = `${path}.${randomBytes(3).toString('hex')}`;
  if (Buffer.byteLength(draft) > LONGEST_SOCKET_PATH) throw new UsageError({ field: '--unix', value: path, rule: `must be a path of at most ${LONGEST_SOCKET_PATH - 7} bytes: systems allow no longer ones for sockets` });
  const advice = 'Choose another path with --unix PATH.';
  try {
    if (!(await isSocketOrNothing(path))) throw new Error('there is a file of that name that is no socket');
    if (await answers(path)) throw new Error('another daemon answers there');
    await listening(server, { path: draft });
    await chmod(draft, 0o600);
    await rename(draft, path);
  } catch (error) {
    throw listenError(`the socket ${path}`, advice, error);
  }
  const { ino } = await lstat(path);
  return async () => {
    try {
      // Another daemon may have put its own there meanwhile.
      if ((await lstat(path)).ino === ino) await unlink(path);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  };
}
