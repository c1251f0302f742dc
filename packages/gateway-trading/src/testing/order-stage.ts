import { ConnectionManager } from '@ibkit/core-connection';
import { createSimulator } from '@ibkit/simulator';
import type { Simulator } from '@ibkit/simulator';
import type { ClientMessage, ClientMessageOf } from '@ibkit/wire';
import type { TradingOptions } from '../options.js';
import { Trading } from '../trading/trading.js';

/** Trading against a simulator over a real socket. */
export interface OrderStage {
  readonly simulator: Simulator;
  readonly connection: ConnectionManager;
  readonly trading: Trading;
  /** The orders and changes that arrived, as the simulator saw them. */
  readonly seen: () => readonly ClientMessageOf<'placeOrder'>[];
}

/** Whether a message of the witness is an order or a change. */
export function isPlaceOrder(message: unknown): message is ClientMessageOf<'placeOrder'> {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'placeOrder';
}

/** Everything of one type that arrived. */
export function arrived({ control }: Simulator, type: ClientMessage['type']): number {
  return control.journal({ kind: 'in', type }).length;
}

/** Plays on a fresh stage and takes it down, whatever happens. */
export async function onOrderStage(play: (stage: OrderStage) => Promise<void>, options: (connection: ConnectionManager) => Partial<TradingOptions> = () => ({})): Promise<void> {
  const simulator = await createSimulator({ accounts: ['DU1234567'] });
  const connection = new ConnectionManager({ host: simulator.host, port: simulator.port, clientId: 1, random: { next: () => 0 } });
  const trading = new Trading({ connection, absenceWindowMs: 20, reconcileRetryMs: 20, lingerMs: 10, ...options(connection) });
  try {
    await connection.connect();
    await trading.ready();
    await play({
      simulator,
      connection,
      trading,
      seen: () => simulator.control.journal({ kind: 'in', type: 'placeOrder' }).flatMap(({ message }) => (isPlaceOrder(message) ? [message] : [])),
    });
  } finally {
    await trading.close();
    await connection[Symbol.asyncDispose]();
    await simulator.close();
  }
}
