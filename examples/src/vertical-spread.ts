// A bull call spread: finds its legs, explains it, and places it as one order, on paper only.
import { ConnectionManager } from '@ibkit/core-connection';
import { Trading } from '@ibkit/gateway-trading';
import type { VerticalSpreadRequest } from '@ibkit/gateway-trading';
import { MarketData } from '@ibkit/market-data';
import { gatewayAddress, isProgram } from './gateway-address.js';
import type { GatewayAddress } from './gateway-address.js';

const SYMBOL = 'AAPL';

export async function run({ host, port }: GatewayAddress): Promise<void> {
  const connection = new ConnectionManager({ host, port, clientId: 16 });
  const marketData = new MarketData({ connection });
  const trading = new Trading({ connection, marketData, mode: 'paper' }); // refuses orders when the accounts are not paper accounts
  trading.events.on('order.filled', ({ fill }) => { console.log(`${fill.kind === 'leg' ? 'a leg of it' : 'the spread'} filled ${fill.quantity} at ${fill.price}`); });
  try {
    await connection.connect();
    await trading.ready();

    const request = await nearTheMoney(marketData);
    const { spread, gate } = await trading.previewVerticalSpread(request);
    for (const line of spread.lines) console.log(line);
    if (gate.length > 0) {
      console.log(`it would be refused: ${gate.join(', ')}`);
      return;
    }

    const order = await trading.placeVerticalSpread(request);
    // After half a minute nobody has taken it: take it back rather than forget it.
    await order.done({ timeoutMs: 30_000 }).catch(() => trading.cancel(order));
    const ended = await order.done({ timeoutMs: 30_000 });
    const { status, filledQuantity, averagePrice } = ended.status === 'filled' ? await order.filled({ timeoutMs: 30_000 }) : ended; // the status may come before its executions
    console.log(`${status}: ${filledQuantity} of 1, average price ${averagePrice ?? 'none'}`);
  } finally {
    await trading.close();
    await marketData.close();
    await connection.close();
  }
}

/** The first two calls above the price, a week or more from now, at what they cost right now. */
async function nearTheMoney(marketData: MarketData): Promise<VerticalSpreadRequest> {
  const { rows, underlying } = await marketData.optionChain(SYMBOL, { right: 'C', window: { nextExpiries: 1, daysToExpiry: { from: 7, to: 60 }, strikesEachSide: 3 } });
  const [long, short] = rows.filter(({ strike }) => strike > (underlying.price ?? 0)).sort((a, b) => a.strike - b.strike);
  if (long?.ask === undefined || short?.bid === undefined) throw new Error('no two calls above the price are quoted: is the market closed?');
  const limitPrice = Math.round(100 * (long.ask - short.bid)) / 100; // a debit; a credit would be negative
  // The key makes a repeat of the same spread the same order.
  return { symbol: SYMBOL, expiry: long.expiry, right: 'C', longStrike: long.strike, shortStrike: short.strike, quantity: 1, limitPrice, key: `spread ${long.expiry} ${long.strike}/${short.strike}` };
}

if (isProgram(import.meta.url)) await run(gatewayAddress());
