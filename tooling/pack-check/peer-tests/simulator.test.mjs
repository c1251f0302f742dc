// Run by Vitest in the stranger's project: the helpers of the installed package do what they promise.
import { connect } from 'node:net';
import { DEFAULT_SIMULATOR } from '@ibkit/simulator';
import { simulatorTest, useSimulator, waitForJournal } from '@ibkit/simulator/vitest';
import { describe, expect, it } from 'vitest';

const test = simulatorTest({ lockStep: true });

test('a test gets a simulator that sees who comes', async ({ simulator }) => {
  const socket = connect(simulator.port, simulator.host);
  expect(await waitForJournal(simulator, { kind: 'client', type: 'accepted' })).toMatchObject({ seq: 1 });
  await simulator.control.step(1_000);
  socket.destroy();
});

describe('a suite', () => {
  const simulator = useSimulator();

  it('has its simulator', () => {
    expect(simulator().host).toBe(DEFAULT_SIMULATOR.host);
  });
});
