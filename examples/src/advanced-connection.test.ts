import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSimulator } from '@ibkit/simulator';
import type { Simulator } from '@ibkit/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handlers, pool } from './advanced-connection.js';
import { expectAsInReadme, printedBy } from './testing/printed.js';

describe('advanced connection', () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await createSimulator();
  });
  afterAll(() => simulator.close());

  it('calls its handlers when the link breaks, and comes back after a wait of its own', async () => {
    const lines = await printedBy(() => handlers(simulator, () => { simulator.control.dropClients('rst'); }));
    const wait = lines.find((line) => line.startsWith('the next attempt'));
    expect(lines.slice(1, 4).sort()).toEqual(['disconnect handler: no session', 'lost: IBKR_SESSION_RESET', wait]);
    expect(lines.slice(4)).toEqual(['recovered: session', 'connect handler: ready', 'disconnect handler: no session']);
    expect(Number(/\d+/u.exec(wait ?? '')?.[0])).toBeLessThanOrEqual(200);
  });

  it('makes a new session on request, gives out connections by role, and the one for orders to one user at a time', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'ibkit-pool-'));
    try {
      const anew = await printedBy(() => handlers(simulator));
      const lines = await printedBy(() => pool(simulator, directory));
      await expectAsInReadme('advanced-connection', [...anew, ...lines]);
      const [first, second] = lines.filter((line) => line.startsWith('data')).map((line) => Number(/\d+/u.exec(line)?.[0]));
      expect(first).not.toBe(second);
      for (const clientId of [first, second]) expect(clientId).toBeGreaterThanOrEqual(100);
      expect(lines.slice(2)).toEqual(['order: client id 1, connected', 'waiting for the order connection: 1', 'it came free, with the same client id 1']);
      expect(simulator.control.state().connections).toBe(0);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
