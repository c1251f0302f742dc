import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Control } from './testing/control.js';
import { Running, builtProgram, freshDirectory, ibkit, startIbkit } from './testing/program.js';
import { documentsIn, faultsOf } from './testing/schemas.js';
import { startDaemon, startSimulator } from './testing/world.js';

const ROUTES = ['direct', 'daemon'] as const;
type Route = (typeof ROUTES)[number];

/** Of this file: its orders are counted. */
let world: Readonly<Record<Route, { readonly home: string; readonly port: number; readonly controlPort: number; readonly url: string }>>;
const open: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const [direct, behind] = await Promise.all([startSimulator(), startSimulator()]);
  open.push(() => direct.running.stop(), () => behind.running.stop());
  const daemon = await startDaemon({ port: behind.port });
  open.push(() => daemon.running.stop());
  world = { direct: { ...direct, home: freshDirectory(), url: '' }, daemon: { ...behind, home: daemon.home, url: daemon.url } };
});

afterAll(async () => {
  // The daemon before its gateway.
  for (const end of open.splice(0).reverse()) await end();
});

function flagsOf(route: Route): readonly string[] {
  return route === 'direct' ? ['--via', 'direct', '--port', String(world.direct.port)] : ['--via', 'daemon'];
}

function on(route: Route, ...argv: readonly string[]): Running {
  return startIbkit([...argv, ...flagsOf(route)], { home: world[route].home });
}

function expectLines(schema: string, stdout: string): readonly unknown[] {
  const documents = documentsIn(stdout);
  for (const document of documents) expect(faultsOf(schema, document)).toEqual([]);
  return documents;
}

/** How many orders the simulator has seen, once there are so many. */
async function ordersAt(controlPort: number, least: number): Promise<number> {
  const control = new Control(controlPort);
  return await vi.waitFor(async () => {
    const { length } = await control.received('placeOrder');
    expect(length).toBeGreaterThanOrEqual(least);
    return length;
  }, { timeout: 60_000, interval: 50 });
}

describe('a stream', () => {
  it.each(ROUTES)('goes on over a lost connection, and every line stays JSON of its schema (%s)', async (route) => {
    await using watching = on(route, 'watch', 'SPY', '--json');
    await watching.until(({ stdout }) => stdout.includes('"event":"quote"'));
    await new Control(world[route].controlPort).inject({ type: 'drop' });
    await watching.until(({ stdout }) => /"what":"lost"[^]*"what":"recovered"/.test(stdout) && /"event":"gap"[^]*"event":"quote"/.test(stdout));
    const { exitCode, stdout, stderr } = await watching.stop('SIGINT');
    expect([exitCode, stderr]).toEqual([0, '']);
    expectLines('watch-line', stdout);
  });

  it.each(ROUTES)('ends quietly with 0 when its reader has gone, and on SIGTERM (%s)', async (route) => {
    const shell = '{ { "$@"; echo "exit $?" >&3; } | head -n 1 > first; } 3>&1';
    await using headed = new Running('/bin/sh', ['-c', shell, 'sh', process.execPath, builtProgram('ibkit'), 'watch', 'SPY', ...flagsOf(route)], { home: world[route].home });
    await using terminated = on(route, 'watch', 'SPY', '--json');
    await terminated.firstLine();
    expect(await headed.ended).toMatchObject({ stdout: 'exit 0\n', stderr: '' });
    expect(await terminated.stop('SIGTERM')).toMatchObject({ exitCode: 0, signal: null, stderr: '' });
  });
});

describe('an order that is waited for', () => {
  it.each(ROUTES)('lives on after Ctrl-C, which says so with exit 8 (%s)', async (route) => {
    const { controlPort } = world[route];
    const before = await ordersAt(controlPort, 0);
    await using waiting = on(route, 'order', 'buy', 'MSFT', '1', '--limit', '2', '--submit', '--key', 'stopped', '--timeout', '60s');
    await ordersAt(controlPort, before + 1);
    const { exitCode, stdout, stderr } = await waiting.stop('SIGINT');
    expect([exitCode, stdout]).toEqual([8, expect.stringMatching(/^BUY 1 MSFT limit 2\.00, DAY: \w+, order \d+, key stopped\n/)]);
    expect(stderr).toMatch(/Stopped waiting: the order lives on\. Repeating the command with --key stopped shows it and sends nothing; ibkit order cancel stopped cancels it\.\n$/);
    expect(await ibkit(['order', 'cancel', 'stopped', ...flagsOf(route)], { home: world[route].home })).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/: cancelled,/) as unknown });
  });

  it('has no outcome while the gateway, or the daemon, is dead: exit 8, and never a claim', async () => {
    const gateway = await startSimulator();
    await using gatewayProcess = gateway.running;
    const daemon = await startDaemon({ port: gateway.port });
    await using daemonProcess = daemon.running;
    const home = freshDirectory();
    const order = ['order', 'buy', 'MSFT', '1', '--limit', '2', '--submit', '--json'];
    await using watching = startIbkit(['watch', 'SPY', '--json', '--via', 'daemon'], { home: daemon.home });
    await using direct = startIbkit([...order, '--key', 'a', '--via', 'direct', '--client-id', '7', '--port', String(gateway.port), '--timeout', '6s'], { home });
    await using through = startIbkit([...order, '--key', 'b', '--via', 'daemon', '--timeout', '15s'], { home: daemon.home });
    await Promise.all([ordersAt(gateway.controlPort, 2), watching.firstLine()]);
    await gatewayProcess.stop('SIGKILL');
    await watching.until(({ stdout }) => stdout.includes('"what":"lost"'));
    await daemonProcess.stop('SIGKILL');
    await watching.until(({ stdout }) => stdout.includes('no link to the daemon'));
    const watched = await watching.stop('SIGINT');
    expect([watched.exitCode, watched.stderr]).toEqual([0, '']);
    expectLines('watch-line', watched.stdout);
    for (const [key, { exitCode, stdout, stderr }] of [['a', await direct.ended], ['b', await through.ended]] as const) {
      const [document, ...others] = documentsIn(stdout);
      const submitted = !stdout.startsWith('{"error"');
      expect([exitCode, others, faultsOf(submitted ? 'order' : 'error', document), stderr.includes('    at ')]).toEqual([8, [], [], false]);
      expect(document).toMatchObject(submitted ? { submitted: true, key } : { error: { code: 'IBKR_ORDER_OUTCOME_UNKNOWN', exitCode: 8 } });
    }
  });
});

describe('the command line', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('a simulator ends with 0 on %s', async (signal) => {
    await using simulating = startIbkit(['simulate', '--port', '0', '--json']);
    expectLines('simulate', `${await simulating.firstLine()}\n`);
    expect(await simulating.stop(signal)).toMatchObject({ exitCode: 0, signal: null, stderr: '' });
  });

  it('suggests what was meant, and shows a stack trace with --debug alone', async () => {
    const [unknown, option, quiet, debug] = await Promise.all([ibkit(['chekc']), ibkit(['check', '--prot', '1']), ibkit(['explain', 'x']), ibkit(['explain', 'x', '--debug'])]);
    expect(unknown).toMatchObject({ exitCode: 2, stdout: '', stderr: "ibkit: unknown command 'chekc' (Did you mean check?). See ibkit --help.\n" });
    expect(option).toMatchObject({ exitCode: 2, stdout: '', stderr: "ibkit: unknown option '--prot' (Did you mean --port?). See ibkit --help.\n" });
    expect([quiet.exitCode, quiet.stderr.includes('    at ')]).toEqual([2, false]);
    expect([debug.exitCode, debug.stderr.includes('    at ')]).toEqual([2, true]);
  });

  it('a token for reading reads, and places no order: exit 4', async () => {
    const { stdout } = await ibkit(['token', 'create', 'reads', '--scope', 'read', '--json'], { home: world.daemon.home });
    const { secret } = documentsIn(stdout)[0] as { readonly secret: string };
    const stranger = { home: freshDirectory(), env: { IBKIT_TOKEN: secret, IBKIT_DAEMON_URL: world.daemon.url } };
    const [read, trade] = await Promise.all([ibkit(['quote', 'SPY', '--via', 'daemon', '--json'], stranger), ibkit(['order', 'buy', 'AAPL', '1', '--submit', '--via', 'daemon', '--json'], stranger)]);
    expect([read.exitCode, expectLines('quotes', read.stdout).length]).toEqual([0, 1]);
    expect([trade.exitCode, expectLines('error', trade.stdout)]).toEqual([4, [expect.objectContaining({ error: expect.objectContaining({ exitCode: 4 }) as unknown })]]);
  });
});
