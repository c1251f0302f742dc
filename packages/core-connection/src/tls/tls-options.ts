import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';
import type { SecureContext } from 'node:tls';
import { UsageError } from '@ibkit/error-codes';

/** Certificates or keys: PEM text, or the bytes of a file. */
export type PemData = string | Uint8Array;

/**
 * TLS to a tunnel such as stunnel in front of the gateway, which itself speaks plain TCP only.
 * The peer's certificate is always checked; to trust a self-signed one, give it as `ca`.
 */
export interface TlsOptions {
  /** The DNS name or IP address that the certificate must be for. @defaultValue the connection's host */
  readonly serverName?: string | undefined;
  /** Whose certificates are trusted, instead of the authorities that Node.js knows. */
  readonly ca?: PemData | readonly PemData[] | undefined;
  /** Our own certificate (with its chain), for tunnels that ask for one; needs `key`. */
  readonly cert?: PemData | undefined;
  /** The private key of `cert`. A secret: it is never part of a log line, an error or a status. */
  readonly key?: PemData | undefined;
  /** What `key` is encrypted with. A secret too. */
  readonly passphrase?: string | undefined;
  /** The oldest protocol version that is spoken. @defaultValue 'TLSv1.2' */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
}

/** {@link TlsOptions} checked and read. Holds the private key out of sight. */
export interface ResolvedTls {
  readonly context: SecureContext;
  /** What the certificate must be for. */
  readonly identity: string;
  /** What the peer is told that we look for; empty for an address, which the protocol has no place for (RFC 6066). */
  readonly serverNameIndication: string;
}

function bytes(data: PemData): string | Buffer {
  return typeof data === 'string' ? data : Buffer.from(data);
}

function isOne(ca: PemData | readonly PemData[]): ca is PemData {
  return typeof ca === 'string' || ca instanceof Uint8Array;
}

function contextOf({ ca, cert, key, passphrase, minVersion = 'TLSv1.2' }: TlsOptions): SecureContext {
  try {
    return createSecureContext({
      ...(ca === undefined ? {} : { ca: (isOne(ca) ? [ca] : ca).map(bytes) }),
      ...(cert === undefined ? {} : { cert: bytes(cert) }),
      ...(key === undefined ? {} : { key: bytes(key) }),
      ...(passphrase === undefined ? {} : { passphrase }),
      minVersion,
    });
  } catch (cause) {
    // The reason is OpenSSL's and names no contents: "no start line", "key values mismatch", "bad decrypt".
    const reason = cause instanceof Error ? `: ${cause.message}` : '';
    throw new UsageError({ field: 'tls', rule: `must hold PEM certificates, and a private key that fits its certificate and passphrase${reason}`, cause });
  }
}

/**
 * Checks the TLS options and reads certificates and keys once.
 * @throws {@link UsageError} that names the option and the rule, never a key or a passphrase.
 */
export function resolveTls(tls: boolean | TlsOptions | undefined, host: string): ResolvedTls | undefined {
  if (tls === undefined || tls === false) return undefined;
  const options = tls === true ? {} : tls;
  if ((options.cert === undefined) !== (options.key === undefined)) {
    throw new UsageError({ field: options.cert === undefined ? 'tls.cert' : 'tls.key', rule: 'must be given together with the other one of cert and key' });
  }
  if (options.minVersion !== undefined && !['TLSv1.2', 'TLSv1.3'].includes(options.minVersion)) {
    throw new UsageError({ field: 'tls.minVersion', value: options.minVersion, rule: 'must be TLSv1.2 or TLSv1.3' });
  }
  const identity = options.serverName ?? host;
  if (identity.trim() === '') throw new UsageError({ field: 'tls.serverName', value: identity, rule: 'must be a DNS name or an IP address' });
  return { context: contextOf(options), identity, serverNameIndication: isIP(identity) === 0 ? identity : '' };
}
