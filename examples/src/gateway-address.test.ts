import { fileURLToPath } from 'node:url';
import { createSimulator } from '@ibkit/simulator';
import { describe, expect, it } from 'vitest';
import { gatewayAddress } from './gateway-address.js';
import { runProgram } from './run-program.js';

describe('where the examples connect to', () => {
  it.each([
    [undefined, {}, '127.0.0.1', 4002],
    [undefined, { IBKIT_HOST: 'gateway.lan', IBKIT_PORT: '7497' }, 'gateway.lan', 7497],
    ['4003', { IBKIT_PORT: '7497' }, '127.0.0.1', 4003],
    ['gateway.lan:4004', { IBKIT_HOST: 'other.lan' }, 'gateway.lan', 4004],
  ])('%s, %o: %s:%i', (argument, env, host, port) => {
    expect(gatewayAddress(argument, env)).toEqual({ host, port });
  });

  it('is what an example takes that is started as a program', async () => {
    await using simulator = await createSimulator();
    const { exitCode, stdout, stderr } = await runProgram(fileURLToPath(new URL('basic-connection.ts', import.meta.url)), [`127.0.0.1:${simulator.port}`]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^connected: server version 193/u);
    expect(stdout).toMatch(/\ndisconnected\n$/u);
  });
});
