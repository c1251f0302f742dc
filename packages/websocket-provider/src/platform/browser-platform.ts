import type { ResolvedEndpoint } from '../endpoint.js';
import type { HttpAnswer, HttpRequest, Platform, Socket, SocketRequest } from './platform.js';
import { retryAfterMs } from './retry-after.js';

/** `fetch` and `WebSocket` of a browser. Its WebSocket cannot send headers, so the stream is opened with a ticket. */
export function browserPlatform({ url }: ResolvedEndpoint): Platform {
  const base = url.href.replace(/\/$/u, '');
  return {
    headers: false,
    async request({ method, path, headers, body, signal }: HttpRequest): Promise<HttpAnswer> {
      const response = await fetch(`${base}${path}`, { method, headers, signal, credentials: 'omit', redirect: 'error', ...(body === undefined ? {} : { body }) });
      return { status: response.status, contentType: response.headers.get('content-type') ?? '', retryAfterMs: retryAfterMs(response.headers.get('retry-after')), text: await response.text() };
    },
    openSocket({ protocol, listener }: SocketRequest): Socket {
      const socket = new WebSocket(`${base.replace(/^http/u, 'ws')}/v1/stream`, [protocol]);
      socket.binaryType = 'arraybuffer';
      let ended = false;
      const end = (code: number, reason: string): void => {
        if (ended) return;
        ended = true;
        listener.onClose({ code, reason });
      };
      socket.addEventListener('open', () => { listener.onOpen(); });
      socket.addEventListener('message', (event) => {
        if (ended) return;
        const data: unknown = event.data;
        if (typeof data === 'string') listener.onMessage(data);
        else if (data instanceof ArrayBuffer) listener.onMessage(new Uint8Array(data));
      });
      socket.addEventListener('close', ({ code, reason }) => { end(code, reason); });
      return {
        send: (data) => { if (socket.readyState === WebSocket.OPEN) socket.send(typeof data === 'string' ? data : new Uint8Array(data)); },
        terminate: () => {
          socket.close();
          // A browser waits for the other side, which may be gone.
          end(1006, 'terminated');
        },
        close: (code, reason) => { socket.close(code, reason); },
      };
    },
    close: () => undefined,
  };
}
