// The options nearest to the money, with bid, ask and Greeks.
import { ConnectionManager } from '@ibkit/core-connection';
import { MarketData } from '@ibkit/market-data';
import { gatewayAddress, isProgram } from './gateway-address.js';
import type { GatewayAddress } from './gateway-address.js';

export async function run({ host, port }: GatewayAddress): Promise<void> {
  const connection = new ConnectionManager({ host, port, clientId: 15 });
  const marketData = new MarketData({ connection });
  try {
    await connection.connect();
    const chain = await marketData.optionChain('AAPL', { window: { nextExpiries: 1, strikesEachSide: 3 } });
    console.log(`AAPL at ${chain.underlying.price?.toFixed(2)} (${chain.underlying.source}), ${chain.rows.length} options`);
    for (const { expiry, strike, right, bid, ask, greeks } of chain.rows) {
      const values = greeks === undefined ? 'no Greeks' : `volatility ${percent(greeks.impliedVolatility)} delta ${round(greeks.delta)} gamma ${round(greeks.gamma)} theta ${round(greeks.theta)} vega ${round(greeks.vega)} by ${greeks.source}`;
      console.log(`${expiry} ${strike} ${right}  ${bid ?? '-'} x ${ask ?? '-'}  ${values}`);
    }
    // Never take a part for the whole.
    console.log(chain.complete ? 'complete' : `incomplete (${chain.partial?.reason}): ${chain.partial?.missing.map(({ message }) => message).join('; ')}`);
  } finally {
    await marketData.close();
    await connection.close();
  }
}

function round(value: number | undefined): string {
  return value?.toFixed(3) ?? '-';
}

function percent(value: number | undefined): string {
  return value === undefined ? '-' : `${(100 * value).toFixed(1)} %`;
}

if (isProgram(import.meta.url)) await run(gatewayAddress());
