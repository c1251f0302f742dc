import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Clock } from '@ibkit/clock';
import { createTestClock } from '@ibkit/clock/testing';
import type { TestClock } from '@ibkit/clock/testing';
import { GatewayProcess, externalDriver } from '@ibkit/gateway-process';
import { SystemError } from '@ibkit/error-codes';
import { beforeEach, describe, expect, it } from 'vitest';
import { createRig, heldToContract } from '../testing/rig.js';
import { gatewayOperations } from './gateway-operations.js';
import type { GatewayPort, GatewayPortStatus } from './gateway-port.js';

const STATUS: GatewayPortStatus = {
  phase: 'stopped', sinceMs: 1, cause: 'nobody started it', driver: 'direct', host: '127.0.0.1', port: 4002, pid: undefined, startedAtMs: undefined, serverVersion: undefined, deadlineMs: undefined, lockOut: undefined, retryAtMs: undefined,
  failedLogins: 0, restartsLastHour: 0, nextRestart: { kind: 'dailyRestart', fromMs: 7 }, nextLogin: undefined,
}; // prettier-ignore

/** A process that does what the test says. */
class FakeGateway implements GatewayPort {
  current: GatewayPortStatus = STATUS;
  readonly calls: string[] = [];
  settle: (error?: Error) => void = () => undefined;

  status(): GatewayPortStatus {
    return this.current;
  }

  start(): Promise<void> {
    return this.#begin('start', 'starting');
  }

  stop(): Promise<void> {
    return this.#begin('stop', 'stopping');
  }

  restart({ force }: { readonly force?: boolean | undefined } = {}): Promise<void> {
    return this.#begin(`restart ${String(force)}`, 'softRestart');
  }

  #begin(name: string, phase: GatewayPortStatus['phase']): Promise<void> {
    this.calls.push(name);
    this.current = { ...this.current, phase };
    return new Promise((resolve, reject) => {
      this.settle = (error) => {
        if (error === undefined) resolve();
        else reject(error);
      };
    });
  }
}

describe('gateway operations', () => {
  let clock: TestClock;
  let gateway: FakeGateway;
  let late: unknown[];
  let operations: ReturnType<typeof gatewayOperations>;
  const depsOf = (port: GatewayPort, time: Clock): Parameters<typeof gatewayOperations>[0] => ({
    clock: time,
    gateway: port,
    connection: { getStatus: () => { throw new Error('not asked'); } },
    onFailure: (error) => late.push(error),
  });
  beforeEach(() => {
    clock = createTestClock();
    gateway = new FakeGateway();
    late = [];
    operations = gatewayOperations(depsOf(gateway, clock));
  });

  it('tells how the process is', async () => {
    const seen = heldToContract('gateway', await operations.gateway({}));
    expect(seen).toMatchObject({ managed: true, phase: 'stopped', driver: 'direct', nextRestart: { kind: 'dailyRestart', atMs: 7 } });
    expect(Object.keys(seen)).not.toContain('pid');
  });

  it('answers with the state when something takes its time, and leaves no timer behind', async () => {
    const asked = operations.startGateway({});
    await clock.advance(1000);
    expect(heldToContract('startGateway', await asked)).toMatchObject({ phase: 'starting' });
    gateway.settle();
    const stopping = operations.stopGateway({});
    gateway.current = { ...STATUS, phase: 'stopped' };
    gateway.settle();
    expect(await stopping).toMatchObject({ phase: 'stopped' });
    const restarting = operations.restartGateway({ force: true });
    await clock.advance(1000);
    expect(await restarting).toMatchObject({ phase: 'softRestart' });
    expect(gateway.calls).toEqual(['start', 'stop', 'restart true']);
    expect([clock.pending, late]).toEqual([0, []]);
  });

  it('tells at once what fails at once, and writes down what fails later', async () => {
    const error = new SystemError({ code: 'IBKR_GATEWAY_NOT_EXECUTABLE', message: 'There is no such program' });
    const refused = operations.startGateway({});
    gateway.settle(error);
    await expect(refused).rejects.toBe(error);
    expect([clock.pending, late]).toEqual([0, []]);

    const asked = operations.startGateway({});
    await clock.advance(1000);
    await asked;
    gateway.settle(error);
    await clock.settle();
    expect(late).toEqual([error]);
  });

  it('lets a caller leave, and goes on with the start', async () => {
    const reason = new Error('left');
    const gone = new AbortController();
    const asked = operations.startGateway({}, { signal: gone.signal });
    gone.abort(reason);
    await expect(asked).rejects.toBe(reason);
    await expect(operations.startGateway({}, { signal: gone.signal })).rejects.toBe(reason);
    expect([gateway.calls, clock.pending]).toEqual([['start'], 0]);
  });

  it('watches a gateway process that somebody else runs', async () => {
    await using process = new GatewayProcess({ driver: externalDriver(), host: '127.0.0.1', port: 1, stateDir: path.join(tmpdir(), 'never-made'), clock });
    const port: GatewayPort = process;
    const external = gatewayOperations(depsOf(port, clock));
    expect(heldToContract('gateway', await external.gateway({}))).toMatchObject({ managed: false, driver: 'external' });
  });
});

it('says of a gateway that nobody looks after here that it is external, and cannot start it', async () => {
  await using rig = await createRig();
  expect(await rig.ask('gateway', {})).toMatchObject({ managed: false, phase: 'external', driver: 'external', host: '127.0.0.1', port: rig.simulator.port, serverVersion: 193, failedLogins: 0 });
  for (const refused of [rig.refusal('startGateway', {}), rig.refusal('stopGateway', {}), rig.refusal('restartGateway', {})]) {
    expect(await refused).toMatchObject({ code: 'IBKR_GATEWAY_NOT_CONFIGURED', retryable: false, tips: [expect.stringContaining('Configure')] });
  }
});
