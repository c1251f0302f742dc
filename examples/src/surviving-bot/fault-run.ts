// The bot against a simulator that loses answers, orders and the link, and the simulator's own record beside what the bot believes.
import { createSimulator } from '@ibkit/simulator';
import type { Simulator } from '@ibkit/simulator';
import { isProgram } from '../gateway-address.js';
import { run as runBot } from './bot.js';

/** @returns what the bot believes to have bought, and what it has bought. */
export async function run(simulator: Simulator): Promise<{ readonly believed: number; readonly bought: number }> {
  const { control } = simulator;
  control.inject({ type: 'drop', how: 'rst', after: { message: 'placeOrder', count: 1 } }); // the answer to order 1 is lost, with the connection
  control.inject({ type: 'lose-ack', after: { message: 'placeOrder', count: 1 } }); // order 2 fills, and nobody is told
  control.inject({ type: 'lose-order', after: { message: 'placeOrder', count: 2 } }); // order 3 never arrives
  control.inject({ type: 'restart', for: 1_000, after: { message: 'placeOrder', count: 4 } }); // the gateway restarts right after order 4

  const orders = await runBot({
    host: simulator.host,
    port: simulator.port,
    waits: { reconnect: { initialMs: 100, maxMs: 500 }, ackTimeoutMs: 500, absenceWindowMs: 500 }, // short, so that the show is
  });

  const executions = control.state().executions;
  const bought = executions.reduce((sum, { shares }) => sum + shares, 0);
  const believed = orders.reduce((sum, { filledQuantity }) => sum + filledQuantity, 0);
  const open = orders.filter(({ status }) => status !== 'filled' && status !== 'absent');
  console.log(`the bot believes: ${believed} bought, ${open.length} orders without a verdict`);
  console.log(`the simulator says: ${bought} bought in ${executions.length} executions, ${control.journal({ kind: 'in', type: 'placeOrder' }).length} orders received, ${control.state().openOrders.length} open`);
  return { believed, bought };
}

if (isProgram(import.meta.url)) {
  await using simulator = await createSimulator();
  await run(simulator);
}
