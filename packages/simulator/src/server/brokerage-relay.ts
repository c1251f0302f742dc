import type { Brokerage, BrokerageEvent } from '../brokerage/brokerage.js';
import type { ClientSession } from './client-session.js';
import { LIVE_EXECUTION, commissionMessage, executionMessage, openOrderMessage, orderStatusMessage } from './order-messages.js';
import type { WitnessJournal } from './witness-journal.js';

/** Options of {@link relayBrokerage}. */
export interface RelayOptions {
  readonly brokerage: Brokerage;
  readonly journal: WitnessJournal;
  /** The client that is connected under this id and ready. */
  readonly sessionOf: (clientId: number) => ClientSession | undefined;
}

function relay({ journal, sessionOf }: RelayOptions, event: BrokerageEvent): void {
  switch (event.kind) {
    case 'openOrder': {
      const { order } = event;
      sessionOf(order.clientId)?.send(openOrderMessage(order));
      return;
    }
    case 'orderStatus': {
      const { order } = event;
      const { clientId, orderId, permId, status, filled, remaining, avgFillPrice, action, totalQuantity, lmtPrice, instrument } = order;
      const message = { orderId, permId, status, filled, remaining, avgFillPrice, action, totalQuantity, lmtPrice, conId: instrument.conId, orderRef: order.ticket.orderRef };
      journal.append('order', status, { clientId, message });
      sessionOf(clientId)?.send(orderStatusMessage(order));
      return;
    }
    case 'execution': {
      const { execution } = event;
      const { instrument, ...facts } = execution;
      journal.append('execution', execution.side, { clientId: execution.clientId, message: { ...facts, conId: instrument.conId } });
      sessionOf(execution.clientId)?.send(executionMessage(LIVE_EXECUTION, execution));
      return;
    }
    case 'commission':
      sessionOf(event.commission.clientId)?.send(commissionMessage(event.commission));
      return;
    case 'verdict': {
      const { clientId, orderId, code, message } = event;
      journal.append('order', `verdict ${code}`, { clientId, message: { orderId, code, message } });
      sessionOf(clientId)?.sendError(orderId, code, message);
      return;
    }
    case 'position':
    case 'account':
      // Streams that clients asked for: see the account routes.
      return;
  }
}

/** Sends what happens to orders to the clients that placed them and notes it in the journal; gives the function that ends it. */
export function relayBrokerage(options: RelayOptions): () => void {
  return options.brokerage.on((event) => {
    relay(options, event);
  });
}
