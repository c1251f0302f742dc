import type { IbkrError } from '@ibkit/error-codes';

/**
 * Why a session ended, or never began.
 *
 * - `requested`: we ended it ourselves.
 * - Before the link: `refused` nothing listens, `unresolved` the host has no address, `tcpTimeout` no answer to the connection attempt, `network` any other socket error.
 * - Over TLS, before the first byte of ours: `tlsUntrusted` we do not accept the peer's certificate, `tlsRefused` the peer does not accept ours,
 *   `tlsFailed` no TLS in common, or the peer speaks none.
 * - Before readiness: `notTws` the peer speaks something else, `handshakeTimeout` no answer to our hello, `readyTimeout` a hello but no readiness,
 *   `closedEarly` the peer hung up, `version` no server version in common, `clientIdInUse` 326, `notAuthorised` the gateway wants a person to act first.
 * - After readiness: `peerClosed` the peer hung up, `reset` the link broke, `silent` nothing arrived for too long, `framing` bytes that cannot be
 *   cut into messages, `portChanged` 1300: the gateway moved to another port, where the next attempt follows it.
 * - Dangerous, so nothing is tried again: `portOfOtherMode` 1300 names a port of the other mode (paper, live), `accountsChanged` the gateway that
 *   was followed to its new port has other accounts.
 */
export type EndKind =
  | 'requested'
  | 'refused'
  | 'unresolved'
  | 'tcpTimeout'
  | 'network'
  | 'tlsUntrusted'
  | 'tlsRefused'
  | 'tlsFailed'
  | 'notTws'
  | 'handshakeTimeout'
  | 'readyTimeout'
  | 'closedEarly'
  | 'version'
  | 'clientIdInUse'
  | 'notAuthorised'
  | 'peerClosed'
  | 'reset'
  | 'silent'
  | 'framing'
  | 'portChanged'
  | 'portOfOtherMode'
  | 'accountsChanged';

/** Every {@link EndKind}. */
export const END_KINDS = [
  'requested',
  'refused',
  'unresolved',
  'tcpTimeout',
  'network',
  'tlsUntrusted',
  'tlsRefused',
  'tlsFailed',
  'notTws',
  'handshakeTimeout',
  'readyTimeout',
  'closedEarly',
  'version',
  'clientIdInUse',
  'notAuthorised',
  'peerClosed',
  'reset',
  'silent',
  'framing',
  'portChanged',
  'portOfOtherMode',
  'accountsChanged',
] as const satisfies readonly EndKind[];

/** How a session ended. */
export interface SessionEnd {
  /** The number of the session. */
  readonly epoch: number;
  readonly kind: EndKind;
  /** The same as an error with a stable code, actionable text and tips. */
  readonly error: IbkrError;
  /** When, epoch milliseconds. */
  readonly atMs: number;
  /** When the last byte arrived, epoch milliseconds; absent when none did. */
  readonly lastInboundAtMs: number | undefined;
  /** Whether the session had been ready. */
  readonly wasReady: boolean;
  /** Whether the peer is on this host or this network. */
  readonly nearby: boolean;
  /** With `portChanged`, where the gateway said that it will be, if it said so. */
  readonly newPort?: number | undefined;
}

/** Ends after which going on by itself could reach the wrong account. */
const FATAL_KINDS: ReadonlySet<EndKind> = new Set<EndKind>(['portOfOtherMode', 'accountsChanged']);

/** Whether a connection must stay down after this end until somebody decides. */
export function isFatalEnd(kind: EndKind): boolean {
  return FATAL_KINDS.has(kind);
}
