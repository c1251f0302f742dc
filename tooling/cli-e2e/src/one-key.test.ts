import { expect, it } from 'vitest';
import { Control } from './testing/control.js';
import { ibkit } from './testing/program.js';
import { documentsIn, faultsOf } from './testing/schemas.js';
import { startDaemon, startSimulator } from './testing/world.js';

it('one key is one order at a gateway, through the daemon and beside it, whichever client id is given', async () => {
  const gateway = await startSimulator();
  await using gatewayProcess = gateway.running;
  const daemon = await startDaemon({ port: gateway.port });
  await using daemonProcess = daemon.running;
  const place = (...flags: readonly string[]) => ibkit(['order', 'buy', 'MSFT', '1', '--limit', '2', '--submit', '--no-wait', '--key', 'once', '--json', ...flags], { home: daemon.home });
  const beside = ['--via', 'direct', '--port', String(gateway.port)];

  expect(await place('--via', 'daemon')).toMatchObject({ exitCode: 8 });
  const refused = await place(...beside, '--client-id', '50');
  expect([refused.exitCode, documentsIn(refused.stdout)]).toEqual([6, [{ error: expect.objectContaining({ code: 'IBKR_ORDER_GATE_REFUSED', message: expect.stringContaining('an order with this key was placed under another client id') as string }) as unknown }]]);
  expect(faultsOf('error', documentsIn(refused.stdout)[0])).toEqual([]);
  // Its own client id, once the daemon is gone: the same order, and nothing is sent.
  await daemonProcess.stop('SIGTERM');
  const again = await place(...beside);
  expect([again.exitCode, documentsIn(again.stdout)]).toEqual([8, [expect.objectContaining({ key: 'once' })]]);
  expect(await place(...beside, '--client-id', '50')).toMatchObject({ exitCode: 6 });
  expect(await new Control(gateway.controlPort).received('placeOrder')).toHaveLength(1);
  await gatewayProcess.stop('SIGTERM');
});
