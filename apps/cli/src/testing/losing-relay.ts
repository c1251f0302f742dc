import { once } from 'node:events';
import { createServer, request } from 'node:http';

/** Passes calls on to a daemon, except that the answers to placements never arrive. */
export interface LosingRelay extends AsyncDisposable {
  readonly url: string;
  /** Cuts who waits for an answer that was lost. */
  cut(): void;
}

/** Opens a relay on loopback. */
export async function losingRelay(daemonUrl: string): Promise<LosingRelay> {
  const server = createServer((incoming, outgoing) => {
    const forwarded = request(daemonUrl + (incoming.url ?? '/'), { method: incoming.method, headers: { ...incoming.headers, host: new URL(daemonUrl).host } }, (answer) => {
      if (incoming.method === 'POST' && incoming.url?.startsWith('/v1/orders') === true) {
        answer.resume();
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.once('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const cut = (): void => {
    server.closeAllConnections();
  };
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    cut,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
  };
}
