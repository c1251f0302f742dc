/** A certificate and its private key, both PEM. */
export interface CertifiedKey {
  readonly cert: string;
  readonly key: string;
}

/** What a certificate says. */
export interface CertificateOptions {
  readonly commonName: string;
  /** DNS names and IPv4 addresses. */
  readonly names?: readonly string[];
  /** Who signs; itself when nobody is given. */
  readonly issuer?: Issuer | undefined;
  readonly authority?: boolean;
  /** Years from 2000 to this one. @defaultValue 2049 */
  readonly validUntilYear?: number;
}

/** A certificate that may sign others. */
export interface Issuer extends CertifiedKey {
  readonly commonName: string;
}

/** Makes an X.509 certificate (RFC 5280) on the curve P-256, for tests. */
export declare function certificate(options: CertificateOptions): Issuer;
