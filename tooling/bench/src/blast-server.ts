import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { createTextCodec } from '@ibkit/wire';
import type { ClientMessage } from '@ibkit/wire';
import { blobOf } from './workloads.js';
import type { Workload } from './workloads.js';
import { serveFrames } from './client-frames.js';

const codec = createTextCodec({ serverVersion: 193 });
/** Behind the last round of a run. */
const MARKER = codec.encodeServer({ type: 'positionEnd' });

/** Writes without ever holding more than the socket wants. */
async function write(socket: Socket, bytes: Uint8Array): Promise<void> {
  if (socket.destroyed || socket.write(bytes)) return;
  await new Promise<void>((resolve) => {
    const go = (): void => {
      socket.off('drain', go).off('close', go);
      resolve();
    };
    socket.on('drain', go).on('close', go);
  });
}

/**
 * A server that answers `reqMarketDataType(n)` with n rounds of one workload and a positionEnd. The bytes are made beforehand, so that it
 * is never the bottleneck.
 */
export class BlastServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(workload: Workload): Promise<BlastServer> {
    const { bytes } = blobOf(workload);
    const server = createServer((socket) => {
      serve(socket, bytes);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new BlastServer(server);
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the server is not listening');
    return address.port;
  }

  /** Cuts every connection. */
  drop(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }
}

function serve(socket: Socket, bytes: Uint8Array): void {
  const answer = async (message: ClientMessage): Promise<void> => {
    if (message.type === 'startApi') {
      socket.write(codec.encodeServer({ type: 'managedAccounts', accountsList: 'DU1234567' }));
      socket.write(codec.encodeServer({ type: 'nextValidId', orderId: 1 }));
    }
    if (message.type !== 'reqMarketDataType') return;
    for (let left = message.marketDataType; left > 0 && !socket.destroyed; left -= 1) await write(socket, bytes);
    await write(socket, MARKER);
  };
  serveFrames(socket, (payload) => {
    const decoded = codec.decodeClient(payload);
    if (decoded.ok) void answer(decoded.message);
  });
}
