import { X509Certificate } from 'node:crypto';
import { createServer as createHttpsServer, Server as HttpsServer } from 'node:https';
import type { RequestListener, Server } from 'node:http';
import type { ServerOptions } from 'node:https';
import { createSecureContext } from 'node:tls';
import type { SecureContextOptions } from 'node:tls';
import { UsageError } from '@ibkit/error-codes';

/** What TLS is spoken with, all PEM. */
export interface ServerTls {
  /** The certificate, with those between it and its authority behind it. */
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** Authorities of clients: whoever has no certificate of theirs is refused at the handshake. @defaultValue clients need none */
  readonly clientCa?: string | Buffer | undefined;
}

const BLOCK = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[\s\S]*?-----END (?:TRUSTED |X509 )?CERTIFICATE-----/gu;

function certificatesIn(pem: string | Buffer): readonly X509Certificate[] {
  return (pem.toString('utf8').match(BLOCK) ?? []).map((block) => new X509Certificate(block));
}

function contextOf({ cert, key, clientCa }: ServerTls): SecureContextOptions {
  return { cert, key, ...(clientCa === undefined ? {} : { ca: clientCa }), minVersion: 'TLSv1.2' };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What is known about a certificate. */
export interface CertificateFacts {
  /** When it ends, epoch milliseconds. */
  readonly endsAtMs: number;
  readonly fingerprint: string;
}

/**
 * Holds certificate, key and authorities against each other, before anything is changed.
 * @throws {@link UsageError} that names the flag and what is wrong with it
 */
export function checkTls(tls: ServerTls): CertificateFacts {
  let own: X509Certificate | undefined;
  try {
    createSecureContext(contextOf(tls));
    [own] = certificatesIn(tls.cert);
  } catch (error) {
    throw new UsageError({ field: '--tls-cert and --tls-key', rule: `must be a certificate and its key, both PEM: ${reasonOf(error)}`, cause: error });
  }
  if (own === undefined) throw new UsageError({ field: '--tls-cert and --tls-key', rule: 'must be a certificate and its key, both PEM: there is no certificate' });
  if (tls.clientCa !== undefined) checkAuthorities(tls.clientCa);
  return { endsAtMs: Date.parse(own.validTo), fingerprint: own.fingerprint256 };
}

/** OpenSSL passes over what is no certificate without a word. */
function checkAuthorities(clientCa: string | Buffer): void {
  let authorities: readonly X509Certificate[];
  try {
    authorities = certificatesIn(clientCa);
  } catch (error) {
    throw new UsageError({ field: '--tls-client-ca', rule: `must hold certificates of authorities, PEM: ${reasonOf(error)}`, cause: error });
  }
  if (authorities.length === 0 || authorities.some(({ ca }) => !ca)) throw new UsageError({ field: '--tls-client-ca', rule: 'must hold certificates of authorities, PEM, and nothing else' });
}

/** An HTTPS server: TLS 1.2 and later, and, with authorities of clients, for those with a certificate only. @throws what {@link checkTls} throws */
export function createTlsServer(tls: ServerTls, options: ServerOptions, handler: RequestListener): HttpsServer {
  checkTls(tls);
  return createHttpsServer({ ...options, ...contextOf(tls), requestCert: tls.clientCa !== undefined, rejectUnauthorized: true }, handler);
}

/** New connections are made with these from now on; those that there are stay. @throws what {@link checkTls} throws; then nothing has changed */
export function renewTls(server: Server, tls: ServerTls): CertificateFacts {
  if (!(server instanceof HttpsServer)) throw new UsageError({ field: 'tls', rule: 'must be given from the start on' });
  const facts = checkTls(tls);
  server.setSecureContext(contextOf(tls));
  return facts;
}
