import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { systemClock } from '@ibkit/clock';
import { createSimulator } from '@ibkit/simulator';
import { afterEach, describe, expect, it } from 'vitest';
import { run, start, temporaryDirectory } from '../testing/fake-io.js';

const sockets = new Set<Socket>();
const servers = new Set<Server>();

let onNext: (() => void) | undefined;

/** Resolves when the next client has come. */
function nextConnection(): Promise<void> {
  return new Promise((resolve) => {
    onNext = resolve;
  });
}

/** A listener that is no TWS. */
async function listener(onConnect: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onConnect(socket);
    onNext?.();
  });
  servers.add(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  servers.clear();
});

/** One clear message with its tips on stderr, one document on stdout with --json, and never a stack trace. */
async function expectFailure(argv: readonly (string | number)[], exitCode: number, message: RegExp): Promise<void> {
  const people = await run(argv);
  expect(people.exitCode).toBe(exitCode);
  expect(people.out.text).toBe('');
  const [first = '', ...tips] = people.err.lines;
  expect(first).toMatch(/^ibkit: /);
  expect(first).toMatch(message);
  for (const tip of tips) expect(tip).toMatch(/^ {2}- /);
  const machine = await run(['--json', ...argv]);
  expect(machine.exitCode).toBe(exitCode);
  expect(machine.out.documents).toEqual([
    { error: { code: expect.stringMatching(/^IBKR_/) as string, message: expect.stringMatching(message) as string, retryable: expect.any(Boolean) as boolean, tips: expect.any(Array) as string[], exitCode, ...ibCode(machine.out.documents[0]) } },
  ]);
}

function ibCode(document: Record<string, unknown> | undefined): Record<string, unknown> {
  const error = document?.['error'];
  return typeof error === 'object' && error !== null && 'ibCode' in error ? { ibCode: expect.any(Number) as number } : {};
}

describe('the command line', () => {
  it.each<[string[], RegExp]>([
    [['ordr'], /unknown command 'ordr' \(Did you mean order\?\)/],
    [['check', '--prot', '1'], /unknown option '--prot' \(Did you mean --port\?\)/],
    [['quote'], /missing required argument 'symbols'/],
    [['watch'], /missing required argument 'symbols'/],
    [['explain'], /missing required argument 'code'/],
    [['order'], /a subcommand is missing/],
    [['order', 'hold', 'AAPL', '1'], /unknown command 'hold'/],
    [['order', 'buy'], /missing required argument 'symbol'/],
    [['order', 'buy', 'AAPL'], /missing required argument 'quantity'/],
    [['order', 'buy', 'AAPL', '1', '2'], /too many arguments/],
    [['check', '--port'], /argument missing/],
    [['check', '--port', 'word'], /--port must be a whole number from 1 to 65535, got "word"/],
    [['check', '--port', '99999'], /--port must be .* got "99999"/],
    [['check', '--port', '0'], /--port must be .* got "0"/],
    [['simulate', '--port', '65536'], /--port must be .* from 0 to 65535/],
    [['check', '--client-id', '-1'], /--client-id/],
    [['check', '--timeout', 'soon'], /--timeout must be a duration/],
    [['check', '--timeout', '0'], /--timeout must be a duration/],
    [['check', '--log-level', 'loud'], /--log-level must be one of/],
    [['check', '--trading-mode', 'demo'], /demo/],
    [['check', '--paper', '--live'], /cannot be used with/],
    [['check', '--tws', '--gateway'], /cannot be used with/],
    [['check', '--via', 'pigeon'], /pigeon/],
    [['watch', 'SPY', '--for', 'ever'], /--for must be a duration/],
    [['watch', 'SPY', '--for', '-1s'], /--for must be a duration/],
    [['watch', 'SPY', '--count', '0'], /--count must be a whole number, at least 1/],
    [['order', 'buy', 'AAPL', '0'], /QUANTITY must be a whole number, at least 1, got "0"/],
    [['order', 'buy', 'AAPL', '-5'], /QUANTITY must be .* got "-5"/],
    [['order', 'buy', 'AAPL', '--', '-5'], /QUANTITY must be .* got "-5"/],
    [['order', 'buy', 'AAPL', 'ten'], /QUANTITY must be .* got "ten"/],
    [['order', 'buy', 'AAPL', '1.5'], /QUANTITY/],
    [['order', 'buy', 'AAPL', '99999999999999999999'], /QUANTITY/],
    [['order', 'buy', '4;2', '1'], /SYMBOL must be a ticker symbol/],
    [['order', 'buy', 'AAPL', '1', '--limit', 'cheap'], /--limit must be a number above 0/],
    [['order', 'buy', 'AAPL', '1', '--limit', '0'], /--limit must be a number above 0/],
    [['order', 'buy', 'AAPL', '1', '--limit', '-3'], /--limit/],
    [['order', 'buy', 'AAPL', '1', '--limit', 'NaN'], /--limit/],
    [['order', 'buy', 'AAPL', '1', '--tif', 'SOON'], /SOON/],
    [['simulate', '--seed', 'x'], /--seed/],
    [['simulate', '--speed', '0'], /--speed/],
    [['simulate', '--accounts', 'U123'], /DU or DF/],
    [['simulate', '--host', '0.0.0.0'], /loopback/],
    [['simulate', '--start-at', 'yesterday'], /--start-at/],
    [['simulate', '--pacing', 'slow'], /slow/],
    [['simulate', '--port', '0', '--for', 'x'], /--for/],
  ])('%j exits 2', async (argv, message) => {
    await expectFailure(argv, 2, message);
  });

  it('shows help without a command, for help, and the version', async () => {
    const { exitCode, out } = await run([]);
    expect(exitCode).toBe(0);
    expect(out.text).toMatch(/^Usage: ibkit \[options\] \[command\]\n/);
    expect(out.text).toContain('Exit codes: 0 ok');
    for (const command of ['check', 'quote', 'watch', 'positions', 'account', 'explain', 'simulate', 'order']) {
      const help = await run(['help', command]);
      expect(help.exitCode).toBe(0);
      expect(help.out.text).toContain(`\nExamples:\n  ibkit ${command}`);
    }
    expect((await run(['order', 'buy', '--help'])).out.text).toContain('ibkit order buy AAPL 10 --submit');
    expect((await run(['-V'])).out.text).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('shows a stack trace with --debug only', async () => {
    expect((await run(['explain', 'x'])).err.text).not.toContain('    at ');
    expect((await run(['explain', 'x', '--debug'])).err.text).toContain('    at ');
  });
});

describe('the gateway', () => {
  it.each([['check'], ['positions'], ['account'], ['quote', 'SPY'], ['watch', 'SPY'], ['order', 'buy', 'SPY', '1']])('%s exits 3 when nothing listens', async (...argv) => {
    const port = await listener(() => undefined);
    for (const server of servers) await new Promise((resolve) => server.close(resolve));
    servers.clear();
    await expectFailure([...argv, '--port', port], 3, new RegExp(`Nothing listens on 127\\.0\\.0\\.1:${port}`));
  });

  it.each(['HTTP/1.1 400 Bad Request\r\n\r\n', '\u0000\u0000\u0000\u0004abcd', '\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff', 'SSH-2.0-OpenSSH_9.6\r\n'])('exits 3 for a listener that answers %j', async (garbage) => {
    const port = await listener((socket) => {
      socket.end(Buffer.from(garbage, 'latin1'));
    });
    await expectFailure(['check', '--port', port, '--timeout', '5s'], 3, /./);
  });

  it.each([['check'], ['watch', 'SPY'], ['order', 'buy', 'SPY', '1', '--submit']])('%s exits 3 within --timeout for a listener that stays mute', async (...argv) => {
    const port = await listener(() => undefined);
    const clock = systemClock();
    const startedMs = clock.monotonic();
    await expectFailure([...argv, '--port', port, '--timeout', '300ms'], 3, /127\.0\.0\.1:\d+/);
    expect(clock.monotonic() - startedMs).toBeLessThan(8_000);
  });

  it('exits 3 within --timeout for one that never becomes ready, and for a host that does not exist', async () => {
    await using simulator = await createSimulator({ port: 0 });
    simulator.control.inject({ type: 'mute-ready' });
    await expectFailure(['check', '--port', simulator.port, '--timeout', '2s'], 3, /ready/);
    await expectFailure(['check', '--host', 'no-such-host.invalid', '--timeout', '5s'], 3, /no-such-host\.invalid/);
  });

  it('exits 1 for a symbol that nobody knows', async () => {
    await using simulator = await createSimulator({ port: 0 });
    for (const argv of [['quote', 'NOSUCH'], ['watch', 'NOSUCH'], ['watch', 'NOSUCH', '--trades'], ['order', 'buy', 'NOSUCH', '1']]) {
      await expectFailure([...argv, '--port', simulator.port], 1, /NOSUCH/);
    }
  });

  it('strips control characters from what it says', async () => {
    const port = await listener((socket) => {
      socket.end('\u001b[2J\u001b[31mhello\u0007\r\n');
    });
    const { err } = await run(['check', '--port', port]);
    // eslint-disable-next-line no-control-regex -- that there are none is the point
    expect(err.text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });
});

describe('stopping while it connects', () => {
  it('is an error for a question and the end of a stream', async () => {
    const port = await listener(() => undefined);
    for (const [argv, exitCode, message] of [
      [['check'], 1, 'ibkit: Stopped before there was an answer.\n'],
      [['order', 'buy', 'SPY', '1', '--submit'], 1, 'ibkit: Stopped before there was an answer.\n'],
      [['watch', 'SPY'], 0, ''],
    ] as const) {
      const connected = nextConnection();
      const running = start([...argv, '--port', port]);
      await connected;
      running.stop();
      expect(await running.exitCode).toBe(exitCode);
      expect(running.err.text).toBe(message);
      expect(running.out.text).toBe('');
    }
  });
});

describe('files', () => {
  const folder = temporaryDirectory();
  function file(name: string, text: string): string {
    const target = path.join(folder, name);
    writeFileSync(target, text);
    return target;
  }

  it('that break the rules of a configuration exit 2', async () => {
    await expectFailure(['check', '--config', path.join(folder, 'missing.ini')], 2, /missing\.ini/);
    await expectFailure(['check', '--config', file('broken.json', '{"connection": ')], 2, /broken\.json/);
    await expectFailure(['check', '--config', file('wrong.ini', '[connection]\nport = many\nclient_id = x\n')], 2, /port.*client/i);
    await expectFailure(['check', '--config', folder], 2, /./);
  });

  it('of a configuration are used', async () => {
    await using simulator = await createSimulator({ port: 0 });
    const { exitCode, out } = await run(['check', '--config', file('good.ini', `[connection]\nport = ${simulator.port}\n`)]);
    expect(out.text).toMatch(/^ok /);
    expect(exitCode).toBe(0);
  });

  it('to replay that are missing or broken exit 2 with the file, the line and the rule', async () => {
    await expectFailure(['simulate', '--port', '0', '--replay', path.join(folder, '20131007_spy_tick_trade.csv')], 2, /20131007_spy_tick_trade\.csv/);
    await expectFailure(['simulate', '--port', '0', '--replay', file('20131008_spy_tick_trade.csv', '34200000,1674000,100,Q,0,0\nnonsense\n')], 2, /line 2/);
    await expectFailure(['simulate', '--port', '0', '--replay', file('data.csv', '1,2,3\n')], 2, /data\.csv/);
    await expectFailure(['simulate', '--port', '0', '--replay', file('20131009_spy_tick_trade.zip', 'PK not a zip')], 2, /20131009/);
    await expectFailure(['simulate', '--port', '0', '--replay', file('20131010_spy_tick_trade.csv', '')], 2, /at least one row/);
  });

  it('of a .env in the working directory never make it live', async () => {
    const cwd = temporaryDirectory();
    writeFileSync(path.join(cwd, '.env'), 'IBKIT_TRADING_MODE=live\n');
    await using simulator = await createSimulator({ port: 0 });
    const { exitCode, err } = await run(['check', '--port', simulator.port], { cwd });
    expect(exitCode).toBe(0);
    expect(err.text).toMatch(/^ibkit: note: /);
  });
});

describe('simulate', () => {
  it('exits 1 when the port is taken', async () => {
    const port = await listener(() => undefined);
    await expectFailure(['simulate', '--port', port], 1, new RegExp(String(port)));
  });
});
