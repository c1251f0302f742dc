import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { OperationInput } from '@ibkit/api-contract';
import { OptionsFlowClient } from '@ibkit/options-flow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { heldToContract } from '../testing/rig.js';
import { flowOperations } from './flow-operations.js';
import type { FlowPort } from './flow-port.js';

const WRONG = 'IBKR_USAGE_INVALID_ARGUMENT';

const DATA: Readonly<Record<string, unknown>> = {
  '/status': { system_status: 'ok', market_hours: true, queue: 3 },
  '/tickers': { tickers: ['SPY', 'QQQ'] },
  '/trades': { ticker: 'SPY', count: 2, trades: [{ price: 1, odd: 'x' }, { price: 2 }] },
  '/minute-data': { ticker: 'SPY', minute_data: [{ minute: '09:30', open: '1', high: 2, low: 0.5, close: 1.5, volume: 10 }] },
  '/divergence': { ticker: 'SPY', divergence_data: [{ score: 0.5 }] },
  '/predictions': { ticker: 'SPY', predictions: [{ id: 7, signal: 'bullish', confidence: 0.8, stock_price: null }], model_info: { name: 'demo' } },
  '/data-range': { ticker: 'SPY', data: [{ value: 1 }], metadata: { rows: 1 } },
};

describe('flow operation', () => {
  let service: Server;
  let asked: URL[];
  let flow: OptionsFlowClient;
  const operations = (): ReturnType<typeof flowOperations> => {
    const port: FlowPort = flow;
    return flowOperations({ flow: port });
  };
  const ask = async (input: OperationInput<'flow'>): Promise<Readonly<Record<string, unknown>>> => heldToContract('flow', await operations().flow(input));
  const lastQuery = (): Readonly<Record<string, string>> => Object.fromEntries(asked.at(-1)?.searchParams ?? []);
  beforeAll(async () => {
    asked = [];
    service = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://service');
      asked.push(url);
      response.end(JSON.stringify({ status: 'success', data: DATA[url.pathname] }));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => service.once('listening', resolve));
    const address = service.address();
    flow = new OptionsFlowClient({ baseUrl: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`, apiKey: 'demo' });
  });
  afterAll(async () => {
    await flow.close();
    service.close();
  });

  it('answers each view with every field that the service sent', async () => {
    expect(await ask({ view: 'status' })).toEqual({ system_status: 'ok', market_hours: true, queue: 3, systemStatus: 'ok', marketOpen: true });
    expect(await ask({ view: 'tickers' })).toEqual({ tickers: ['SPY', 'QQQ'] });
    expect(await ask({ view: 'trades', ticker: 'spy' })).toEqual({ ticker: 'SPY', count: 2, rows: [{ price: 1, odd: 'x' }, { price: 2 }] });
    expect(await ask({ view: 'minute-data', ticker: 'SPY' })).toEqual({ ticker: 'SPY', count: 1, rows: [{ minute: '09:30', open: 1, high: 2, low: 0.5, close: 1.5, volume: 10 }] });
    expect(await ask({ view: 'divergence', ticker: 'SPY' })).toEqual({ ticker: 'SPY', count: 1, rows: [{ score: 0.5 }] });
    expect(await ask({ view: 'predictions', ticker: 'SPY' })).toEqual({ ticker: 'SPY', count: 1, modelInfo: { name: 'demo' }, rows: [{ id: 7, signal: 'bullish', confidence: 0.8, stock_price: null }] });
    expect(await ask({ view: 'data-range', ticker: 'SPY' })).toEqual({ ticker: 'SPY', metadata: { rows: 1 }, rows: [{ value: 1 }] });
  });

  it('passes a span on', async () => {
    await ask({ view: 'trades', ticker: 'SPY', from: '2026-11-19T09:30', to: '2026-11-20', limit: 5 });
    expect(lastQuery()).toEqual({ ticker: 'SPY', start_date: '2026-11-19', start_time: '09:30', end_date: '2026-11-20', limit: '5' });
    await ask({ view: 'trades', ticker: 'SPY', date: '2026-11-20', from: '09:30', to: '10:00' });
    expect(lastQuery()).toEqual({ ticker: 'SPY', start_date: '2026-11-20', start_time: '09:30', end_date: '2026-11-20', end_time: '10:00' });
    await ask({ view: 'predictions', ticker: 'SPY', date: '2026-11-20', limit: 2 });
    expect(lastQuery()).toEqual({ ticker: 'SPY', start_date: '2026-11-20', end_date: '2026-11-20', limit: '2' });
  });

  it.each<[OperationInput<'flow'>, string]>([
    [{ view: 'trades' }, 'ticker'],
    [{ view: 'status', ticker: 'SPY' }, 'ticker'],
    [{ view: 'tickers', limit: 5 }, 'limit'],
    [{ view: 'trades', ticker: 'SPY', date: 'today' }, 'date'],
    [{ view: 'trades', ticker: 'SPY', date: '2026-02-30' }, 'date'],
    [{ view: 'trades', ticker: 'SPY', from: '09:30' }, 'from'],
    [{ view: 'trades', ticker: 'SPY', from: '2026-11-20T25:00' }, 'from'],
    [{ view: 'trades', ticker: 'SPY', date: '2026-11-20', to: '2026-11-20' }, 'to'],
    [{ view: 'predictions', ticker: 'SPY', from: '2026-11-20T09:30' }, 'from'],
    [{ view: 'data-range', ticker: 'SPY', limit: 5 }, 'limit'],
    [{ view: 'trades', ticker: 'SPY', from: '2026-11-20', to: '2026-11-19' }, 'startDate'],
  ])('refuses %j for its %s, and asks nothing', async (input, field) => {
    const before = asked.length;
    await expect(operations().flow(input)).rejects.toMatchObject({ code: WRONG, details: { field } });
    expect(asked.length).toBe(before);
  });

  it('ends with the reason of the signal', async () => {
    const reason = new Error('enough');
    await expect(operations().flow({ view: 'tickers' }, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

it('says that no service is configured', async () => {
  await expect(flowOperations({ flow: undefined }).flow({ view: 'status' })).rejects.toMatchObject({ code: 'IBKR_FLOW_NOT_CONFIGURED', retryable: false });
});
