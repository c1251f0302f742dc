import type { Brokerage, BrokerageEvent } from '../brokerage/brokerage.js';
import type { OrderCallback } from '../faults/fault.js';
import { LIVE_EXECUTION, commissionMessage, executionMessage, openOrderMessage, orderStatusMessage } from './order-messages.js';
import { isManual, shownExecution, shownIds, shownOrder } from './order-owner.js';
import type { WitnessJournal } from './witness-journal.js';

/** Options of {@link relayBrokerage}. */
export interface RelayOptions {
  readonly brokerage: Brokerage;
  readonly journal: WitnessJournal;
  /** Sends a callback to the client that placed the order, if it is there. */
  readonly push: (callback: OrderCallback) => void;
}

function relay({ journal, push }: RelayOptions, event: BrokerageEvent): void {
  switch (event.kind) {
    case 'openOrder': {
      const order = shownOrder(event.order);
      push({ clientId: order.clientId, orderId: order.orderId, message: openOrderMessage(order), isManual: isManual(event.order) });
      return;
    }
    case 'orderStatus': {
      const order = shownOrder(event.order);
      const { clientId, orderId, permId, status, filled, remaining, avgFillPrice, action, totalQuantity, lmtPrice, instrument } = order;
      const message = { orderId, permId, status, filled, remaining, avgFillPrice, action, totalQuantity, lmtPrice, conId: instrument.conId, orderRef: order.ticket.orderRef };
      journal.append('order', status, { clientId, message });
      push({ clientId, orderId, message: orderStatusMessage(order), isManual: isManual(event.order) });
      return;
    }
    case 'execution': {
      const execution = shownExecution(event.execution);
      const { instrument, ...facts } = execution;
      journal.append('execution', execution.side, { clientId: execution.clientId, message: { ...facts, conId: instrument.conId } });
      push({ clientId: execution.clientId, orderId: execution.orderId, message: executionMessage(LIVE_EXECUTION, execution), isManual: isManual(event.execution) });
      return;
    }
    case 'commission':
      push({ ...shownIds(event.order), message: commissionMessage(event.commission), isManual: isManual(event.order) });
      return;
    case 'verdict': {
      const { clientId, orderId } = shownIds(event);
      const { code, message } = event;
      journal.append('order', `verdict ${code}`, { clientId, message: { orderId, code, message } });
      push({ clientId, orderId, message: { type: 'errMsg', id: orderId, code, msg: message }, isManual: isManual(event) });
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
