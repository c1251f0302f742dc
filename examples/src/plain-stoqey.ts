// Plain @stoqey/ib against the simulator (or any gateway): quotes, then a market order to its fill.
// Usage: node --import tsx src/plain-stoqey.ts [port]        nothing of ibkit is imported here
import process from 'node:process';
import { EventName, IBApi, OrderAction, OrderStatus, OrderType, SecType } from '@stoqey/ib';

const port = Number(process.argv[2] ?? 4002);
const ib = new IBApi({ host: '127.0.0.1', port, clientId: 7, maxReqPerSec: 40 });
const spy = { symbol: 'SPY', secType: SecType.STK, exchange: 'SMART', currency: 'USD' };
let ticks = 0;

ib.on(EventName.error, (error, code, id) => {
  console.error(`error ${code} for ${id}: ${error.message}`);
});
ib.on(EventName.nextValidId, (orderId) => {
  console.log(`connected, server version ${ib.serverVersion}, next order id ${orderId}`);
  ib.reqMktData(1001, spy, '', false, false);
  ib.once(EventName.tickPrice, () => {
    ib.placeOrder(orderId, spy, { orderId, action: OrderAction.BUY, totalQuantity: 10, orderType: OrderType.MKT, transmit: true });
  });
});
ib.on(EventName.tickPrice, (_id, field, price) => {
  ticks += 1;
  if (ticks <= 5) console.log(`tick ${field}: ${price}`);
});
ib.on(EventName.orderStatus, (id, status, filled, remaining, averagePrice) => {
  console.log(`order ${id}: ${status}, filled ${filled}, remaining ${remaining}, average ${averagePrice}`);
  if (status === OrderStatus.Filled) ib.disconnect();
});
ib.on(EventName.disconnected, () => {
  process.exitCode = ticks > 0 ? 0 : 1;
});
ib.connect(7);
