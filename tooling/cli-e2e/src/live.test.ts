import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { LIVE } from './cases/live.js';
import { Control } from './testing/control.js';
import { perform, titleOf } from './testing/perform.js';
import type { Places } from './testing/perform.js';
import { expectPicture } from './testing/picture.js';
import { freshDirectory } from './testing/program.js';
import { TerminalSession } from './testing/terminal.js';
import { startDaemon, startSimulator } from './testing/world.js';
import type { DaemonProcess, SimulatorProcess } from './testing/world.js';

const LIVE_FLAGS = ['--live', '--account-id', 'U1234567'] as const;
const simulators: SimulatorProcess[] = [];
let daemon: DaemonProcess | undefined;
let places: Required<Pick<Places, 'direct' | 'daemon'>>;

/** How many orders came to a gateway; what is only asked about is none. */
async function ordersSent(simulator: SimulatorProcess | undefined): Promise<number> {
  if (simulator === undefined) throw new Error('There is no simulator');
  const received = await new Control(simulator.controlPort).received('placeOrder');
  return received.filter((entry) => !/"whatIf":(?:true|1)/.test(JSON.stringify(entry))).length;
}

beforeAll(async () => {
  const [own, behind] = await Promise.all([startSimulator('--accounts', 'U1234567', '--force-accounts'), startSimulator('--accounts', 'U1234567', '--force-accounts')]);
  simulators.push(own, behind);
  daemon = await startDaemon({ port: behind.port, mode: '--live', config: '[account]\nallowed_accounts = U1234567\n[trading]\nallow_live = true\n' });
  places = {
    direct: { flags: ['--via', 'direct', '--port', String(own.port), ...LIVE_FLAGS], home: freshDirectory(), facts: new Map() },
    daemon: { flags: ['--via', 'daemon', ...LIVE_FLAGS], home: daemon.home, facts: new Map() },
  };
});

afterAll(async () => {
  await daemon?.running.stop();
  await Promise.all(simulators.map(({ running }) => running.stop()));
});

describe('a live account', () => {
  // eslint-disable-next-line vitest/expect-expect -- perform holds the assertions
  it.each(LIVE.map((step) => [titleOf(step), step] as const))('%s', async (_title, step) => {
    await perform(step, places);
  });

  it.each(['direct', 'daemon'] as const)('asks the person at the terminal before an order is sent (%s)', async (route) => {
    const { flags, home } = places[route];
    const simulator = simulators[route === 'direct' ? 0 : 1];
    const before = await ordersSent(simulator);
    await using session = TerminalSession.start(['order', 'buy', 'AAPL', '10', '--limit', '250', '--submit', '--key', 'rebalance-7', ...flags], { home });
    const question = await session.until((screen) => screen.includes('Type yes to go on:'));
    expect([question, await ordersSent(simulator)]).toEqual([expect.stringMatching(/account +U1234567 \(LIVE\)[^]*This is a LIVE order\./), before]);
    session.press('yes\n');
    const { exitCode, screen } = await session.ended();
    expect([exitCode, screen, await ordersSent(simulator)]).toEqual([0, expect.stringMatching(/: filled 10 at [\d.]+, order \d+, key rebalance-7/), before + 1]);
    if (route === 'direct') await expectPicture('order-live.txt', screen, inject('newPictures'));
  });

  it('sends nothing when that person does not say yes', async () => {
    const { flags, home } = places.direct;
    const before = await ordersSent(simulators[0]);
    await using session = TerminalSession.start(['order', 'buy', 'AAPL', '10', '--limit', '250', '--submit', ...flags], { home });
    await session.until((screen) => screen.includes('Type yes to go on:'));
    session.press('no\n');
    expect(await session.ended()).toMatchObject({ exitCode: 1, screen: expect.stringContaining('Not confirmed: nothing was sent.') as unknown });
    expect(await ordersSent(simulators[0])).toBe(before);
  });

  it('asks the person at the terminal before an account is armed', async () => {
    const { flags, home } = places.direct;
    await using session = TerminalSession.start(['arm', '--for', '15m', ...flags], { home });
    await session.until((screen) => screen.includes('This allows LIVE orders in U1234567. Type yes to go on:'));
    session.press('yes\n');
    expect(await session.ended()).toMatchObject({ exitCode: 0, screen: expect.stringMatching(/\nArmed {2}U1234567 until /) as unknown });
  });
});
