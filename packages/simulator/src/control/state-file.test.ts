import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import type { WireContract, WireOrder } from '@ibkit/wire';
import { createSimulator } from '../create-simulator.js';
import { withSimulator } from '../testing/with-simulator.js';
import { readStateFile } from './state-file.js';

const AAPL: WireContract = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' };
const RESTING: WireOrder = { action: 'BUY', totalQuantity: 10, orderType: 'LMT', lmtPrice: 1, tif: 'GTC', orderRef: 'kept' };

async function withFolder(body: (path: string, folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ibkit-state-'));
  try {
    await body(join(folder, 'state.json'), folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function parsedFile(path: string): Promise<unknown> {
  const value: unknown = JSON.parse(await readFile(path, 'utf8'));
  return value;
}

describe('the state file', () => {
  it('keeps orders, positions, executions and ids over a restart', () =>
    withFolder(async (stateFile) => {
      let before: unknown;
      await withSimulator({ stateFile }, async ({ simulator, clock, connect }) => {
        const client = await connect({ clientId: 3 });
        client.send({ type: 'placeOrder', orderId: 8, contract: AAPL, order: RESTING });
        client.send({ type: 'placeOrder', orderId: 9, contract: AAPL, order: { action: 'BUY', totalQuantity: 5, orderType: 'MKT' } });
        await client.barrier();
        await clock.advance(1_000);
        const { openOrders, completedOrders, executions } = simulator.control.state();
        before = JSON.parse(JSON.stringify({ openOrders, completedOrders, executions }));
      });
      expect((await stat(stateFile)).mode & 0o777).toBe(0o600);
      await withSimulator({ stateFile }, async ({ simulator, clock, connect }) => {
        await clock.advance(0);
        const { openOrders, completedOrders, executions, positions } = simulator.control.state();
        expect(JSON.parse(JSON.stringify({ openOrders, completedOrders, executions }))).toEqual(before);
        expect(positions).toMatchObject([{ position: 5 }]);
        const client = await connect({ clientId: 3 });
        expect(client.all('nextValidId')).toMatchObject([{ orderId: 10 }]);
        client.send({ type: 'reqOpenOrders' });
        await client.first('openOrder', ({ order }) => order.orderRef === 'kept');
        client.send({ type: 'reqExecutions', reqId: 1, filter: {} });
        await client.first('execDetails', ({ orderId }) => orderId === 9);
        client.send({ type: 'cancelOrder', orderId: 8 });
        await client.barrier();
        await clock.advance(1_000);
        await client.error(202, 8);
      });
    }));

  it('keeps orders that no client placed, and the second of two orders under one id', () =>
    withFolder(async (stateFile) => {
      let before: unknown;
      await withSimulator({ stateFile }, async ({ simulator, clock, connect }) => {
        const client = await connect({ clientId: 3 });
        simulator.control.placeManualOrder({ symbol: 'AAPL', action: 'BUY', quantity: 5, lmtPrice: 1 });
        simulator.control.placeManualOrder({ symbol: 'AAPL', action: 'BUY', quantity: 7 });
        client.send({ type: 'placeOrder', orderId: 8, contract: AAPL, order: RESTING });
        await client.barrier();
        simulator.control.inject({ type: 'second-perm-id' });
        client.send({ type: 'placeOrder', orderId: 8, contract: AAPL, order: { ...RESTING, lmtPrice: 2 } });
        await client.barrier();
        await clock.advance(1_000);
        const { openOrders, executions } = simulator.control.state();
        expect(openOrders.map(({ orderId }) => orderId)).toEqual([0, 8, 8]);
        expect(executions).toHaveLength(1);
        before = JSON.parse(JSON.stringify({ openOrders, executions }));
      });
      await withSimulator({ stateFile }, async ({ simulator, clock }) => {
        await clock.advance(0);
        const { openOrders, executions } = simulator.control.state();
        expect(JSON.parse(JSON.stringify({ openOrders, executions }))).toEqual(before);
        simulator.control.cancelManualOrder(openOrders[0]?.permId ?? '');
      });
    }));

  it('is written shortly after a change, not only at the end', () =>
    withFolder((stateFile) =>
      withSimulator({ stateFile }, async ({ clock, connect }) => {
        const client = await connect();
        client.send({ type: 'placeOrder', orderId: 1, contract: AAPL, order: RESTING });
        await client.barrier();
        expect(await parsedFile(stateFile)).toMatchObject({ brokerage: { working: [] } });
        await clock.advance(50);
        // The write is on its way; it replaces the file as a whole.
        let kept = await readStateFile(stateFile);
        while (kept?.working.length === 0) {
          await client.barrier();
          kept = await readStateFile(stateFile);
        }
        expect(kept?.working).toMatchObject([{ orderId: 1 }]);
      }),
    ));

  it.each([
    ['', 'Unexpected end'],
    ['{"format":"ibkit-simulator-state","version":1,"brok', 'JSON'],
    ['[]', 'must be an object'],
    ['{"format":"something"}', 'format must be one of ibkit-simulator-state'],
    ['{"format":"ibkit-simulator-state","version":2}', 'version must be 1'],
    ['{"format":"ibkit-simulator-state","version":1,"brokerage":{"savedAtMs":0,"ids":{"permId":-1}}}', 'brokerage.ids.permId'],
  ])('that is broken is a clear error and is left alone: %s', (content, reason) =>
    withFolder(async (stateFile) => {
      await writeFile(stateFile, content);
      const clock = createTestClock();
      const failed = createSimulator({ clock, stateFile });
      await expect(failed).rejects.toThrow(reason);
      await expect(failed).rejects.toMatchObject({ name: 'UsageError', details: { field: 'stateFile', value: stateFile } });
      expect(await readFile(stateFile, 'utf8')).toBe(content);
      expect(clock.pending).toBe(0);
    }),
  );

  it('of other accounts is refused, and so is a path that cannot be written', () =>
    withFolder(async (stateFile, folder) => {
      await withSimulator({ stateFile, accounts: ['DU1', 'DU2'] }, () => Promise.resolve());
      const clock = createTestClock();
      await expect(createSimulator({ clock, stateFile, accounts: ['DU1'] })).rejects.toThrow('must fit the other options');
      await expect(createSimulator({ clock, stateFile: join(folder, 'none', 'state.json') })).rejects.toThrow('must be a path that can be written');
      expect(clock.pending).toBe(0);
      await withSimulator({ stateFile, accounts: ['DU1', 'DU2', 'DU3'] }, () => Promise.resolve());
    }));

  it('closes everything else when it cannot be written at the end', () =>
    withFolder(async (stateFile, folder) => {
      const clock = createTestClock();
      const simulator = await createSimulator({ clock, stateFile });
      await rm(folder, { recursive: true });
      await expect(simulator.close()).rejects.toMatchObject({ code: 'ENOENT' });
      expect(clock.pending).toBe(0);
      expect(simulator.control.state().listening).toBe(false);
      // For the end of the test, which removes it.
      await mkdir(folder);
    }));

  it('is whole at every moment, so that whoever is killed leaves a whole one', () =>
    withFolder((stateFile) =>
      withSimulator({ stateFile }, async ({ clock, connect }) => {
        const client = await connect();
        let seen = 0;
        for (let orderId = 1; orderId <= 40; orderId += 1) {
          client.send({ type: 'placeOrder', orderId, contract: AAPL, order: { ...RESTING, orderRef: 'x'.repeat(1_000) } });
          await client.barrier();
          await clock.advance(50);
          // While the next write is on its way: a torn file would not be read. The three reads end in any order among themselves.
          const reads = await Promise.all([readStateFile(stateFile), readStateFile(stateFile), readStateFile(stateFile)]);
          const counts = reads.map((kept) => kept?.working.length ?? -1);
          expect(Math.min(...counts)).toBeGreaterThanOrEqual(seen);
          seen = Math.max(...counts);
        }
        expect(seen).toBeGreaterThan(0);
      }),
    ));

  it('does not mind what a killed process left half-written beside it', () =>
    withFolder(async (stateFile) => {
      await withSimulator({ stateFile }, () => Promise.resolve());
      await writeFile(`${stateFile}.tmp`, '{"format":"ibkit-sim', { mode: 0o666 });
      await withSimulator({ stateFile }, () => Promise.resolve());
      expect(await readStateFile(stateFile)).toBeDefined();
      expect((await stat(stateFile)).mode & 0o777).toBe(0o600);
    }));
});
