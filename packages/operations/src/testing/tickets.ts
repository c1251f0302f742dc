import { orderTicketSchema } from '@ibkit/api-contract';
import type { ApiOrderTicket, ApiPlaced } from '@ibkit/api-contract';
import type { Simulator } from '@ibkit/simulator';
import type { Rig } from './rig.js';

/** A ticket as a server would read it. */
export function ticketOf(ticket: unknown): ApiOrderTicket {
  return orderTicketSchema.parse(ticket);
}

/** An order that arrived. */
interface Arrived {
  readonly orderId: number;
  readonly contract: { readonly conId?: number };
  readonly order: { readonly orderRef?: string; readonly whatIf?: boolean };
}

function isArrived(message: unknown): message is Arrived {
  return typeof message === 'object' && message !== null && 'orderId' in message && 'order' in message;
}

/** The orders that the simulator saw arriving, questions what an order would do left out: of one placement when there is one. */
export function ordersSeen({ control }: Simulator, placed?: ApiPlaced): readonly Arrived[] {
  const refs = placed?.orders.map(({ id }) => `ibk.${id}`);
  const messages: readonly unknown[] = control.journal({ kind: 'in', type: 'placeOrder' }).map(({ message }) => message);
  return messages.filter(isArrived).filter(({ order }) => order.whatIf !== true && (refs === undefined || refs.includes(order.orderRef ?? '')));
}

/** Two listed strikes of one day around the price of a share. */
export async function listedOptions({ connection, marketData }: Rig, symbol: string): Promise<{ readonly expiry: string; readonly low: number; readonly high: number }> {
  const { conId } = await marketData.resolve(symbol);
  const last = await marketData.getLatestPrice(symbol);
  const chain = await connection.request<{ readonly expirations: readonly string[]; readonly strikes: readonly number[] }>({
    name: 'option definitions',
    build: (reqId) => ({ type: 'reqSecDefOptParams', reqId, underlyingSymbol: symbol, futFopExchange: '', underlyingSecType: 'STK', underlyingConId: conId }),
    receive: (message, reply) => {
      if (message.type === 'secDefOptParameter' && message.exchange === 'SMART') reply.resolve(message);
    },
  });
  const strikes = chain.strikes.filter((strike) => Math.abs(strike / last - 1) < 0.1);
  const middle = Math.floor(strikes.length / 2);
  const day = [...chain.expirations].sort()[2] ?? '';
  return { expiry: `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6, 8)}`, low: strikes[middle - 1] ?? 0, high: strikes[middle] ?? 0 };
}
