import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { ApiProblem, Scope } from '@ibkit/api-contract';
import type { Clock } from '@ibkit/clock';
import { createTopics } from '@ibkit/operations';
import type { TopicsOptions } from '@ibkit/operations';
import { StreamHub } from './stream-hub.js';
import type { StreamLimits } from './stream-limits.js';
import type { StreamAdmission, StreamCaller, StreamGuard } from './stream-ports.js';

/** Who decides about callers over HTTP. */
export interface CallerParts<C extends StreamCaller> {
  readonly access: {
    screen(request: IncomingMessage): ApiProblem | undefined;
    authorize(request: IncomingMessage, scope: Scope): StreamAdmission;
    admit(caller: C | undefined, request: IncomingMessage, scope: Scope): StreamAdmission;
  };
  readonly tokens: { find(secret: string): C | undefined; byId(tokenId: string): C | undefined; onEnded(listener: (tokenId: string) => void): () => void };
  readonly tickets: { redeem(use: { readonly ticket: string; readonly origin: string | undefined }): C | undefined };
  readonly quotas: { holdLine(caller: C, line: string): () => void };
}

/** What the stream of the daemon is made from. */
export interface StreamPartOptions<C extends StreamCaller> extends CallerParts<C>, TopicsOptions {
  readonly clock: Clock;
  /** Of the daemon. */
  readonly version: string;
  readonly limits?: Partial<StreamLimits> | undefined;
}

/** The stream, ready to be put on a server. */
export interface StreamPart extends AsyncDisposable {
  readonly hub: StreamHub;
  /** Takes the streams of a server; `trust` marks the socket of a client that has shown who it is. */
  attach(server: Server, trust?: (socket: Socket) => void): void;
  /** Says goodbye to every client and closes every topic. Idempotent. */
  close(): Promise<void>;
}

function guardOf<C extends StreamCaller>({ access, tokens, tickets, quotas }: CallerParts<C>, trust: (socket: Socket) => void): StreamGuard {
  return {
    screen: (request) => access.screen(request),
    authorize: (request) => access.authorize(request, 'read'),
    introduce: ({ ticket, token }, request) => {
      const caller = ticket === undefined ? (token === undefined ? undefined : tokens.find(token)) : tickets.redeem({ ticket, origin: request.headers.origin });
      return access.admit(caller, request, 'read');
    },
    welcomed: (request) => {
      trust(request.socket);
    },
    holdLine: ({ tokenId }, line) => {
      const caller = tokens.byId(tokenId);
      return caller === undefined ? () => undefined : quotas.holdLine(caller, line);
    },
    onEnded: (listener) => tokens.onEnded(listener),
  };
}

/** Makes the stream of the daemon over the broker's parts, with the callers of HTTP. */
export function streamPart<C extends StreamCaller>(options: StreamPartOptions<C>): StreamPart {
  const { clock, version, limits } = options;
  let trusting: (socket: Socket) => void = () => undefined;
  const topics = createTopics(options);
  const guard = guardOf(options, (socket) => {
    trusting(socket);
  });
  const accountFacts = { unknownOrders: (accounts: ReadonlySet<string>): number => options.trading.orders().filter(({ status, account }) => status === 'unknown' && accounts.has(account)).length };
  const hub = new StreamHub({ topics, guard, accountFacts, clock, version, limits });
  const close = async (): Promise<void> => {
    await hub.close();
    await topics.close();
  };
  return {
    hub,
    attach: (server, trust) => {
      if (trust !== undefined) trusting = trust;
      server.on('upgrade', hub.onUpgrade);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
