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
  const place = (key: string, ...flags: readonly string[]) => ibkit(['order', 'buy', 'MSFT', '1', '--limit', '2', '--submit', '--no-wait', '--key', key, '--json', ...flags], { home: daemon.home });
  const beside = ['--via', 'direct', '--port', String(gateway.port)];

  expect(await place('once', '--via', 'daemon')).toMatchObject({ exitCode: 8 });
  const refused = await place('once', ...beside, '--client-id', '50');
  expect([refused.exitCode, documentsIn(refused.stdout)]).toEqual([6, [{ error: expect.objectContaining({ code: 'IBKR_ORDER_GATE_REFUSED', message: expect.stringContaining('an order with this key was placed under another client id') as string }) as unknown }]]);
  expect(faultsOf('error', documentsIn(refused.stdout)[0])).toEqual([]);
  // The other way about.
  expect(await place('beside', ...beside, '--client-id', '50')).toMatchObject({ exitCode: 8 });
  const back = await place('beside', '--via', 'daemon');
  expect([back.exitCode, documentsIn(back.stdout)]).toEqual([6, [{ error: expect.objectContaining({ code: 'IBKR_ORDER_GATE_REFUSED' }) as unknown }]]);
  // Its own client id, once the daemon is gone: the same order, and nothing is sent.
  await daemonProcess.stop('SIGTERM');
  const again = await place('once', ...beside);
  expect([again.exitCode, documentsIn(again.stdout)]).toEqual([8, [expect.objectContaining({ key: 'once' })]]);
  expect(await place('once', ...beside, '--client-id', '50')).toMatchObject({ exitCode: 6 });
  expect(await new Control(gateway.controlPort).received('placeOrder')).toHaveLength(2);
  await gatewayProcess.stop('SIGTERM');
});
