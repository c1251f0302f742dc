// Sizes a paper position by the latest prediction of an options flow service, and says why.
//   tsx src/options-flow-strategy.ts PORT TICKER ROUNDS     with API_BASE_URL and API_KEY in the environment
import process from 'node:process';
import { ConnectionManager } from '@ibkit/core-connection';
import { Trading } from '@ibkit/gateway-trading';
import { MarketData } from '@ibkit/market-data';
import { OptionsFlowClient, OptionsFlowMonitor } from '@ibkit/options-flow';
import { sizeByPrediction } from './flow-sizing.js';

const [port = '4002', ticker = 'SPY', rounds = '1'] = process.argv.slice(2);

const connection = new ConnectionManager({ port: Number(port) });
const marketData = new MarketData({ connection });
const trading = new Trading({ connection, marketData });
const flow = OptionsFlowClient.fromEnv(process.env);
const monitor = new OptionsFlowMonitor({ client: flow, tickers: [ticker], everyMs: 1_000 });
try {
  await connection.connect();
  await trading.ready();
  const contract = await marketData.resolve(ticker);
  monitor.events.on('flow.stateChanged', ({ status, stale }) => { console.log(`predictions: ${status}${stale ? ', stale' : ''}`); });
  // Signals arrive as events beside those of the broker.
  trading.events.on('order.filled', ({ fill }) => { console.log(`filled ${fill.quantity} at ${fill.price}`); });
  const predictions = monitor.events.stream('flow.prediction', { capacity: 1, overflow: 'dropOldest' });
  monitor.start();
  let left = Number(rounds);
  for await (const { prediction, receivedAtMs } of predictions) {
    const [{ netLiquidation: equity }, positions, price] = await Promise.all([trading.getAccountBalance(), trading.positions(), marketData.getLatestPrice(contract)]);
    const position = positions.find((held) => held.contract.conId === contract.conId)?.position ?? 0;
    const { change, why } = sizeByPrediction({ prediction, price, equity, position });
    console.log(`${ticker}: ${why}`);
    if (change === 0) console.log('nothing to do');
    else if (monitor.state.stale) console.log('nothing is done: the service has been silent for too long');
    else {
      const order = await trading.place({ contract, action: change > 0 ? 'BUY' : 'SELL', quantity: Math.abs(change), orderType: 'MKT', key: `flow ${ticker} ${receivedAtMs}`, tag: 'options flow' });
      const { status } = await order.filled({ timeoutMs: 30_000 });
      console.log(`${change > 0 ? 'bought' : 'sold'} ${Math.abs(change)}: ${status}`);
    }
    left -= 1;
    if (left === 0) break;
  }
} finally {
  await monitor.close();
  await flow.close();
  await trading.close();
  await marketData.close();
  await connection.close();
}
