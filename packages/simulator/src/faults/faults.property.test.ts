import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createTextCodec, encodeClientHello } from '@ibkit/wire';
import type { WireContract } from '@ibkit/wire';
import type { Simulator } from '../create-simulator.js';
import { WireClient } from '../testing/wire-client.js';
import { withSimulator } from '../testing/with-simulator.js';
import { FAULT_TYPES, isFault } from './catalogue.js';
import type { SimulatorFault } from './catalogue.js';

const AAPL: WireContract = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' };

/** What a fault cannot do without. */
const NEEDED: Readonly<Record<string, object>> = { notice: { code: 2110 }, 'clock-skew': { byMs: 5_000 }, 'accounts-shown': { accounts: ['DU1'] }, 'time-shape': { shape: 'bare' } };

function faultOf(type: string, timing: object): SimulatorFault {
  const fault: unknown = { type, ...NEEDED[type], ...timing };
  if (!isFault(fault)) throw new Error('unreachable: isFault throws');
  return fault;
}

const timing = fc.record(
  {
    after: fc.oneof(
      fc.integer({ min: 0, max: 2_000 }),
      fc.record({ message: fc.constantFrom('placeOrder', 'reqCurrentTime', 'orderStatus', 'tickPrice', 'startApi'), count: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ messages: fc.integer({ min: 1, max: 10 }) }),
      fc.record({ client: fc.constantFrom('accepted' as const, 'ready' as const, 'closed' as const) }),
    ),
    for: fc.integer({ min: 0, max: 3_000 }),
  },
  { requiredKeys: [] },
);

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('fault' as const), type: fc.constantFrom(...FAULT_TYPES), timing }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 2_000 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('enter' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('end' as const) }) },
);

const CODEC = createTextCodec({ serverVersion: 193 });

/** A connection, if the port takes one. Who knocks at a hole waits for ever. */
async function knock({ port, control }: Simulator): Promise<WireClient | undefined> {
  if (control.state().faults.some(({ status, fault }) => status === 'active' && fault.type === 'black-hole')) return undefined;
  try {
    return await WireClient.open(port);
  } catch {
    return undefined;
  }
}

/** A client that asks for everything at once and does not wait for answers. */
async function enter(simulator: Simulator, clientId: number): Promise<WireClient | undefined> {
  const client = await knock(simulator);
  client?.sendBytes(encodeClientHello({ minVersion: 157, maxVersion: 193 }));
  client?.sendBytes(CODEC.encodeClient({ type: 'startApi', clientId }));
  client?.sendBytes(CODEC.encodeClient({ type: 'reqCurrentTime' }));
  client?.sendBytes(CODEC.encodeClient({ type: 'reqMktData', reqId: 1, contract: AAPL }));
  client?.sendBytes(CODEC.encodeClient({ type: 'placeOrder', orderId: 1, contract: AAPL, order: { action: 'BUY', totalQuantity: 1, orderType: 'MKT' } }));
  return client;
}

/** Gives the sockets of this process time to be heard: what was written before is read by then. */
async function turn(simulator: Simulator): Promise<void> {
  for (let round = 0; round < 3; round += 1) await (await knock(simulator))?.close();
}

it('whatever goes wrong in whatever order, the server is well again when the faults are over', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const clients: (WireClient | undefined)[] = [];
      await withSimulator({}, async ({ simulator, clock }) => {
        for (const action of steps) {
          if (action.kind === 'fault') simulator.control.inject(faultOf(action.type, action.timing));
          else if (action.kind === 'advance') await clock.advance(action.ms);
          else if (action.kind === 'enter') clients.push(await enter(simulator, clients.length + 1));
          else simulator.control.clearFaults();
          await turn(simulator);
        }
        simulator.control.clearFaults();
        expect(simulator.control.state().faults).toEqual([]);
        await simulator.control.listen();
        const well = await WireClient.ready({ port: simulator.port, clientId: 999 });
        await well.barrier();
        await well.close();
      });
      await Promise.all(clients.flatMap((client) => (client === undefined ? [] : [client.close()])));
    }),
    { numRuns: 40 },
  );
});
