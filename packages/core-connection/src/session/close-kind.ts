import type { EndKind } from './session-end.js';

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** The first of the errors that a connection attempt to several addresses collects, or the error itself. */
function first(error: Error | undefined): unknown {
  const errors = property(error, 'errors');
  return Array.isArray(errors) && errors.length > 0 ? errors[0] : error;
}

/** The address that a failed connection attempt went to, when the system says so. */
export function errorAddress(error: Error | undefined): string | undefined {
  const address = property(first(error), 'address');
  return typeof address === 'string' ? address : undefined;
}

/** What a closed socket means in each phase of a session. */
export function closeKind(
  error: Error | undefined,
  at: { readonly phase: 'linking' | 'securing' | 'hello' | 'starting' | 'ready'; readonly anyBytes: boolean; readonly untrusted?: boolean | undefined },
): EndKind {
  switch (at.phase) {
    case 'linking':
      return linkFailure(property(first(error), 'code') ?? property(error, 'code'));
    case 'securing':
      return at.untrusted === true ? 'tlsUntrusted' : tlsFailure(property(error, 'code'), 'tlsFailed');
    case 'hello':
      // In TLS 1.3 the verdict about our certificate comes after our side of the handshake is done.
      if (tlsFailure(property(error, 'code'), 'closedEarly') === 'tlsRefused') return 'tlsRefused';
      // A peer that said something, but not the handshake, is something else; one that hung up in silence may well be a gateway.
      return at.anyBytes ? 'notTws' : 'closedEarly';
    case 'starting':
      return 'closedEarly';
    case 'ready':
      return error === undefined ? 'peerClosed' : 'reset';
  }
}

function linkFailure(systemCode: unknown): EndKind {
  switch (systemCode) {
    case 'ECONNREFUSED':
      return 'refused';
    case 'ENOTFOUND':
      return 'unresolved';
    case 'ETIMEDOUT':
      return 'tcpTimeout';
    default:
      return 'network';
  }
}

/** Alerts of the peer about our certificate, as OpenSSL names them (RFC 8446, section 6.2). */
const ABOUT_OUR_CERTIFICATE = /_ALERT_(?:NO_CERTIFICATE|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_[A-Z]+|UNKNOWN_CA|ACCESS_DENIED|HANDSHAKE_FAILURE)$/u;

function tlsFailure(code: unknown, otherwise: EndKind): EndKind {
  // No code of OpenSSL: the link broke, or the peer hung up, as a tunnel does that is being restarted.
  if (typeof code !== 'string' || !/^(?:ERR_SSL|ERR_TLS|EPROTO)/u.test(code)) return 'closedEarly';
  return ABOUT_OUR_CERTIFICATE.test(code) ? 'tlsRefused' : otherwise;
}
