import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OUTPUT_SCHEMAS } from '../output/schemas.js';
import type { OutputSchemaName } from '../output/schemas.js';
import { run, temporaryDirectory } from '../testing/fake-io.js';
import type { RunOptions } from '../testing/fake-io.js';

const APPS = path.resolve(import.meta.dirname, '..', '..', '..');
let options: RunOptions;
let url = '';

/** The daemon from its sources, on its embedded simulator, in a process of its own. */
beforeAll(async () => {
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const env = { IBKIT_STATE_DIR: temporaryDirectory(), IBKIT_DAEMON_PROGRAM: path.join(APPS, 'daemon', 'src', 'main.ts'), NODE_OPTIONS: `--conditions=@ibkit/source --import=${loader}`, PATH: process.env['PATH'] ?? '', HOME: temporaryDirectory() };
  options = { env };
  const { exitCode, out, err } = await run(['daemon', 'start', '--simulate', '--listen', '127.0.0.1:0', '--timeout', '100s', '--json'], options);
  if (exitCode !== 0) throw new Error(err.text);
  url = OUTPUT_SCHEMAS.daemon.parse(out.documents[0]).url ?? '';
}, 120_000);

afterAll(async () => {
  await run(['daemon', 'stop'], options);
}, 60_000);

describe('through the daemon', () => {
  it.each<[OutputSchemaName, ...(string | number)[]]>([
    ['check', 'check'],
    ['doctor', 'doctor', '--via', 'daemon'],
    ['status', 'status'],
    ['quotes', 'quote', 'SPY'],
    ['chain', 'chain', 'SPY', '--strikes', 1],
    ['depth', 'depth', 'SPY'],
    ['positions', 'positions'],
    ['account', 'account'],
    ['pnl', 'pnl'],
    ['orders', 'orders'],
    ['fills', 'fills'],
    ['reconcile', 'reconcile'],
    ['gateway', 'gateway', 'status', '--via', 'daemon'],
    ['tokens', 'token', 'list'],
    ['daemon', 'daemon', 'status'],
    ['order', 'order', 'buy', 'AAPL', 1],
  ])('%s is the same document', async (schema, ...argv) => {
    const { out, err } = await run([...argv, '--json'], options);
    expect([err.text, OUTPUT_SCHEMAS[schema].safeParse(out.documents[0]).error?.issues]).toEqual(['', undefined]);
  });

  it('an order is placed once, waited for, and found again', async () => {
    const argv = ['order', 'buy', 'AAPL', 3, '--submit', '--key', 'through-1', '--json'];
    const first = await run(argv, options);
    const again = await run(argv, options);
    expect([first.exitCode, again.exitCode]).toEqual([0, 0]);
    expect(OUTPUT_SCHEMAS.order.parse(again.out.documents[0])).toMatchObject({ submitted: true, repeated: true, orders: [{ status: 'filled', filledQuantity: 3 }] });
    expect((await run(['order', 'cancel', 'nobody'], options)).exitCode).toBe(1);
  });

  it.each<[OutputSchemaName, (string | number)[]]>([
    ['watch-line', ['watch', 'SPY', '--count', 2]],
    ['watch-line', ['watch', 'SPY', '--trades', '--count', 2]],
    ['depth-line', ['depth', 'SPY', '--watch', '--count', 2]],
    ['positions-line', ['positions', '--watch', '--count', 1]],
  ])('%s: %j', async (schema, argv) => {
    const { exitCode, out } = await run([...argv, '--json'], options);
    expect([exitCode, out.documents.length > 0]).toEqual([0, true]);
    for (const line of out.documents) expect(OUTPUT_SCHEMAS[schema].safeParse(line).error?.issues).toBeUndefined();
  });

  it('a token is made, used from a file or the environment, and revoked; a wrong one exits 4', async () => {
    const made = await run(['token', 'create', 'reader', '--scope', 'read', '--json'], options);
    const { token, secret } = OUTPUT_SCHEMAS['new-token'].parse(made.out.documents[0]);
    const listed = await run(['token', 'list', '--json'], options);
    expect(OUTPUT_SCHEMAS.tokens.parse(listed.out.documents[0]).tokens.find(({ id }) => id === token.id)).toMatchObject({ name: 'reader', scope: 'read' });
    expect(listed.out.text).not.toContain(secret);
    const reader = { env: { ...options.env, IBKIT_TOKEN: secret } };
    expect((await run(['quote', 'SPY', '--via', 'daemon'], reader)).exitCode).toBe(0);
    const tokenFile = path.join(temporaryDirectory(), 'token');
    writeFileSync(tokenFile, `${secret}\n`, { mode: 0o600 });
    // It goes before the token of the environment.
    expect((await run(['quote', 'SPY', '--via', 'daemon', '--token-file', tokenFile], { env: { ...options.env, IBKIT_TOKEN: 'none' } })).exitCode).toBe(0);
    expect((await run(['order', 'buy', 'AAPL', 1, '--submit', '--via', 'daemon'], reader)).exitCode).toBe(4);
    expect((await run(['token', 'revoke', token.id], options)).exitCode).toBe(0);
    expect((await run(['quote', 'SPY', '--via', 'daemon', '--daemon-url', url], reader)).exitCode).toBe(4);
  });

  it('refuses the other mode, and says that prices come from a simulator', async () => {
    expect((await run(['check', '--live', '--via', 'daemon'], options)).exitCode).toBe(4);
    expect((await run(['quote', 'SPY'], options)).err.text).toBe('Through the daemon, which runs on its embedded simulator\n');
    expect((await run(['daemon', 'logs', '--lines', 3], options)).out.lines.length).toBeGreaterThan(0);
  });

  // The last one: the others need the daemon.
  it('ends when it is told to, and its files say so', async () => {
    expect((await run(['daemon', 'start', '--simulate'], options)).out.text).toContain('runs already');
    const other = await run(['daemon', 'start'], options);
    expect([other.exitCode, other.err.text]).toEqual([2, expect.stringContaining('runs already, on its simulator')]);
    const ended = await run(['daemon', 'stop'], options);
    expect([ended.exitCode, ended.out.text]).toEqual([0, expect.stringMatching(/^The daemon \(process \d+\) has ended\.\n$/)]);
    expect((await run(['daemon', 'status'], options)).exitCode).toBe(3);
  }, 60_000);
});
