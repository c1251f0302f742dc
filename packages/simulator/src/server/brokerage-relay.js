import { LIVE_EXECUTION, commissionMessage, executionMessage, openOrderMessage, orderStatusMessage } from './order-messages.js';
function relay({ journal, push }, event) {
    switch (event.kind) {
        case 'openOrder': {
            const { order } = event;
            push({ clientId: order.clientId, orderId: order.orderId, message: openOrderMessage(order) });
            return;
        }
        case 'orderStatus': {
            const { order } = event;
            const { clientId, orderId, permId, status, filled, remaining, avgFillPrice, action, totalQuantity, lmtPrice, instrument } = order;
            const message = { orderId, permId, status, filled, remaining, avgFillPrice, action, totalQuantity, lmtPrice, conId: instrument.conId, orderRef: order.ticket.orderRef };
            journal.append('order', status, { clientId, message });
            push({ clientId, orderId, message: orderStatusMessage(order) });
            return;
        }
        case 'execution': {
            const { execution } = event;
            const { instrument, ...facts } = execution;
            journal.append('execution', execution.side, { clientId: execution.clientId, message: { ...facts, conId: instrument.conId } });
            push({ clientId: execution.clientId, orderId: execution.orderId, message: executionMessage(LIVE_EXECUTION, execution) });
            return;
        }
        case 'commission':
            push({ clientId: event.commission.clientId, orderId: event.order.orderId, message: commissionMessage(event.commission) });
            return;
        case 'verdict': {
            const { clientId, orderId, code, message } = event;
            journal.append('order', `verdict ${code}`, { clientId, message: { orderId, code, message } });
            push({ clientId, orderId, message: { type: 'errMsg', id: orderId, code, msg: message } });
            return;
        }
        case 'position':
        case 'account':
            // Streams that clients asked for: see the account routes.
            return;
    }
}
/** Sends what happens to orders to the clients that placed them and notes it in the journal; gives the function that ends it. */
export function relayBrokerage(options) {
    return options.brokerage.on((event) => {
        relay(options, event);
    });
}
