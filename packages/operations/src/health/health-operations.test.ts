import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRig } from '../testing/rig.js';
import type { Rig } from '../testing/rig.js';

describe('health operations', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await createRig({ simulator: { startAtMs: undefined }, operations: { simulated: true } });
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it('says how the connection is, layer by layer', async () => {
    const status = await rig.ask('status', {});
    expect(status).toMatchObject({
      version: '1.2.3',
      simulated: true,
      connection: { state: 'connected', host: '127.0.0.1', port: rig.simulator.port, mode: 'paper', reconnectCount: 0, accounts: ['DU1234567'], serverVersion: 193 },
      health: { tcp: { status: 'up' }, handshake: { status: 'up' }, api: { status: 'up' } },
    });
    expect(status.uptimeMs).toBeGreaterThanOrEqual(0);
    expect(status.connection.connectedForMs).toBeGreaterThanOrEqual(0);
  });

  it('is ready when data and orders can be had, and says why not', async () => {
    expect(await rig.ask('readyz', {})).toEqual({ ready: true, dataReady: true, tradeReady: true, reasons: [] });
    const lost = rig.connection.events.once('connection.degraded');
    rig.simulator.control.notice(1100);
    await lost;
    const readiness = await rig.ask('readyz', {});
    expect(readiness).toMatchObject({ ready: false, dataReady: false, tradeReady: false });
    expect(readiness.reasons.join('\n')).toMatch(/gateway has no link to the broker[\s\S]*order gate:/u);
    const back = rig.connection.events.once('connection.recovered');
    rig.simulator.control.notice(1102);
    await back;
    await rig.trading.ready();
    expect(await rig.ask('readyz', {})).toMatchObject({ ready: true });
  });

  it('diagnoses the connection that it has, with the quote of a contract that was named', async () => {
    const diagnosis = await rig.ask('diagnosis', { symbol: 'SPY' });
    expect(diagnosis.verdict).toBe('ok');
    expect(diagnosis.probes.find(({ name }) => name === 'marketData')).toMatchObject({ status: 'ok' });
    expect(JSON.stringify(diagnosis)).not.toContain('DU1234567');
  });

  it('refuses to diagnose with an instrument that is none', async () => {
    expect(await rig.refusal('diagnosis', { symbol: '@SPY' })).toMatchObject({ code: 'IBKR_USAGE_INVALID_ARGUMENT', details: { field: 'symbol' } });
  });
});

it('tells without a connection that there is none, and leaves out what is not known', async () => {
  await using rig = await createRig();
  await rig.connection.disconnect();
  const { connection } = await rig.ask('status', {});
  expect(connection.state).toBe('disconnected');
  expect('connectedForMs' in connection).toBe(false);
  expect(await rig.ask('readyz', {})).toMatchObject({ ready: false, dataReady: false });
  expect(await rig.ask('diagnosis', { symbol: 'SPY' })).toMatchObject({ verdict: 'broken' });
});
