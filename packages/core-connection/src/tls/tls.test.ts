import { createServer } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ConnectionManager } from '../connection-manager.js';
import type { ConnectionOptions } from '../options.js';
import { certificate } from '@ibkit/presets/certificate';
import type { CertificateOptions } from '@ibkit/presets/certificate';
import { Loopback, failure } from '../testing/loopback.js';
import type { Connected } from '../testing/loopback.js';
import { closedPort } from '../testing/scripted-gateway.js';
import type { ScriptedGateway } from '../testing/scripted-gateway.js';
import { TlsTunnel } from '../testing/tls-tunnel.js';

const loopback = new Loopback();
const tunnels: TlsTunnel[] = [];

afterEach(async () => {
  await loopback.close();
  for (const tunnel of tunnels.splice(0)) await tunnel.close();
});

const authority = certificate({ commonName: 'test authority', authority: true });
const other = certificate({ commonName: 'another authority', authority: true });
const server = certificate({ commonName: 'gateway.test', names: ['gateway.test', '127.0.0.1'], issuer: authority });
const client = certificate({ commonName: 'a trading program', issuer: authority });

async function tunnelTo(target: ScriptedGateway | number, options: Parameters<typeof TlsTunnel.start>[1] = server): Promise<TlsTunnel> {
  const tunnel = await TlsTunnel.start(() => (typeof target === 'number' ? target : target.port), options);
  tunnels.push(tunnel);
  return tunnel;
}

async function overTls(options: ConnectionOptions = {}): Promise<Connected & { readonly gateway: ScriptedGateway; readonly tunnel: TlsTunnel }> {
  const gateway = await loopback.gateway();
  const tunnel = await tunnelTo(gateway);
  return { ...loopback.manager(tunnel.port, { tls: { ca: authority.cert }, ...options }), gateway, tunnel };
}

const shownBy = (options: Partial<CertificateOptions>): ReturnType<typeof certificate> =>
  certificate({ commonName: 'gateway.test', names: ['gateway.test', '127.0.0.1'], issuer: authority, ...options });

describe('a connection through a TLS tunnel', () => {
  it('becomes ready, talks, and says goodbye', async () => {
    const { connection, gateway, tunnel } = await overTls();
    await connection.connect();
    const peer = await gateway.next();
    await peer.next('reqCurrentTime');
    const told = new Promise((resolve) => {
      connection.onMessage((message) => {
        if (message.type === 'currentTime') resolve(message.time);
      });
    });
    peer.send({ type: 'currentTime', time: 1_700_000_000 });
    expect(await told).toBe(1_700_000_000);
    expect(connection.health.layers).toMatchObject({ tcp: { status: 'up' }, handshake: { status: 'up' }, api: { status: 'up' } });
    await connection.disconnect();
    await peer.closed;
    await vi.waitFor(() => {
      expect(tunnel.open).toBe(0);
    }, { timeout: 20_000 });
  });

  it('accepts a certificate for another name when told that name', async () => {
    const gateway = await loopback.gateway();
    const tunnel = await tunnelTo(gateway, certificate({ commonName: 'far.test', names: ['far.test'], issuer: authority }));
    const { connection } = loopback.manager(tunnel.port, { tls: { ca: [Buffer.from(other.cert), authority.cert], serverName: 'far.test', minVersion: 'TLSv1.3' } });
    await connection.connect();
    expect(connection.isConnected()).toBe(true);
  });

  it.each([
    { what: 'is self-signed', shown: { issuer: undefined }, says: /self-signed/iu },
    { what: 'is of another authority', shown: { issuer: other }, says: /unable to (?:verify|get)/iu },
    { what: 'is for another name', shown: { names: ['elsewhere.test'] }, says: /does not match|altnames|not in the cert/iu },
    { what: 'has expired', shown: { validUntilYear: 2001 }, says: /expired/iu },
  ])('sends nothing when the certificate $what, and does not try again', async ({ shown, says }) => {
    const gateway = await loopback.gateway();
    const tunnel = await tunnelTo(gateway, shownBy(shown));
    const { connection, clock } = loopback.manager(tunnel.port, { tls: { ca: authority.cert } });
    const error = await failure(connection.connect({ retryCount: 5 }));
    expect(error).toMatchObject({ code: 'IBKR_CONNECT_TLS_UNTRUSTED', retryable: false });
    expect(error.message).toMatch(says);
    expect(connection.state).toBe('failed');
    expect(clock.pending).toBe(0);
    expect(gateway.clients).toBe(0);
  });

  it('trusts a self-signed certificate that is given', async () => {
    const gateway = await loopback.gateway();
    const lonely = shownBy({ issuer: undefined });
    const tunnel = await tunnelTo(gateway, lonely);
    const { connection } = loopback.manager(tunnel.port, { tls: { ca: lonely.cert } });
    await connection.connect();
    expect(connection.isConnected()).toBe(true);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('shows its own certificate to a tunnel that asks for one (%s)', async (version) => {
    const gateway = await loopback.gateway();
    const tunnel = await tunnelTo(gateway, { ...server, ca: authority.cert, requestCert: true, rejectUnauthorized: true, minVersion: version, maxVersion: version });
    const known = loopback.manager(tunnel.port, { tls: { ca: authority.cert, cert: client.cert, key: client.key } });
    await known.connection.connect();
    expect(known.connection.isConnected()).toBe(true);
    const unknown = loopback.manager(tunnel.port, { tls: { ca: authority.cert } });
    const error = await failure(unknown.connection.connect({ retryCount: 0 }));
    // A peer that hangs up before its verdict is read leaves no verdict.
    expect(['IBKR_CONNECT_TLS_REFUSED', 'IBKR_CONNECT_CLOSED']).toContain(error.code);
  });

  it('says that the peer speaks no TLS', async () => {
    const plain = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end('this is no TLS');
    });
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    try {
      const address = plain.address();
      if (address === null || typeof address === 'string') throw new Error('not listening');
      const { connection } = loopback.manager(address.port, { tls: true });
      expect(await failure(connection.connect())).toMatchObject({ code: 'IBKR_CONNECT_TLS_FAILED', retryable: false });
    } finally {
      plain.close();
    }
  });

  it('does not wait for ever for the TLS handshake of a peer that only listens', async () => {
    const gateway = await loopback.gateway({ behaviour: 'mute' });
    const { connection, clock } = loopback.manager(gateway.port, { tls: true });
    const failed = failure(connection.connect({ retryCount: 0 }));
    await gateway.next();
    await vi.waitFor(() => {
      expect(connection.health.layers.tcp.status).toBe('up');
    }, { timeout: 20_000 });
    await clock.advance(10_000);
    const error = await failed;
    expect(error).toMatchObject({ code: 'IBKR_CONNECT_HANDSHAKE_TIMEOUT', retryable: true });
    expect(error.message).toContain('the TLS handshake before it was not answered');
    await vi.waitFor(() => {
      expect(gateway.clients).toBe(0);
    }, { timeout: 20_000 });
  });

  it('tells a refused port and a tunnel without a gateway behind it apart, and tries both again', async () => {
    const refused = loopback.manager(await closedPort(), { tls: true });
    expect(await failure(refused.connection.connect({ retryCount: 0 }))).toMatchObject({ code: 'IBKR_CONNECT_REFUSED' });
    const tunnel = await tunnelTo(await closedPort());
    const { connection } = loopback.manager(tunnel.port, { tls: { ca: authority.cert } });
    expect(await failure(connection.connect({ retryCount: 0 }))).toMatchObject({ code: 'IBKR_CONNECT_CLOSED', retryable: true });
  });

  it('notices a tunnel that keeps the link but passes nothing on', async () => {
    const { connection, clock, gateway, tunnel } = await overTls();
    await connection.connect();
    await (await gateway.next()).next('reqCurrentTime');
    const lost = connection.events.once('connection.lost');
    tunnel.freeze();
    await clock.advance(10_001);
    expect(await lost).toMatchObject({ reason: 'silent', willReconnect: true });
  });

  it('comes back after a drop; a certificate that went bad meanwhile is asked for again at the slowest pace only', async () => {
    const { connection, clock, tunnel } = await overTls();
    await connection.connect();
    const retries = connection.events.stream('connection.retryScheduled');
    tunnel.show(shownBy({ validUntilYear: 2001 }));
    tunnel.drop();
    const first = (await retries.next()).value;
    await clock.advance(first?.delayMs ?? 0);
    const second = (await retries.next()).value;
    expect(second).toMatchObject({ delayMs: 60_000, error: { code: 'IBKR_CONNECT_TLS_UNTRUSTED' } });
    tunnel.show(server);
    const recovered = connection.events.once('connection.recovered');
    await clock.advance(60_000);
    expect(await recovered).toMatchObject({ scope: 'session' });
  });

  it('gives no key and no passphrase away', async () => {
    const lines: unknown[] = [];
    const line = (...parts: unknown[]): void => {
      lines.push(parts);
    };
    const gateway = await loopback.gateway();
    const tunnel = await tunnelTo(gateway, shownBy({ issuer: other }));
    const { connection } = loopback.manager(tunnel.port, {
      tls: { ca: authority.cert, cert: client.cert, key: client.key, passphrase: 'correct horse' },
      logger: { debug: line, info: line, warn: line, error: line },
    });
    const error = await failure(connection.connect());
    const all = JSON.stringify([lines, error, error.stack, connection.getStatus()]);
    expect(all).toContain('IBKR_CONNECT_TLS_UNTRUSTED');
    expect(all).not.toContain('PRIVATE KEY');
    expect(all).not.toContain(client.key.slice(40, 80));
    expect(all).not.toContain('correct horse');
  });
});

describe('the tls options', () => {
  const reject = (tls: ConnectionOptions['tls']): unknown => {
    try {
      return new ConnectionManager({ tls });
    } catch (error) {
      return error;
    }
  };

  it.each([
    { tls: { cert: client.cert }, field: 'tls.key' },
    { tls: { key: client.key }, field: 'tls.cert' },
    { tls: { serverName: ' ' }, field: 'tls.serverName' },
    { tls: { cert: client.cert, key: server.key }, field: 'tls' },
    { tls: { cert: 'no certificate', key: client.key }, field: 'tls' },
  ])('are checked at construction: $field', ({ tls, field }) => {
    const error = reject(tls);
    expect(error).toMatchObject({ code: 'IBKR_USAGE_INVALID_ARGUMENT', details: { field } });
    expect(JSON.stringify(error)).not.toContain(client.key.slice(40, 80));
  });
});
