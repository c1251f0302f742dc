import { ConnectionError, brokerError } from '@ibkit/error-codes';
import type { IbkrError, IbkrErrorCode } from '@ibkit/error-codes';
import type { EndKind } from './session-end.js';

/** What the texts need to know about the attempt or session. */
export interface EndContext {
  readonly host: string;
  readonly port: number;
  readonly clientId: number;
  /** The step's limit that was exceeded, when one was. */
  readonly limitMs?: number | undefined;
  /** Anything more: what the peer sent, which version, the system's error code. */
  readonly detail?: string | undefined;
  readonly cause?: unknown;
  /** The broker's own notice, when it sent one. */
  readonly notice?: { readonly code: number; readonly message: string } | undefined;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

interface EndText {
  readonly code: IbkrErrorCode;
  /** Whether a `connect` may simply try again. A recovery always does. */
  readonly retryable: boolean;
  readonly text: (context: EndContext, address: string) => string;
  readonly tips: readonly string[];
}

const CHECK_PORT = 'Check the port: TWS 7497 paper, 7496 live; IB Gateway 4002 paper, 4001 live.';
const CHECK_API = 'In TWS: Global Configuration > API > Settings > "Enable ActiveX and Socket Clients". IB Gateway has the API on, but check its socket port.';
const CHECK_DIALOG = 'Look at the screen of the gateway: a dialog (login, "accept incoming connection", an update) blocks API clients until somebody answers it.';
const CHECK_TRUSTED = 'Add this host to the "Trusted IPs" of the API settings, single addresses without ranges, or switch "Allow connections from localhost only" off.';

function within(context: EndContext): string {
  return context.limitMs === undefined ? '' : ` within ${context.limitMs} ms`;
}

function because(context: EndContext): string {
  return context.detail === undefined ? '' : `: ${context.detail}`;
}

const TEXTS: Readonly<Record<EndKind, EndText>> = {
  requested: {
    code: 'IBKR_SESSION_DISCONNECTED',
    retryable: false,
    text: (_, address) => `The session with ${address} was closed by this program`,
    tips: [],
  },
  refused: {
    code: 'IBKR_CONNECT_REFUSED',
    retryable: true,
    text: (_, address) => `Nothing listens on ${address}: TWS or IB Gateway is not running there, or uses another port`,
    tips: ['Start TWS or IB Gateway and log in; the port opens only after the login.', CHECK_PORT, CHECK_API],
  },
  unresolved: {
    code: 'IBKR_CONNECT_HOST_NOT_FOUND',
    retryable: false,
    text: (context) => `The host ${context.host} has no address${because(context)}`,
    tips: ['Check the spelling of the host option; for a gateway on this machine use 127.0.0.1.', 'Check the name service of this machine.'],
  },
  tcpTimeout: {
    code: 'IBKR_CONNECT_TCP_TIMEOUT',
    retryable: true,
    text: (context, address) => `${address} did not answer the TCP connection attempt${within(context)}`,
    tips: ['Check that the host is up and that no firewall drops the port.', CHECK_PORT],
  },
  network: {
    code: 'IBKR_CONNECT_NETWORK',
    retryable: true,
    text: (context, address) => `The TCP connection to ${address} failed${because(context)}`,
    tips: ['Check the network between this machine and the gateway.'],
  },
  tlsUntrusted: {
    code: 'IBKR_CONNECT_TLS_UNTRUSTED',
    retryable: false,
    text: (context, address) => `The certificate that ${address} shows is not trusted, so nothing was sent${because(context)}`,
    tips: [
      'A self-signed certificate, or one of a private authority: give it, or the authority, as tls.ca.',
      'A certificate for another name: give that name as tls.serverName, if it really is the right machine.',
      'An expired certificate: renew it at the tunnel. If you changed nothing, somebody else may be answering in its place.',
    ],
  },
  tlsRefused: {
    code: 'IBKR_CONNECT_TLS_REFUSED',
    retryable: false,
    text: (context, address) => `${address} does not accept our TLS certificate, or wants one and got none${because(context)}`,
    tips: ['Give a certificate that the tunnel trusts as tls.cert, with its tls.key, and check that it has not expired.'],
  },
  tlsFailed: {
    code: 'IBKR_CONNECT_TLS_FAILED',
    retryable: false,
    text: (context, address) => `No TLS session could be made with ${address}${because(context)}`,
    tips: ['TWS and IB Gateway speak no TLS themselves: the port must be that of a TLS tunnel such as stunnel. Without one, leave the tls option out.', CHECK_PORT],
  },
  notTws: {
    code: 'IBKR_CONNECT_NOT_TWS',
    retryable: false,
    text: (context, address) => `What listens on ${address} is not TWS or IB Gateway${because(context)}`,
    tips: [CHECK_PORT, 'If it is a relay or a tunnel, check where it leads.'],
  },
  handshakeTimeout: {
    code: 'IBKR_CONNECT_HANDSHAKE_TIMEOUT',
    retryable: true,
    text: (context, address) => `${address} accepted the connection but did not answer the API handshake${within(context)}${because(context)}`,
    tips: [CHECK_DIALOG, 'A gateway that is starting or restarting answers after a while.', CHECK_TRUSTED, 'If nothing helps, restart the gateway: one that stopped serving the API stays mute.'],
  },
  readyTimeout: {
    code: 'IBKR_CONNECT_READY_TIMEOUT',
    retryable: true,
    text: (context, address) => `${address} answered the handshake but did not become ready${within(context)}${because(context)}`,
    tips: ['The gateway may still be logging in, or waits for the second factor.', CHECK_DIALOG],
  },
  closedEarly: {
    code: 'IBKR_CONNECT_CLOSED',
    retryable: true,
    text: (context, address) => `${address} closed the connection before the API was ready${because(context)}`,
    tips: [CHECK_TRUSTED, CHECK_API, 'A gateway that is starting, restarting or out of client slots (32) closes connections too.'],
  },
  version: {
    code: 'IBKR_CONNECT_VERSION',
    retryable: false,
    text: (context, address) => `${address} speaks an API version that ibkit does not${because(context)}`,
    tips: ['Update TWS or IB Gateway to a current stable version.'],
  },
  clientIdInUse: {
    code: 'IBKR_CONNECT_CLIENT_ID_IN_USE',
    retryable: true,
    text: (context, address) => `Client id ${context.clientId} is already in use at ${address}`,
    tips: [
      'Another program uses this client id: stop it, or give this one another clientId. ibkit never changes it by itself, because orders belong to it.',
      'After a crash or a drop the gateway needs some seconds to forget the old session; ibkit keeps asking with the same id.',
    ],
  },
  notAuthorised: {
    code: 'IBKR_CONNECT_NOT_AUTHORISED',
    retryable: false,
    text: (context, address) => `${address} does not let API clients in yet${because(context)}`,
    tips: [CHECK_DIALOG, 'Log in to TWS or IB Gateway by hand once and accept what it asks for.'],
  },
  peerClosed: {
    code: 'IBKR_SESSION_PEER_CLOSED',
    retryable: true,
    text: (context, address) => `${address} closed the session${because(context)}`,
    tips: ['The gateway was closed, restarted (daily restart, weekly login) or logged out by a login elsewhere.'],
  },
  reset: {
    code: 'IBKR_SESSION_RESET',
    retryable: true,
    text: (context, address) => `The link to ${address} broke${because(context)}`,
    tips: ['The gateway was killed, or the network between it and this machine broke.'],
  },
  silent: {
    code: 'IBKR_SESSION_SILENT',
    retryable: true,
    text: (context, address) => `Nothing arrived from ${address}${within(context)}, not even an answer to a request for the time: the session is dead`,
    tips: ['The gateway hangs, its machine sleeps, or the network drops packets.', 'If it keeps happening, restart the gateway.'],
  },
  framing: {
    code: 'IBKR_SESSION_FRAMING',
    retryable: true,
    text: (context, address) => `${address} sent bytes that cannot be cut into messages${because(context)}`,
    tips: ['Check that no relay changes the bytes on the way.'],
  },
  portChanged: {
    code: 'IBKR_SESSION_PORT_CHANGED',
    retryable: true,
    text: (context, address) => `The gateway is moving its API away from ${address}${because(context)}`,
    tips: ['Somebody changed the socket port in the API settings: give this program the new one.'],
  },
  portOfOtherMode: {
    code: 'IBKR_SESSION_PORT_OF_OTHER_MODE',
    retryable: false,
    text: (context, address) => `The gateway is moving its API away from ${address} to a port of the other mode${because(context)}. It is not followed there`,
    tips: [
      'Paper and live accounts must never be mixed up: if the change is wanted, make a new connection with the new port.',
      CHECK_PORT,
    ],
  },
  accountsChanged: {
    code: 'IBKR_CONNECT_ACCOUNTS_CHANGED',
    retryable: false,
    text: (context, address) => `The gateway at ${address}, to whose new port this connection moved, has other accounts than before${because(context)}`,
    tips: ['Somebody logged in to another account there. If that is wanted, make a new connection; if not, log in to the right one.'],
  },
};

/** The error that says why a session ended or could not be made. */
export function endError(kind: EndKind, context: EndContext): IbkrError {
  const { code, retryable, text, tips } = TEXTS[kind];
  const { host, port, clientId, notice } = context;
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const said = notice === undefined ? '' : ` (the gateway said: ${notice.message.trim()})`;
  return new ConnectionError({
    code,
    message: `${text(context, address)}${said}.`,
    retryable,
    brokerCode: notice?.code,
    tips,
    details: { ...context.details, host, port, clientId, reason: kind },
    cause: context.cause ?? (notice === undefined ? undefined : brokerError(notice)),
  });
}

/** Whether bytes of a message that died with its session may have reached the peer. */
export type BytesSent = 'none' | 'maybe';

/** The error for what was under way when a session ended. */
export function sessionClosedError(what: string, reason: { readonly kind: EndKind; readonly error: IbkrError }, bytesSent: BytesSent): IbkrError {
  const outcome = bytesSent === 'none' ? 'it was not sent' : 'whether it arrived is unknown';
  return new ConnectionError({
    code: 'IBKR_SESSION_CLOSED',
    message: `${what}: the session ended first (${outcome}). ${reason.error.message}`,
    retryable: true,
    tips: reason.error.tips,
    details: { reason: reason.kind, bytesSent },
    cause: reason.error,
  });
}

/** The error for what needs a session while there is none. */
export function notConnectedError(what: string, state: string): IbkrError {
  return new ConnectionError({
    code: 'IBKR_NOT_CONNECTED',
    message: `${what} needs a connection, and the state is ${state}. Nothing was sent and nothing was queued.`,
    retryable: true,
    tips: ['Call connect() or ensureConnected() first; while the state is reconnecting, wait for the event connection.recovered.'],
    details: { state },
  });
}

/** The error for callers that wait for a connection when `disconnect()` is called. */
export function disconnectedError(): IbkrError {
  return new ConnectionError({
    code: 'IBKR_CONNECT_CANCELLED',
    message: 'Connecting was stopped: disconnect() was called.',
    tips: ['Call connect() again when the connection is wanted.'],
  });
}
