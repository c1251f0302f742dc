// A simulated gateway for the other examples, with a control port beside it for breaking things. Ctrl-C ends it.
//   tsx src/simulator.ts [PORT]      the control port is the next one
import { once } from 'node:events';
import process from 'node:process';
import { createSimulator } from '@ibkit/simulator';
import { gatewayAddress, isProgram } from './gateway-address.js';

export async function run(ports: { readonly port: number; readonly controlPort: number }, stop: AbortSignal): Promise<void> {
  await using simulator = await createSimulator(ports);
  console.log(`a simulated gateway with paper money listens on ${simulator.host}:${simulator.port}, its control on ${simulator.controlPort}`);
  if (!stop.aborted) await once(stop, 'abort');
}

if (isProgram(import.meta.url)) {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => { stop.abort(); });
  const { port } = gatewayAddress();
  await run({ port, controlPort: port + 1 }, stop.signal);
}
