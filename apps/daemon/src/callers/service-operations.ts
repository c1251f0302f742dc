import type { ApiStreamClients, DaemonOperationName, DaemonOperations } from '@ibkit/api-contract';
import type { Clock } from '@ibkit/clock';
import type { Caller } from '../tokens/caller.js';
import type { TicketBook } from '../tokens/tickets.js';
import type { TokenStore } from '../tokens/token-store.js';

/** The operations that are about the daemon itself. */
export type ServiceOperations = Pick<DaemonOperations, DaemonOperationName>;

/** What they work over. */
export interface ServiceParts {
  readonly clock: Clock;
  readonly version: string;
  /** Of the daemon, on its monotonic clock. */
  readonly startedAtMs: number;
  readonly tokens: Pick<TokenStore, 'list' | 'create' | 'revoke'>;
  readonly tickets: TicketBook;
  readonly connections: () => ApiStreamClients;
}

/** The daemon's own operations for one caller; tickets belong to the token and the origin that asked. */
export function serviceOperations({ clock, version, startedAtMs, tokens, tickets, connections }: ServiceParts, caller: Caller | undefined, origin: string | undefined): ServiceOperations {
  return {
    healthz: () => Promise.resolve({ status: 'ok', version, uptimeMs: Math.round(clock.monotonic() - startedAtMs) }),
    tokens: () => Promise.resolve({ tokens: tokens.list() }),
    createToken: ({ body }) => tokens.create(body),
    revokeToken: ({ id }) => tokens.revoke(id),
    createTicket: () => Promise.resolve().then(() => tickets.issue(caller?.tokenId ?? '', origin)),
    connections: () => Promise.resolve(connections()),
  };
}
