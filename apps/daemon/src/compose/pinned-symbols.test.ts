import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createTestClock } from '@ibkit/clock/testing';
import { EventBus } from '@ibkit/event-bus';
import type { TickerEvents } from '@ibkit/market-data';
import { describe, expect, it, vi } from 'vitest';
import { startTestDaemon } from '../testing/test-daemon.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { ASK_SYMBOL_AGAIN_MS, PinnedSymbols } from './pinned-symbols.js';
import type { PinnedSymbolsOptions } from './pinned-symbols.js';

type Ticker = ReturnType<PinnedSymbolsOptions['marketData']['subscribeTicker']>;

/** Market data whose lines end when the test says so. */
function fakeMarketData(): { readonly marketData: PinnedSymbolsOptions['marketData']; readonly asked: string[]; readonly end: (symbol: string) => void } {
  const asked: string[] = [];
  const enders = new Map<string, () => void>();
  return {
    asked,
    end: (symbol) => enders.get(symbol)?.(),
    marketData: {
      subscribeTicker(contract) {
        const symbol = typeof contract === 'string' ? contract : '';
        asked.push(symbol);
        let status: Ticker['status'] = 'open';
        const events = new EventBus<{ [K in keyof TickerEvents]: TickerEvents[K] }>();
        enders.set(symbol, () => {
          status = 'ended';
          events.emit('end', { error: undefined, atMs: 0 });
        });
        const ticker: Ticker = {
          get status() { return status; },
          contract: undefined, error: undefined, current: undefined,
          on: (type, listener) => events.on(type, listener),
          waitFor: () => Promise.reject(new Error('unused')),
          close: () => {
            status = 'ended';
            return Promise.resolve();
          },
          [Symbol.asyncIterator]: () => { throw new Error('unused'); },
          [Symbol.asyncDispose]: () => Promise.resolve(),
        };
        return ticker;
      },
    },
  };
}

describe('PinnedSymbols', () => {
  it('asks again for a symbol that was refused, and leaves nothing behind', async () => {
    const clock = createTestClock();
    const { marketData, asked, end } = fakeMarketData();
    const warned: string[] = [];
    const quiet = (): void => undefined;
    const pinned = new PinnedSymbols({ symbols: ['SPY', 'QQQ', 'SPY'], marketData, clock, log: { debug: quiet, info: quiet, error: quiet, warn: (_fields, message) => warned.push(message) } });
    expect([asked, pinned.counts]).toEqual([['SPY', 'QQQ'], { wanted: 2, followed: 2 }]);
    end('QQQ');
    expect([warned.length, pinned.counts]).toEqual([1, { wanted: 2, followed: 1 }]);
    await clock.advance(ASK_SYMBOL_AGAIN_MS);
    expect([asked, pinned.counts]).toEqual([['SPY', 'QQQ', 'QQQ'], { wanted: 2, followed: 2 }]);
    end('SPY');
    await pinned.close();
    await clock.advance(ASK_SYMBOL_AGAIN_MS);
    expect([asked.length, clock.pending]).toEqual([3, 0]);
  });

  it('follows the symbols of the configuration before anybody asks', async () => {
    await using directory = await temporaryDirectory();
    const file = path.join(directory.path, 'ibkit.ini');
    await writeFile(file, '[daemon]\nsymbols = SPY, QQQ\n', { mode: 0o600 });
    await using daemon = await startTestDaemon('--simulate', '--config', file);
    await vi.waitFor(() => {
      expect(daemon.parts.marketData.openLines).toBe(2);
    }, { timeout: 15_000 });
    expect(daemon.parts.operations.followedQuotes).toBe(0);
  });
});
