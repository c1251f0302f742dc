import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTestClock } from '@ibkit/clock/testing';
import { ConnectionManager } from '@ibkit/core-connection';
import { GatewayProcess, gatewayLadder } from '@ibkit/gateway-process';
import { createSimulator } from '@ibkit/simulator';
import { expect, it, vi } from 'vitest';
import { memoryJournal } from '../journal/memory-journal.js';
import { Trading } from '../trading/trading.js';
import { SimulatedGateway } from './testing/simulated-gateway.js';

const SPY = { symbol: 'SPY', secType: 'STK', exchange: 'SMART', currency: 'USD' } as const;
/** Tuesday, in New York. */
const TUESDAY_NOON = Date.parse('2026-01-13T17:00:00Z');

it('scenario 19: a week with restarts at night, a hang that the ladder cures and a login that waits for a person', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'ibkit-week-'));
  const clock = createTestClock({ nowMs: TUESDAY_NOON });
  await using simulator = await createSimulator({ accounts: ['DU1234567'], clock, startAtMs: TUESDAY_NOON });
  const program = new SimulatedGateway(simulator);
  await using gateway = new GatewayProcess({
    driver: program.driver,
    stateDir: directory,
    port: simulator.port,
    clock,
    probeEveryMs: 5_000,
    // Whole nights are jumped over, in which no socket has a turn: it is asked when the session is lost.
    probeReadyEveryMs: 86_400_000,
    probeTimeoutMs: 60_000,
    apiDownAlarmMs: 120_000,
    secondFactorTimeoutMs: 3_600_000,
  });
  const told: string[] = [];
  gateway.events.on('gateway.alarm', ({ problem }) => told.push(`alarm ${problem}`));
  gateway.events.on('gateway.humanNeeded', ({ what }) => told.push(`human ${what}`));
  await using connection = new ConnectionManager({
    port: simulator.port,
    clock,
    heartbeat: false,
    random: { next: () => 0 },
    restartWindows: gateway.restartWindows(),
    timeouts: { tcpMs: 600_000, handshakeMs: 600_000, readyMs: 600_000 },
  });
  connection.events.on('connection.lost', () => {
    gateway.look();
  });
  connection.events.on('connection.alarm', ({ kind }) => told.push(`alarm ${kind}`));
  await using trading = new Trading({ connection, journal: memoryJournal(), absenceWindowMs: 1_000, reconcileEveryMs: false });
  const ladder = gatewayLadder({
    gateway,
    clock,
    isCured: () => gateway.status().phase === 'ready' && connection.state === 'connected',
    reconnectApi: () => connection.reconnect({ timeoutMs: 30_000 }),
    mayRestart: () => (trading.orders().some(({ status }) => status === 'unknown') ? 'an order has an unknown outcome' : true),
    onStep: ({ name, outcome }) => told.push(`${name} ${outcome}`),
  });

  /** Moves time in steps, with turns for the sockets in between, until something holds. */
  const until = (what: string, holds: () => boolean, stepMs = 1_000): Promise<void> =>
    vi.waitFor(
      async () => {
        await clock.advance(stepMs);
        expect(holds(), what).toBe(true);
      },
      { timeout: 30_000, interval: 1 },
    );
  const clockAt = async (text: string): Promise<void> => {
    const atMs = Date.parse(text);
    if (atMs - clock.now() > 120_000) {
      // What was asked long ago is answered before the night is jumped over.
      await until('all is quiet', () => connection.state === 'connected' && gateway.status().phase === 'ready');
      await clock.advance(atMs - clock.now() - 60_000);
    }
    await until(text, () => clock.now() >= atMs);
  };
  const allOpen = (): boolean => trading.gate().length === 0 && gateway.status().phase === 'ready';
  let orders = 0;
  const trade = async (): Promise<void> => {
    orders += 1;
    const placing = trading.place({ contract: SPY, action: 'BUY', quantity: 10, orderType: 'MKT', key: `order ${orders}` });
    await until(`order ${orders} is filled`, () => trading.order(`order ${orders}`)?.state.status === 'filled', 100);
    await placing;
  };

  const hangAndCure = async (): Promise<void> => {
    // Thursday, ten in the morning.
    await clockAt('2026-01-15T15:00:00Z');
    program.hang();
    await until('somebody alarms', () => told.includes('alarm apiDown'));
    expect(trading.gate()).toContain('NOT_CONNECTED');
    const climb = ladder.climb('the gateway hangs');
    await until('it is cured', () => told.includes('stopAndStart cured'), 2_000);
    expect((await climb).cured).toBe(true);
    await until('the gate opens after the cure', allOpen);
  };

  try {
    const started = gateway.start();
    await until('the gateway is up', () => gateway.status().phase === 'ready');
    await started;
    const ready = connection.connect().then(() => trading.ready());
    await until('the gate opens', allOpen);
    await ready;
    await trade();

    for (const night of ['2026-01-14', '2026-01-15', '2026-01-16', '2026-01-17', '2026-01-18']) {
      // 23:55 in New York. A minute before, the gate is still open; within it, closed although all is up.
      await clockAt(`${night}T04:53:30Z`);
      await until('the gate is open', allOpen);
      await clockAt(`${night}T04:54:30Z`);
      expect(trading.gate()).toEqual(['RESTART_AHEAD']);
      await expect(trading.place({ contract: SPY, action: 'BUY', quantity: 1, orderType: 'MKT', key: `late ${night}` })).rejects.toMatchObject({ details: { reasons: ['RESTART_AHEAD'] } });
      await clockAt(`${night}T04:55:10Z`);
      program.close();
      await until('it is noticed', () => connection.state !== 'connected' && gateway.status().phase === 'apiDown');
      await clock.advance(60_000);
      await program.reopen();
      await until('the gate opens after the restart', allOpen);
      if (night === '2026-01-15') await hangAndCure();
      await trade();
    }

    // Sunday, one in the morning in New York: the end of the login of the week.
    await clockAt('2026-01-18T05:59:30Z');
    expect(trading.gate()).toEqual(['RESTART_AHEAD']);
    await clockAt('2026-01-18T06:00:05Z');
    await program.wantLogin();
    await until('a person is asked', () => gateway.status().phase === 'waiting2fa');
    await clock.advance(20 * 60_000);
    expect(trading.gate()).toContain('NOT_CONNECTED');
    await program.reopen();
    await until('the gate opens after the login', allOpen);
    await trade();

    expect(program.launches).toBe(2);
    expect(program.commands).toEqual(['RECONNECTDATA', 'RECONNECTACCOUNT', 'RESTART', 'STOP']);
    expect(told.filter((line) => !/^human weeklyLogin$/u.test(line))).toEqual([
      // The hang alone: neither the nights nor the Sunday alarm anybody.
      'alarm stillDown',
      'alarm apiDown',
      'reconnectData failed',
      'reconnectAccount failed',
      'reconnectApi noEffect',
      'restart failed',
      'stopAndStart cured',
      'human secondFactor',
    ]);
    // The witness: every order once, and nothing else.
    const seen = simulator.control.journal({ kind: 'in', type: 'placeOrder' });
    expect(seen).toHaveLength(orders);
    expect(trading.orders().map(({ status }) => status)).toEqual(Array.from({ length: orders }, () => 'filled'));
  } finally {
    await trading.close();
    await connection.close();
    await gateway.close();
    await rm(directory, { recursive: true, force: true });
  }
});
