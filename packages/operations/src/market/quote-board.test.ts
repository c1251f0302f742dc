import { createTestClock } from '@ibkit/clock/testing';
import type { TestClock } from '@ibkit/clock/testing';
import { ContractError, TimeoutError } from '@ibkit/error-codes';
import { EventBus } from '@ibkit/event-bus';
import type { MarketDataMode, Quote, TickerEvents, TickerSubscription } from '@ibkit/market-data';
import { beforeEach, describe, expect, it } from 'vitest';
import { QuoteBoard } from './quote-board.js';

/** A ticker that shows what the test tells it. */
class FakeTicker implements TickerSubscription {
  status: 'resolving' | 'open' | 'ended' = 'resolving';
  readonly contract = undefined;
  error: Error | undefined;
  current: Quote | undefined;
  readonly #events = new EventBus<{ [K in keyof TickerEvents]: TickerEvents[K] }>();
  readonly #clock: TestClock;

  constructor(clock: TestClock) {
    this.#clock = clock;
  }

  show(quote: Partial<Quote>): void {
    this.current = { symbol: 'SPY', conId: 1, mode: 'live', session: 'regular', receivedAtMs: this.#clock.now(), fieldAtMs: {}, stale: false, gaps: 0, ...quote };
    this.#events.emit('quote', this.current);
  }

  end(error?: Error): void {
    if (this.status === 'ended') return;
    this.status = 'ended';
    this.error = error;
    this.current = undefined;
    this.#events.emit('end', { error, atMs: this.#clock.now() });
  }

  on<K extends keyof TickerEvents>(type: K, listener: (event: TickerEvents[K]) => void): () => void {
    return this.#events.on(type, listener);
  }

  waitFor(predicate: (quote: Quote) => boolean, { timeoutMs = 0, signal }: { timeoutMs?: number | undefined; signal?: AbortSignal | undefined } = {}): Promise<Quote> {
    return new Promise((resolve, reject) => {
      const timer = this.#clock.setTimer(timeoutMs, () => {
        reject(new TimeoutError({ message: 'no quote' }));
      });
      const settle = (run: () => void): void => {
        timer.cancel();
        run();
      };
      this.on('quote', (quote) => {
        if (predicate(quote)) settle(() => { resolve(quote); });
      });
      this.on('end', ({ error }) => {
        settle(() => { reject(error ?? new Error('ended')); });
      });
      signal?.addEventListener('abort', () => {
        settle(() => { reject(new Error('aborted')); });
      });
    });
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Quote> {
    throw new Error('the board does not iterate');
  }

  close(): Promise<void> {
    this.end();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

describe('QuoteBoard', () => {
  let clock: TestClock;
  let tickers: Map<string, FakeTicker>;
  let connected: boolean;
  let opened: number;
  let modes: (string | undefined)[];
  let board: QuoteBoard;
  beforeEach(() => {
    clock = createTestClock();
    tickers = new Map();
    connected = true;
    opened = 0;
    modes = [];
    board = new QuoteBoard({
      clock, keepMs: 1000, waitMs: 100, maxQuotes: 2,
      connection: { get state() { return connected ? 'connected' as const : 'reconnecting' as const; }, isConnected: () => connected },
      marketData: {
        subscribeTicker(contract, { mode } = {}) {
          const ticker = new FakeTicker(clock);
          opened += 1;
          modes.push(mode);
          tickers.set(typeof contract === 'string' ? contract : '', ticker);
          return ticker;
        },
      },
    });
  });

  const get = (contract: string, mode: MarketDataMode = 'live', signal?: AbortSignal): Promise<Quote> => board.get({ contract, mode, signal });
  const ticker = (symbol: string): FakeTicker => {
    const found = tickers.get(symbol);
    if (found === undefined) throw new Error(`${symbol} is not followed`);
    return found;
  };

  it('follows a symbol once, however many ask, and waits for its first price', async () => {
    const both = Promise.all([get('SPY'), get('SPY')]);
    ticker('SPY').show({ volume: 100 });
    ticker('SPY').show({ bid: 1 });
    expect((await both).map(({ bid }) => bid)).toEqual([1, 1]);
    ticker('SPY').show({ bid: 2 });
    expect(await get('SPY')).toMatchObject({ bid: 2 });
    expect([opened, board.size]).toEqual([1, 1]);
    await board.close();
    expect(clock.pending).toBe(0);
  });

  it('gives a symbol up when nobody has asked for a while', async () => {
    const first = get('SPY');
    ticker('SPY').show({ bid: 1 });
    await first;
    await clock.advance(999);
    await get('SPY');
    await clock.advance(999);
    expect(ticker('SPY').status).not.toBe('ended');
    await clock.advance(1);
    expect([ticker('SPY').status, board.size, clock.pending]).toEqual(['ended', 0, 0]);
  });

  it('forgets a symbol that ended, so that the next question starts anew', async () => {
    const refused = get('NOPE');
    const error = new ContractError({ code: 'IBKR_CONTRACT_NOT_FOUND', message: 'unknown' });
    ticker('NOPE').end(error);
    await expect(refused).rejects.toBe(error);
    expect([board.size, clock.pending]).toEqual([0, 0]);
    const again = get('NOPE');
    expect(opened).toBe(2);
    ticker('NOPE').show({ last: 1 });
    await again;
    await board.close();
  });

  it('follows no more quotes than its cap, and says when one is released', async () => {
    for (const symbol of ['A', 'B']) {
      const found = get(symbol);
      ticker(symbol).show({ bid: 1 });
      await found;
    }
    await expect(get('C')).rejects.toMatchObject({ code: 'IBKR_QUOTES_EXHAUSTED', retryable: true });
    await expect(get('C')).rejects.toThrow('released 1 s after');
    expect(await get('A')).toMatchObject({ bid: 1 });
    await clock.advance(1000);
    const third = get('C');
    ticker('C').show({ bid: 3 });
    expect(await third).toMatchObject({ bid: 3 });
    await board.close();
  });

  it('shows the last quote while the connection is down, and says so when there is none', async () => {
    connected = false;
    await expect(get('SPY')).rejects.toMatchObject({ code: 'IBKR_NOT_CONNECTED', retryable: true });
    ticker('SPY').show({ volume: 1, stale: true });
    expect(await get('SPY')).toMatchObject({ stale: true });
    await board.close();
    expect(clock.pending).toBe(0);
  });

  it('waits in vain for a price once, then gives what there is', async () => {
    const first = get('SPY');
    ticker('SPY').show({ volume: 1 });
    await clock.advance(100);
    expect(await first).toMatchObject({ volume: 1 });
    expect(await get('SPY')).toMatchObject({ volume: 1 });
    await board.close();
  });

  it('tells a caller that nothing came, and lets a caller leave', async () => {
    const silent = get('SPY');
    const late = expect(silent).rejects.toBeInstanceOf(TimeoutError);
    await clock.advance(100);
    await late;
    const gone = new AbortController();
    const left = get('SPY', 'live', gone.signal);
    gone.abort();
    await expect(left).rejects.toThrow('aborted');
    await board.close();
    expect(clock.pending).toBe(0);
  });

  it('keeps a line for each kind of data that is taken', async () => {
    const live = get('SPY');
    ticker('SPY').show({ bid: 1 });
    await live;
    const delayed = get('SPY', 'delayed');
    ticker('SPY').show({ bid: 2, mode: 'delayed' });
    expect(await delayed).toMatchObject({ mode: 'delayed' });
    expect(modes).toEqual(['live', 'delayed']);
    await board.close();
  });

  it('opens nothing for a caller that has left already', async () => {
    const reason = new Error('left');
    await expect(get('SPY', 'live', AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(opened).toBe(0);
  });
});
