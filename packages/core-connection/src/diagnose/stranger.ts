import { connect } from 'node:net';
import { onAbort } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { MAX_SERVER_VERSION, MIN_SERVER_VERSION, encodeClientHello } from '@ibkit/wire';

/** What answers on a port that is not a gateway. */
export type Stranger = 'http' | 'tls' | 'ssh' | 'unknown';

const ENOUGH_BYTES = 5;

/** What a peer is by its first bytes. */
export function recogniseStranger(bytes: Uint8Array): Stranger {
  const text = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
  // RFC 9112: a status line; some servers send nothing but a page.
  if (/^HTTP\/|^\s*<(?:!doctype|html)/iu.test(text)) return 'http';
  if (text.startsWith('SSH-')) return 'ssh';
  // RFC 8446, section 5.1: a record of type alert (21) or handshake (22), and the version 3.x.
  if ((bytes[0] === 21 || bytes[0] === 22) && bytes[1] === 3) return 'tls';
  return 'unknown';
}

/**
 * Says our hello once more to a peer that has answered it with something else, and looks at its first bytes. Only for peers that are proven to be no gateway.
 * Never rejects, and leaves nothing behind.
 */
export function lookAtStranger(options: { readonly host: string; readonly port: number; readonly clock: Clock; readonly limitMs: number; readonly signal?: AbortSignal | undefined }): Promise<Stranger> {
  const { host, port, clock, limitMs, signal } = options;
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host, port });
    const settle = (): void => {
      timer.cancel();
      stopWatching?.();
      socket.destroy();
      resolve(recogniseStranger(Buffer.concat(chunks)));
    };
    const timer = clock.setTimer(limitMs, settle);
    const stopWatching = signal === undefined ? undefined : onAbort(signal, settle);
    socket.on('connect', () => {
      socket.write(encodeClientHello({ minVersion: MIN_SERVER_VERSION, maxVersion: MAX_SERVER_VERSION }));
    });
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (chunks.reduce((length, { length: more }) => length + more, 0) >= ENOUGH_BYTES) settle();
    });
    socket.on('end', settle);
    socket.on('error', settle);
    if (signal?.aborted === true) settle();
  });
}
