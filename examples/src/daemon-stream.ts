// Live data and account facts from a daemon, without a broker connection of this program's own.
//   IBKIT_TOKEN=... tsx src/daemon-stream.ts [URL]      the daemon names the file with its first token when it starts
import process from 'node:process';
import { DaemonClient, WebSocketProvider } from '@ibkit/websocket-provider';
import { isProgram } from './gateway-address.js';

export interface DaemonAddress {
  readonly url: string;
  readonly token: string;
}

export async function run(daemon: DaemonAddress): Promise<void> {
  await using client = new DaemonClient(daemon);
  const { connection } = await client.status({});
  console.log(`the daemon's connection is ${connection.state}, mode ${connection.mode}`);

  await using ws = new WebSocketProvider(daemon);
  await ws.subscribe('AAPL', { dataType: 'QUOTES', minIntervalMs: 1_000 });
  await ws.subscribe('SPY', { dataType: 'TRADES' });
  let [quotes, trades] = [0, 0];
  for await (const update of ws.updates()) {
    switch (update.type) {
      case 'quote':
        if (!update.stale) quotes += 1;
        console.log(update.stale ? `${update.ticker} stale: ${update.staleReason}` : `${update.ticker} ${update.bid ?? '-'} x ${update.ask ?? '-'}`);
        break;
      case 'trade':
        trades += 1;
        console.log(`${update.ticker} traded ${update.size} at ${update.price}`);
        break;
      case 'gap': // a break is never silent
      case 'stale':
        console.log(`${update.ticker} ${update.type}: ${update.reason}`);
        break;
      default:
        console.log(`${update.ticker} ${update.type}`);
    }
    if (quotes >= 2 && trades >= 2) break;
  }
}

if (isProgram(import.meta.url)) await run({ url: process.argv[2] ?? 'http://127.0.0.1:8787', token: process.env['IBKIT_TOKEN'] ?? '' });
