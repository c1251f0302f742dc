import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { ROUTES } from '@ibkit/api-contract';
import type { Route } from '@ibkit/api-contract';

/** Passes calls on to a daemon, and puts hostile text wherever its answers may hold text. */
export interface HostileRelay extends AsyncDisposable {
  readonly url: string;
  /** Behind every text of the next answers, as far as the contract allows. */
  hostile: string;
  /** How many texts were changed. */
  changed: number;
}

type Path = readonly (string | number)[];

function* textsIn(value: unknown, path: Path = []): Generator<Path> {
  if (typeof value === 'string') yield path;
  else if (Array.isArray(value)) for (const [index, item] of value.slice(0, 4).entries()) yield* textsIn(item, [...path, index]);
  else if (typeof value === 'object' && value !== null) for (const [name, item] of Object.entries(value)) yield* textsIn(item, [...path, name]);
}

function changedAt(value: unknown, [step, ...rest]: Path, change: (text: string) => string): unknown {
  if (step === undefined) return typeof value === 'string' ? change(value) : value;
  if (Array.isArray(value)) return value.map((item: unknown, index) => (index === step ? changedAt(item, rest, change) : item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, name === step ? changedAt(item, rest, change) : (item as unknown)]));
}

function routeOf(method: string, pathname: string): Route | undefined {
  const routes: readonly Route[] = Object.values(ROUTES);
  return routes.find((route) => route.method === method && new RegExp(`^${route.path.replaceAll(/:\w+/g, '[^/]+')}$`).test(pathname));
}

/** Opens one on loopback. */
export async function hostileRelay(daemonUrl: string): Promise<HostileRelay> {
  const poisoned = (route: Route, answer: unknown): unknown => {
    let result = answer;
    for (const path of textsIn(answer)) {
      const next = changedAt(result, path, (text) => `${text}${relay.hostile}`);
      // Modes, states and the like are words of the contract.
      if (!route.response.safeParse(next).success) continue;
      result = next;
      relay.changed += 1;
    }
    return result;
  };
  const server = createServer((incoming, outgoing) => {
    const { pathname } = new URL(incoming.url ?? '/', daemonUrl);
    const forwarded = request(daemonUrl + (incoming.url ?? '/'), { method: incoming.method, headers: { ...incoming.headers, host: new URL(daemonUrl).host } }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => { text += part; });
      answer.once('end', () => {
        const route = routeOf(incoming.method ?? 'GET', pathname);
        const status = answer.statusCode ?? 502;
        const body = route === undefined || status >= 400 ? text : JSON.stringify(poisoned(route, JSON.parse(text)));
        outgoing.writeHead(status, { 'content-type': answer.headers['content-type'] ?? 'application/json' }).end(body);
      });
    });
    forwarded.once('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const relay: HostileRelay = {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    hostile: '',
    changed: 0,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return relay;
}
