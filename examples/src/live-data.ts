// Live prices with little ceremony (LiveDataFeed), then as streams that say how true they are (MarketData).
import { LiveDataFeed } from '@ibkit/market-data';
import { gatewayAddress, isProgram } from './gateway-address.js';
import type { GatewayAddress } from './gateway-address.js';

export async function run({ host, port }: GatewayAddress): Promise<void> {
  await using feed = new LiveDataFeed({ host, port, clientId: 14 }); // mode: 'delayed' where live data is not subscribed
  await feed.connect();
  await feed.subscribe(['AAPL', 'MSFT', 'SPY']);
  for (const symbol of feed.symbols) console.log(`${symbol} ${await feed.getLatestPrice(symbol)}`); // an error rather than an old price

  const { marketData } = feed;
  const quotes = marketData.subscribeTicker('AAPL');
  quotes.on('gap', ({ fromMs, toMs, reason }) => { console.log(`blind for ${toMs - fromMs} ms: ${reason}`); });
  let fresh = 0;
  for await (const { bid, ask, mode, stale, staleReason } of quotes) { // a slow loop gets the latest quote, never a queue
    console.log(stale ? `AAPL stale: ${staleReason}` : `AAPL ${mode} ${bid ?? '-'} x ${ask ?? '-'}`);
    if (!stale && bid !== undefined && ask !== undefined) fresh += 1;
    if (fresh === 3) break; // leaving the loop ends the subscription
  }

  let trades = 0;
  for await (const tick of marketData.tickByTick('AAPL', 'Last')) { // every trade, in order; what is missing is an item, too
    if (tick.type === 'gap') console.log(`trades are missing: ${tick.reason}`);
    if (tick.type === 'trade') {
      trades += 1;
      console.log(`AAPL traded ${tick.size} at ${tick.price}`);
    }
    if (trades === 3) break;
  }
}

if (isProgram(import.meta.url)) await run(gatewayAddress());
