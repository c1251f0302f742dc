import { connect } from 'node:net';
import process from 'node:process';
import { waitForJournal } from '@ibkit/simulator/vitest';
import { describe, expect, it } from 'vitest';
import { createSimulator } from '../create-simulator.js';
import { WireClient } from '../testing/wire-client.js';

// How a kernel treats a full queue is its own affair; Linux throws the first packets away.
describe.runIf(process.platform === 'linux')('black-hole', () => {
  it('lets connections hang in the middle of connecting until it ends', async () => {
    const simulator = await createSimulator();
    const client = await WireClient.ready({ port: simulator.port });
    const stop = simulator.control.inject({ type: 'black-hole' });
    await waitForJournal(simulator, { type: 'holeOpen' });
    expect(simulator.control.state().listening).toBe(false);
    const waiting = connect(simulator.port, simulator.host);
    const outcome = new Promise<string>((resolve) => {
      waiting.once('connect', () => {
        resolve('connected');
      });
      waiting.once('error', (error) => {
        resolve(error.message);
      });
    });
    try {
      // Who was there before lives on; the newcomer is neither in nor out.
      await client.barrier();
      const asked = await Promise.race([outcome, client.barrier().then(() => 'still waiting')]);
      expect([asked, waiting.connecting]).toEqual(['still waiting', true]);
      waiting.destroy();
      stop();
      await simulator.control.listen();
      await (await WireClient.ready({ port: simulator.port, clientId: 2 })).close();
      expect(simulator.control.journal({ kind: 'fault' }).map(({ type }) => type)).toEqual(['black-hole', 'holeOpen', 'ended', 'holeClosed']);
    } finally {
      waiting.destroy();
      await client.close();
      await simulator.close();
    }
  });

  it('leaves nothing behind when the simulator is closed in it, or before it is there', async () => {
    const simulator = await createSimulator();
    simulator.control.inject({ type: 'black-hole' });
    await simulator.close();
    const another = await createSimulator({ port: simulator.port });
    another.control.inject({ type: 'black-hole' });
    await waitForJournal(another, { type: 'holeOpen' });
    await another.close();
    expect(another.control.journal({ type: 'holeClosed' })).toHaveLength(1);
    await (await createSimulator({ port: simulator.port })).close();
  });
});
