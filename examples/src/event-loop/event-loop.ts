// The session lives in a worker thread (session.ts); here are a processor of its events and a task on a schedule.
import { IbkrEventLoop } from '@ibkit/event-loop';
import { gatewayAddress, isProgram } from '../gateway-address.js';
import type { GatewayAddress } from '../gateway-address.js';
import type { QuoteEvent, SessionData } from './messages.js';

export async function run({ host, port, everyMs = 1_000 }: GatewayAddress & { readonly everyMs?: number }): Promise<void> {
  const data: SessionData = { host, port, symbols: ['AAPL', 'MSFT'] };
  const loop = new IbkrEventLoop({
    session: { module: new URL('session.ts', import.meta.url), data },
    onError: ({ source, name, error }) => { console.log(`${source} ${name}: ${error.message}`); },
    signals: ['SIGINT', 'SIGTERM'], // stop in order
  });

  const latest = new Map<string, string>();
  loop.addMessageProcessor((message) => {
    const { symbol, bid, ask, stale } = message as QuoteEvent;
    latest.set(symbol, `${symbol} ${bid ?? '-'} x ${ask ?? '-'}${stale ? ' (stale)' : ''}`);
  });
  let left = 3;
  const reported = new Promise<void>((resolve) => {
    const report = loop.scheduleTask(() => {
      if (latest.size < data.symbols.length) return;
      console.log(data.symbols.map((symbol) => latest.get(symbol)).join(', '));
      left -= 1;
      if (left > 0) return;
      report.cancel();
      resolve();
    }, { everyMs, name: 'report' });
  });

  try {
    await loop.start();
    console.log(`the session in its thread says: ${String(await loop.request('state'))}`);
    await reported;
  } finally {
    const { forced, unfinished } = await loop.stop();
    console.log(forced ? `stopped by force, unfinished: ${unfinished.join(', ')}` : 'stopped in order');
  }
}

if (isProgram(import.meta.url)) await run(gatewayAddress());
