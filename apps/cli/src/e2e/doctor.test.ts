import { once } from 'node:events';
import { createServer } from 'node:net';
import { createSimulator } from '@ibkit/simulator';
import type { Simulator, SimulatorFault, SimulatorOptions } from '@ibkit/simulator';
import { afterEach, describe, expect, it } from 'vitest';
import { OUTPUT_SCHEMAS } from '../output/schemas.js';
import { run } from '../testing/fake-io.js';

const open: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

/** The port of a gateway with something broken. */
async function gateway(options: SimulatorOptions, ...faults: readonly SimulatorFault[]): Promise<number> {
  const simulator: Simulator = await createSimulator({ port: 0, ...options });
  open.push(() => simulator.close());
  for (const fault of faults) simulator.control.inject(fault);
  return simulator.port;
}

/** The port of a server that is no gateway. */
async function stranger(answer: string): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(async () => {
    const closed = once(server, 'close');
    server.close();
    await closed;
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function nobody(): Promise<number> {
  const port = await stranger('');
  await open.pop()?.();
  return port;
}

const READY = { client: 'ready' } as const;
const ONLY_MUTE = ['--timeout', '2s'];

interface BrokenSetUp {
  readonly port: () => Promise<number>;
  /** The first question that goes wrong, and its code. */
  readonly probe: string;
  readonly cause: string | RegExp;
  readonly exitCode: 0 | 3;
  readonly argv?: readonly (string | number)[];
}

const SET_UPS: Readonly<Record<string, BrokenSetUp>> = {
  // The usual ports of this machine are looked at, and somebody may be there.
  'nothing listens': { port: nobody, probe: 'port', cause: /^IBKR_(CONNECT_REFUSED|DOCTOR_OTHER_PORT)$/, exitCode: 3 },
  'a mute gateway': { port: () => gateway({}, { type: 'mute-accept' }), argv: ONLY_MUTE, probe: 'protocol', cause: 'IBKR_CONNECT_HANDSHAKE_TIMEOUT', exitCode: 3 },
  'a web server': { port: () => stranger('HTTP/1.1 400 Bad Request\r\n\r\n'), probe: 'protocol', cause: 'IBKR_DOCTOR_PEER_HTTP', exitCode: 3 },
  'a server of another kind': { port: () => stranger('SSH-2.0-OpenSSH_9.6\r\n'), probe: 'protocol', cause: 'IBKR_CONNECT_NOT_TWS', exitCode: 3 },
  'a refused hello': { port: () => gateway({}, { type: 'old-version', refuse: true }), probe: 'handshake', cause: 'IBKR_CONNECT_CLOSED', exitCode: 3 },
  'a version that is too old': { port: () => gateway({}, { type: 'old-version', version: 156 }), probe: 'handshake', cause: 'IBKR_DOCTOR_VERSION_TOO_OLD', exitCode: 3 },
  'an id in use': { port: () => gateway({}, { type: 'id-in-use' }), argv: ['--client-id', 7], probe: 'clientId', cause: 'IBKR_CONNECT_CLIENT_ID_IN_USE', exitCode: 3 },
  'a login that is not finished': { port: () => gateway({}, { type: 'mute-ready' }), argv: ONLY_MUTE, probe: 'ready', cause: 'IBKR_CONNECT_READY_TIMEOUT', exitCode: 3 },
  'an account of the other kind': { port: () => gateway({ accounts: ['U1234567'], forceAccounts: true }), probe: 'mode', cause: 'IBKR_ACCOUNT_MODE_MISMATCH', exitCode: 3 },
  'an account that is not there': { port: () => gateway({}), argv: ['--account-id', 'DU7654321'], probe: 'account', cause: 'IBKR_ACCOUNT_NOT_LISTED', exitCode: 3 },
  'a clock that is wrong': { port: () => gateway({}, { type: 'clock-skew', byMs: 90_000 }), probe: 'clock', cause: 'IBKR_DOCTOR_CLOCK_SKEW', exitCode: 0 },
  'a lost broker': { port: () => gateway({}, { type: 'notice', code: 1100, after: READY }), probe: 'upstream', cause: 'IBKR_UPSTREAM_DOWN', exitCode: 3 },
  'one farm down': { port: () => gateway({}, { type: 'farm-down', farm: 'ushmds', after: READY }), probe: 'farms', cause: 'IBKR_DOCTOR_FARM_DOWN', exitCode: 0 },
  'a read-only API': { port: () => gateway({}, { type: 'read-only' }), probe: 'readOnly', cause: 'IBKR_DOCTOR_READ_ONLY', exitCode: 0 },
  'delayed data': { port: () => gateway({ dataPermission: 'delayed' }), argv: ['--symbol', 'SPY'], probe: 'marketData', cause: 'IBKR_DOCTOR_DELAYED_DATA', exitCode: 0 },
  'a competing session': { port: () => gateway({}, { type: 'competing-session' }), argv: ['--symbol', 'SPY'], probe: 'marketData', cause: 'IBKR_DOCTOR_COMPETING_SESSION', exitCode: 0 },
};

describe('doctor', () => {
  it('finds nothing where nothing is wrong', async () => {
    const { exitCode, out } = await run(['doctor', '--port', await gateway({}), '--json']);
    const found = OUTPUT_SCHEMAS.doctor.parse(out.documents[0]);
    expect([exitCode, found.verdict, found.cause]).toEqual([0, 'ok', undefined]);
  });

  // Which question is asked of the market does not change what is found before it.
  it.each(Object.entries(SET_UPS))('%s', async (_name, { port, argv = [], probe, cause, exitCode }) => {
    const more = probe === 'marketData' ? argv : [...argv, '--no-quote'];
    const { exitCode: seen, out } = await run(['doctor', '--json', '--port', await port(), ...more]);
    const found = OUTPUT_SCHEMAS.doctor.parse(out.documents[0]);
    const wrong = found.probes.find(({ code }) => code !== undefined);
    expect([seen, found.verdict, wrong?.name]).toEqual([exitCode, exitCode === 3 ? 'broken' : 'degraded', probe]);
    expect(wrong?.code).toMatch(cause);
    expect(found.cause).toBe(wrong?.code);
    expect(wrong?.fix).toMatch(/\w{3}/);
  });

  it('says the same to people: the question, what is wrong, what to do', async () => {
    const { exitCode, out, err } = await run(['doctor', '--no-quote', '--port', await gateway({}, { type: 'read-only' })]);
    expect([exitCode, err.text]).toEqual([0, '']);
    expect(out.text).toMatch(/^!! {2}readOnly .+\n +-> .+Read-Only.+$/m);
    expect(out.text).toMatch(/\ndegraded {2}.+\n$/);
  });
});
