import { fileURLToPath } from 'node:url';
import { createSimulator } from '@ibkit/simulator';
import { expect, it } from 'vitest';
import { runProgram } from './run-program.js';

it('plain IBApi gets quotes and a fill from the simulator', async () => {
  await using simulator = await createSimulator();
  const { exitCode, stdout, stderr } = await runProgram(fileURLToPath(new URL('plain-stoqey.ts', import.meta.url)), [String(simulator.port)]);
  expect(stderr).toBe('');
  expect(stdout).toMatch(/connected, server version 193, next order id 1/);
  expect(stdout).toMatch(/tick \d+: \d+/);
  expect(stdout).toMatch(/order 1: Filled, filled 10, remaining 0, average \d+/);
  expect(exitCode).toBe(0);
});
