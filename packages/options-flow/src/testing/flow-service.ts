import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';

/** One request that the service saw. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
}

/** Answers one request; the number counts from 0. */
export type FlowHandler = (request: SeenRequest, response: ServerResponse, index: number) => void;

/** An answer of the service with `status: "success"`. */
export function success(data: unknown): FlowHandler {
  return json(200, { status: 'success', data });
}

/** An answer of any status. */
export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): FlowHandler {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
}

/** With which a service speaks TLS, PEM. */
export interface ServiceKey {
  readonly cert: string;
  readonly key: string;
}

/** A service on a loopback port that answers with what the test says. */
export class FlowService implements AsyncDisposable {
  readonly requests: SeenRequest[] = [];
  readonly #server: Server;
  readonly #waiting: (() => void)[] = [];

  readonly #scheme: 'http' | 'https';

  private constructor(handler: FlowHandler, tls: ServiceKey | undefined) {
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      const seen = { method: request.method ?? '', path: url.pathname, query: Object.fromEntries(url.searchParams), headers: request.headers };
      const index = this.requests.push(seen) - 1;
      handler(seen, response, index);
      for (const wake of this.#waiting.splice(0)) wake();
    };
    this.#scheme = tls === undefined ? 'http' : 'https';
    this.#server = tls === undefined ? createServer(listener) : createTlsServer({ cert: tls.cert, key: tls.key }, listener);
  }

  static async open(handler: FlowHandler, tls?: ServiceKey): Promise<FlowService> {
    const service = new FlowService(handler, tls);
    await new Promise<void>((resolve) => {
      service.#server.listen(0, '127.0.0.1', resolve);
    });
    return service;
  }

  get baseUrl(): string {
    const address = this.#server.address();
    return `${this.#scheme}://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/api/v1`;
  }

  /** Waits until it has seen that many requests. */
  async seen(count: number): Promise<void> {
    while (this.requests.length < count) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }
}
