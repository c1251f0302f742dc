import { once } from 'node:events';
import { createServer } from 'node:net';
import { createSimulator } from '@ibkit/simulator';
import type { Simulator } from '@ibkit/simulator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commandContext } from '../config/globals.js';
import type { CommandContext } from '../config/globals.js';
import { resolveGlobals } from '../config/resolve-globals.js';
import { CommandInput } from '../program/command-input.js';
import { FakeSink, FakeSource, run, temporaryDirectory } from '../testing/fake-io.js';
import { configuredConnection } from './configured-connection.js';
import { withGateway } from './gateway.js';
import { tradingMode } from './trading-options.js';

async function contextOf(env: Readonly<Record<string, string>>, flags: Readonly<Record<string, string | true>> = {}): Promise<CommandContext> {
  const io = { in: new FakeSource(false, ''), out: new FakeSink(), err: new FakeSink(), env: { IBKIT_STATE_DIR: temporaryDirectory(), ...env }, cwd: temporaryDirectory(), stop: new AbortController().signal };
  return commandContext(io, await resolveGlobals(io, new CommandInput({ arguments: new Map(), options: new Map(Object.entries(flags)) })));
}

describe('what the configuration says', () => {
  let simulator: Simulator;
  beforeEach(async () => {
    simulator = await createSimulator();
  });
  afterEach(() => simulator.close());

  it('about allowed accounts holds for orders that name none', async () => {
    const preview = async (allowed: string): Promise<string> => (await run(['order', 'buy', 'AAPL', 1, '--port', simulator.port], { env: { IBKIT_STATE_DIR: temporaryDirectory(), IBKIT_ALLOWED_ACCOUNTS: allowed } })).out.text;
    expect(await preview('DU7654321')).toMatch(/refused +.*allow/);
    expect(await preview('DU1234567')).not.toContain('refused');
  });

  it('about the message rate holds for its connection', async () => {
    const context = await contextOf({ IBKIT_MAX_REQUESTS_PER_SECOND: '20' }, { port: String(simulator.port) });
    expect(await withGateway(context, { role: 'read' }, (connection) => Promise.resolve(connection.pacingStats().perSecond))).toBe(20);
  });
});

describe('allowed accounts', () => {
  it('are those of the list alone, in paper mode', async () => {
    expect(tradingMode((await contextOf({})).globals)).toEqual({ mode: 'paper', accounts: [] });
    expect(tradingMode((await contextOf({ IBKIT_ALLOWED_ACCOUNTS: 'DU1,DU2' })).globals)).toEqual({ mode: 'paper', accounts: ['DU1', 'DU2'] });
  });

  it('are the one that was named in live mode, as far as it is on the list', async () => {
    const named = { live: true, 'account-id': 'U2' } as const;
    expect(tradingMode((await contextOf({}, named)).globals)).toEqual({ mode: 'live', allowLive: true, accounts: ['U2'] });
    expect(tradingMode((await contextOf({ IBKIT_ALLOWED_ACCOUNTS: 'U1,U2' }, named)).globals).accounts).toEqual(['U2']);
    await expect(contextOf({ IBKIT_ALLOWED_ACCOUNTS: 'U1' }, named)).rejects.toThrow(/is in account.allowed_accounts/);
    expect(tradingMode((await contextOf({ IBKIT_ALLOWED_ACCOUNTS: 'U1' }, { live: true })).globals).accounts).toEqual([]);
  });
});

describe('the connection', () => {
  it('is tried once with the usual waits unless the configuration says more', async () => {
    expect(configuredConnection((await contextOf({})).globals.config)).toEqual({ options: { rate: { perSecond: 45 }, requestTimeoutMs: 60_000, reconnect: undefined }, retryCount: 0, autoReconnect: true });
  });

  it('is tried as often, and waited for as long, as the configuration says', async () => {
    const { globals } = await contextOf({ IBKIT_MAX_RETRIES: '4', IBKIT_RETRY_DELAY: '90s', IBKIT_REQUEST_TIMEOUT: '7s', IBKIT_AUTO_RECONNECT: 'false' });
    expect(configuredConnection(globals.config)).toEqual({
      options: { rate: { perSecond: 45 }, requestTimeoutMs: 7000, reconnect: { initialMs: 90_000, maxMs: 90_000, refusedMs: 90_000, refusedThenMs: 90_000 } },
      retryCount: 4,
      autoReconnect: false,
    });
  });

  it('is tried again as often as that', async () => {
    let attempts = 0;
    const server = createServer((socket) => {
      attempts += 1;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const { exitCode } = await run(['check', '--via', 'direct', '--port', typeof address === 'object' ? address?.port ?? 0 : 0], { env: { IBKIT_STATE_DIR: temporaryDirectory(), IBKIT_MAX_RETRIES: '2', IBKIT_RETRY_DELAY: '10ms' } });
    server.close();
    expect([exitCode, attempts]).toEqual([3, 3]);
  });
});
