import { IBApi } from '@stoqey/ib';
import { createTextCodec } from '@ibkit/wire';
import type { ServerMessage, TextCodec } from '@ibkit/wire';
import { StoqeyApi } from '../adapters/stoqey.js';
import { notConnectedError } from '../session/end-error.js';

/** The untouched library, fed with payloads in place of its socket. */
export class Untouched {
  readonly api = new IBApi({ host: '127.0.0.1', port: 1, clientId: 1, maxReqPerSec: 1 });
  readonly #socket: object;

  constructor(serverVersion: number) {
    this.#socket = Object(Reflect.get(Object(Reflect.get(this.api, 'controller')), 'socket')) as object;
    Reflect.set(this.#socket, 'neverReceived', false);
    Reflect.set(this.#socket, '_serverVersion', serverVersion);
  }

  feed(payload: Uint8Array): void {
    Reflect.apply(Reflect.get(this.#socket, 'onMessage') as () => void, this.#socket, [Buffer.from(payload).toString('utf8')]);
  }
}

/** Ours, fed the way a session does. */
export class Ours {
  readonly face: StoqeyApi;
  readonly #codec: TextCodec;
  hot = 0;

  constructor(serverVersion: number) {
    this.#codec = createTextCodec({ serverVersion });
    const session = { serverVersion, connectionTime: '', trySendFrame: () => true, sendFrame: () => Promise.resolve() };
    this.face = new StoqeyApi({
      host: '127.0.0.1',
      port: 1,
      clientId: 1,
      session: () => session,
      orderSent: () => undefined,
      connect: () => undefined,
      disconnect: () => undefined,
      notConnected: (what) => notConnectedError(what, 'disconnected'),
      onListenerError: (error) => {
        throw error;
      },
    });
  }

  read(payload: Uint8Array): ServerMessage | undefined {
    const decoded = this.#codec.decodeServer(payload);
    return decoded.ok ? decoded.message : undefined;
  }

  feed(payload: Uint8Array): void {
    const chunk = Buffer.concat([Buffer.from('17'), payload, Buffer.from('99\0')]);
    const hot = this.#codec.readHot(chunk, 2, 2 + payload.length);
    if (hot === undefined) {
      this.face.frame(payload, this.read(payload));
      return;
    }
    this.hot += 1;
    this.face.hotFrame(hot, chunk, 2, 2 + payload.length);
  }
}
