import { once } from 'node:events';
import path from 'node:path';
import { ConnectionManager } from '@ibkit/core-connection';
import { Trading } from '@ibkit/gateway-trading';
import { createSimulator } from '@ibkit/simulator';
import { expect, it } from 'vitest';
import { ChildProgram } from '@ibkit/presets/child-program';
import { JournalDirectory } from './testing/directories.js';

const PROGRAM = path.join(import.meta.dirname, 'testing/trading-program.ts');
const MOMENTS = ['before staged', 'after staged', 'before the answer', 'after the bytes'] as const;

// Each moment needs a process of its own to be killed.
it('loses and doubles no order when the process is killed at any moment of placing one', { timeout: 90_000 }, async () => {
  await using directory = new JournalDirectory();
  await using simulator = await createSimulator({ accounts: ['DU1234567'] });
  for (const moment of MOMENTS) {
    await using program = new ChildProgram(PROGRAM, [directory.path, String(simulator.port), moment]);
    const [, signal] = (await once(program.child, 'close')) as [number | null, string | null];
    expect([moment, signal]).toEqual([moment, 'SIGKILL']);
  }

  const journal = await directory.open();
  expect(await journal.verify()).toMatchObject({ ok: true });
  const connection = new ConnectionManager({ port: simulator.port, clientId: 1 });
  const trading = new Trading({ connection, journal, coordinator: journal.coordinator, absenceWindowMs: 10, reconcileRetryMs: 10, lingerMs: 1 });
  try {
    await trading.start();
    // Nobody but the broker can say what became of it.
    expect(trading.order('after the bytes')?.state.status).toBe('unknown');
    await connection.connect();
    await trading.ready();
    await expect.poll(() => trading.orders().filter(({ status }) => status === 'unknown').map(({ key }) => key)).toEqual([]);

    const { openOrders, completedOrders } = simulator.control.state();
    const atBroker = [...openOrders, ...completedOrders].map(({ orderId }) => orderId);
    expect(new Set(atBroker).size).toBe(atBroker.length);
    const verdicts = new Map(trading.orders().map(({ key, status, orderId }) => [key, [status, atBroker.includes(orderId)]]));
    expect(verdicts.has('before staged')).toBe(false);
    expect(verdicts.get('after staged')).toEqual(['absent', false]);
    expect(verdicts.get('before the answer')).toEqual(['working', true]);
    // Whether the last bytes of a dying process arrive is the system's business; that we know which it was is ours.
    expect([['working', true], ['absent', false]]).toContainEqual(verdicts.get('after the bytes'));
    expect(atBroker.length).toBe([...verdicts.values()].filter(([, there]) => there).length);
  } finally {
    await trading.close();
    await connection[Symbol.asyncDispose]();
  }
});
