import type { Clock } from '@ibkit/clock';
import { createTestClock } from '@ibkit/clock/testing';
import type { TestClock } from '@ibkit/clock/testing';
import { isIbkrError } from '@ibkit/error-codes';
import { certificate } from '@ibkit/presets/certificate';
import { describe, expect, it, vi } from 'vitest';
import { FlowService, json, success } from '../testing/flow-service.js';
import type { FlowHandler } from '../testing/flow-service.js';
import { OptionsFlowClient } from './options-flow-client.js';
import type { OptionsFlowClientOptions } from './client-options.js';

const KEY = 'key-with-secret-4711';
/** Waits as long as possible: what is drawn is always the whole delay. */
const random = { next: () => 1 };

function clientOf(service: FlowService, options: OptionsFlowClientOptions = {}): OptionsFlowClient {
  return new OptionsFlowClient({ baseUrl: service.baseUrl, apiKey: KEY, retries: 0, random, ...options });
}

/** The error that a call ends with. */
async function failureOf(call: Promise<unknown>): Promise<{ readonly code: string; readonly message: string; readonly retryable: boolean; readonly text: string }> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isIbkrError(error)) throw new Error('it must fail with an error of ibkit', { cause: error });
  return { code: error.code, message: error.message, retryable: error.retryable, text: `${error.message} ${JSON.stringify(error)} ${String(error.stack)}` };
}

describe('the eight calls', () => {
  const span = { startDate: '2026-11-02', startTime: '09:30', endDate: '2026-11-03', endTime: '16:00' };
  const spanQuery = { ticker: 'SPY', start_date: '2026-11-02', start_time: '09:30', end_date: '2026-11-03', end_time: '16:00' };
  const prediction = { signal: 'bullish', confidence: 0.71, stock_price: 591.2, horizon: '1d' };
  const raw = { ...prediction };

  it.each<readonly [string, unknown, (client: OptionsFlowClient) => Promise<unknown>, string, Readonly<Record<string, string>>, object]>([
    ['status', { system_status: 'healthy', market_hours: false, version: 3 }, (client) => client.status(), 'status', {}, { systemStatus: 'healthy', marketOpen: false, raw: { version: 3 } }],
    ['tickers', { tickers: ['SPY', 'QQQ'] }, (client) => client.tickers(), 'tickers', {}, ['SPY', 'QQQ']],
    [
      'trades',
      { ticker: 'SPY', trades: [{ size: 3, side: 'ask' }], count: 700 },
      (client) => client.trades('spy', { ...span, limit: 5, recent: true }),
      'trades',
      { ...spanQuery, limit: '5', recent: 'true' },
      { ticker: 'SPY', rows: [{ size: 3, side: 'ask' }], count: 700 },
    ],
    [
      'minute data',
      { ticker: 'SPY', minute_data: [{ time: '09:30', open: 1, high: '2.5', low: 0.5, close: 2, volume: 100, vwap: 1.7 }] },
      (client) => client.minuteData('SPY', { startDate: new Date('2026-11-03T02:00:00Z'), startTime: new Date('2026-11-03T14:31:00Z') }),
      'minute-data',
      // New York is five hours behind: still the day before, and 09:31.
      { ticker: 'SPY', start_date: '2026-11-02', start_time: '09:31' },
      { count: 1, rows: [{ open: 1, high: 2.5, low: 0.5, close: 2, volume: 100, raw: { time: '09:30', vwap: 1.7 } }] },
    ],
    ['divergence', { ticker: 'SPY', divergence_data: [], count: 0 }, (client) => client.divergence('SPY', { days: 5, limit: 10 }), 'divergence', { ticker: 'SPY', days: '5', limit: '10' }, { rows: [], count: 0 }],
    [
      'latest prediction',
      { ticker: 'SPY', prediction, model_info: { name: 'm1' } },
      (client) => client.latestPrediction('SPY', { useDefaultOnly: true }),
      'prediction/latest',
      { ticker: 'SPY', use_default_only: 'true' },
      { ticker: 'SPY', prediction: { signal: 'bullish', confidence: 0.71, stockPrice: 591.2, raw }, modelInfo: { name: 'm1' } },
    ],
    [
      'predictions',
      { ticker: 'SPY', predictions: [prediction, { signal: -1, confidence: '0.2' }], count: 2 },
      (client) => client.predictions('SPY', { limit: 2, startDate: '2026-11-01', endDate: '2026-11-01', useDefaultOnly: false }),
      'predictions',
      { ticker: 'SPY', limit: '2', start_date: '2026-11-01', end_date: '2026-11-01', use_default_only: 'false' },
      { rows: [{ signal: 'bullish' }, { signal: -1, confidence: 0.2, stockPrice: undefined }], modelInfo: undefined },
    ],
    [
      'data range',
      { ticker: 'SPY', data: [{ delta: 0.4 }], metadata: { filtered: 9 } },
      (client) => client.dataRange('SPY', { lookbackHours: 1.5, lambdaShort: 0.1, lambdaLong: 0.01, minValue: 1, maxValue: 2, minSize: 3, maxSize: 3, minDelta: -0.5, maxDelta: 0.5 }),
      'data-range',
      { ticker: 'SPY', lookback_hours: '1.5', lambda_short: '0.1', lambda_long: '0.01', min_value: '1', max_value: '2', min_size: '3', max_size: '3', min_delta: '-0.5', max_delta: '0.5' },
      { ticker: 'SPY', rows: [{ delta: 0.4 }], metadata: { filtered: 9 } },
    ],
  ])('%s', async (_name, data, call, path, query, expected) => {
    await using service = await FlowService.open(success(data));
    for (const baseUrl of [service.baseUrl, `${service.baseUrl}/`]) {
      await using client = clientOf(service, { baseUrl });
      const answer = await call(client);
      expect(answer).toMatchObject(expected);
      const seen = service.requests.at(-1);
      expect(seen).toMatchObject({ method: 'GET', path: `/api/v1/${path}`, query });
      expect(Object.keys(seen?.query ?? {})).toHaveLength(Object.keys(query).length);
      expect(seen?.headers['x-api-key']).toBe(KEY);
    }
  });
});

describe('what goes wrong', () => {
  const garbled: FlowHandler = (_request, response) => {
    response.end(`<html>\n\u001b[31m${KEY} not found</html>`);
  };

  it.each<readonly [string, FlowHandler, string, boolean, string]>([
    ['a wrong key', json(401, { status: 'error', error: `no such key ${KEY}` }), 'IBKR_FLOW_UNAUTHORISED', false, 'no such key [key]'],
    ['a forbidden call', json(403, {}), 'IBKR_FLOW_UNAUTHORISED', false, 'HTTP 403'],
    ['too many requests', json(429, {}, { 'retry-after': '7' }), 'IBKR_FLOW_RATE_LIMITED', true, 'left alone for 7 s'],
    ['a failed service', json(503, { error: 'database' }), 'IBKR_FLOW_UNAVAILABLE', true, 'HTTP 503): database'],
    ['a bad request', json(400, { status: 'error', message: 'no such ticker' }), 'IBKR_FLOW_REFUSED', false, 'no such ticker'],
    ['a redirection', json(302, {}, { location: 'http://127.0.0.1:1/' }), 'IBKR_FLOW_REFUSED', false, 'sends elsewhere'],
    ['an error inside a 200', json(200, { status: 'error', error: 'no data for SPY' }), 'IBKR_FLOW_REFUSED', false, 'no data for SPY'],
    ['a body that is not JSON', garbled, 'IBKR_FLOW_ANSWER_INVALID', false, 'begins with "<html> [31m[key] not found</html>"'],
    ['an empty body', (_request, response) => response.end(), 'IBKR_FLOW_ANSWER_INVALID', false, 'not JSON'],
    ['JSON of another shape', json(200, [1]), 'IBKR_FLOW_ANSWER_INVALID', false, 'no object with status and data'],
    ['data without its fields', success({ ticker: 'SPY', prediction: { signal: 'up' } }), 'IBKR_FLOW_ANSWER_INVALID', false, 'data.prediction.confidence'],
    ['a cut connection', (_request, response) => response.destroy(), 'IBKR_FLOW_NETWORK', true, 'cannot be reached'],
  ])('%s', async (_name, handler, code, retryable, part) => {
    await using service = await FlowService.open(handler);
    await using client = clientOf(service);
    const error = await failureOf(client.latestPrediction('SPY'));
    expect(error).toMatchObject({ code, retryable });
    expect(error.message).toContain(part);
    expect(error.text).not.toContain(KEY);
    expect(service.requests).toHaveLength(1);
  });

  it('names the row and the field of a list that breaks its contract', async () => {
    await using service = await FlowService.open(success({ ticker: 'SPY', minute_data: [{ open: 1, high: 2, low: 1, close: 1, volume: 1 }, { open: 'n/a' }] }));
    await using client = clientOf(service);
    expect((await failureOf(client.minuteData('SPY'))).message).toContain('data.minute_data[1].open');
  });

  it('checks the certificate, unless told otherwise', async () => {
    await using service = await FlowService.open(success({ tickers: ['SPY'] }), certificate({ commonName: 'flow', names: ['127.0.0.1'] }));
    await using careful = clientOf(service, { retries: 3 });
    const error = await failureOf(careful.tickers());
    expect(error).toMatchObject({ code: 'IBKR_FLOW_NETWORK', retryable: false });
    expect(error.text).toContain('verifyTls');
    expect(service.requests).toHaveLength(0);
    await using client = clientOf(service, { verifyTls: false });
    expect(await client.tickers()).toEqual(['SPY']);
  });

  it('says that nobody is there', async () => {
    const service = await FlowService.open(json(200, {}));
    const { baseUrl } = service;
    await service[Symbol.asyncDispose]();
    await using client = new OptionsFlowClient({ baseUrl, apiKey: KEY, retries: 0 });
    expect(await failureOf(client.status())).toMatchObject({ code: 'IBKR_FLOW_NETWORK', retryable: true });
  });
});

/** A clock that stands still, and the timers that were set on it, by their delays. */
function watchedClock(): { readonly clock: Clock; readonly time: TestClock; readonly delays: number[]; readonly waited: (count: number) => Promise<void> } {
  const time = createTestClock();
  const delays: number[] = [];
  const clock: Clock = {
    now: () => time.now(),
    monotonic: () => time.monotonic(),
    setTimer: (delayMs, fire) => {
      delays.push(delayMs);
      return time.setTimer(delayMs, fire);
    },
  };
  return { clock, time, delays, waited: (count) => vi.waitFor(() => { expect(delays).toHaveLength(count); }, { timeout: 20_000, interval: 2 }) };
}

describe('repetitions and deadlines, on a clock that stands still', () => {
  it('repeats what may pass with longer and longer waits, at most three times', async () => {
    const { clock, time, delays, waited } = watchedClock();
    await using service = await FlowService.open(json(500, {}));
    await using client = clientOf(service, { retries: 3, clock, deadlineMs: 600_000 });
    const call = failureOf(client.tickers());
    for (const [index, waitMs] of [1_000, 2_000, 4_000].entries()) {
      await waited(2 * (index + 1));
      await time.advance(waitMs - 1);
      expect(service.requests).toHaveLength(index + 1);
      await time.advance(1);
    }
    expect(await call).toMatchObject({ code: 'IBKR_FLOW_UNAVAILABLE' });
    expect(delays).toEqual([30_000, 1_000, 30_000, 2_000, 30_000, 4_000, 30_000]);
    expect(service.requests).toHaveLength(4);
    expect(time.pending).toBe(0);
  });

  it('waits as long as the service asks, and then succeeds', async () => {
    const { clock, time, delays, waited } = watchedClock();
    await using service = await FlowService.open((request, response, index) => {
      const later = new Date(time.now() + 9_000).toUTCString();
      const [refused, answered] = [json(429, {}, { 'retry-after': index === 0 ? '5' : later }), success({ tickers: ['SPY'] })];
      (index < 2 ? refused : answered)(request, response, index);
    });
    await using client = clientOf(service, { retries: 3, clock });
    const call = client.tickers();
    await waited(2);
    await time.advance(5_000);
    await waited(4);
    await time.advance(9_000);
    expect(await call).toEqual(['SPY']);
    expect(delays[1]).toBe(5_000);
    expect(delays[3]).toBe(9_000);
  });

  it('does not begin a wait that its deadline forbids', async () => {
    const { clock, time } = watchedClock();
    await using service = await FlowService.open(json(429, {}, { 'retry-after': '61' }));
    await using client = clientOf(service, { retries: 3, clock });
    await expect(client.tickers()).rejects.toMatchObject({ code: 'IBKR_FLOW_RATE_LIMITED', httpStatus: 429, retryAfterMs: 61_000 });
    expect(service.requests).toHaveLength(1);
    expect(time.pending).toBe(0);
  });

  it('gives up an attempt after its time, and the call after its deadline', async () => {
    const { clock, time, delays, waited } = watchedClock();
    await using service = await FlowService.open(() => undefined);
    await using client = clientOf(service, { retries: 3, clock, timeoutMs: 10_000, deadlineMs: 15_000 });
    const call = failureOf(client.status());
    await service.seen(1);
    await time.advance(10_000);
    await waited(2);
    await time.advance(1_000);
    await service.seen(2);
    expect(delays).toEqual([10_000, 1_000, 4_000]);
    await time.advance(4_000);
    expect(await call).toMatchObject({ code: 'IBKR_FLOW_TIMEOUT', retryable: true });
    expect(time.pending).toBe(0);
  });

  it('ends with the reason of its signal, before, while it asks and while it waits', async () => {
    const { clock, time, waited } = watchedClock();
    const reason = new Error('enough');
    await using service = await FlowService.open((request, response, index) => {
      if (index === 1) json(500, {})(request, response, index);
    });
    await using client = clientOf(service, { retries: 3, clock });
    await expect(client.status({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(service.requests).toHaveLength(0);
    const asking = new AbortController();
    const asked = client.status({ signal: asking.signal });
    await service.seen(1);
    asking.abort(reason);
    await expect(asked).rejects.toBe(reason);
    const waiting = new AbortController();
    const held = client.status({ signal: waiting.signal });
    await waited(3);
    waiting.abort(reason);
    await expect(held).rejects.toBe(reason);
    expect(time.pending).toBe(0);
  });

  it('ends every call when it is closed', async () => {
    const { clock, time } = watchedClock();
    await using service = await FlowService.open(() => undefined);
    const client = clientOf(service, { clock });
    const call = failureOf(client.status());
    await service.seen(1);
    await client.close();
    await client.close();
    expect(await call).toMatchObject({ code: 'IBKR_FLOW_CLOSED' });
    await expect(client.tickers()).rejects.toMatchObject({ code: 'IBKR_FLOW_CLOSED' });
    expect(time.pending).toBe(0);
  });
});

describe('options and parameters', () => {
  const good = { baseUrl: 'https://flow.example/api/v1', apiKey: KEY };

  it.each([{ apiKey: KEY }, { baseUrl: good.baseUrl }, { ...good, baseUrl: ' ' }])('says both ways to give what is missing in %j', (options) => {
    expect(() => new OptionsFlowClient(options)).toThrow(/option `(baseUrl|apiKey)`, or the variable API_/u);
    expect(() => OptionsFlowClient.fromEnv({}, options)).toThrow(/option `(baseUrl|apiKey)`, or the variable API_/u);
  });

  it('takes the environment, and options before it', async () => {
    await using service = await FlowService.open(success({ tickers: [] }));
    await using client = OptionsFlowClient.fromEnv({ API_BASE_URL: 'https://other.example', API_KEY: KEY }, { baseUrl: service.baseUrl });
    await client.tickers();
    expect(service.requests[0]?.headers['x-api-key']).toBe(KEY);
  });

  it.each<readonly [OptionsFlowClientOptions, string]>([
    [{ baseUrl: 'flow.example' }, 'must be an absolute URL'],
    [{ baseUrl: 'ftp://flow.example' }, 'must begin with https://'],
    [{ baseUrl: 'https://me:pw@flow.example' }, 'user or a password'],
    [{ baseUrl: 'https://flow.example/?key=1' }, 'without ? and #'],
    [{ baseUrl: 'http://flow.example' }, 'allowHttp'],
    [{ apiKey: 'a b' }, 'printable ASCII'],
    [{ timeoutMs: 0 }, 'timeoutMs must be a number from 1'],
    [{ deadlineMs: 10 }, 'deadlineMs must be a number from 30000'],
    [{ retries: 4 }, 'retries must be a number from 0 to 3'],
    [{ retries: 1.5 }, 'whole number'],
  ])('refuses %j', (options, rule) => {
    let error: unknown;
    try {
      new OptionsFlowClient({ ...good, ...options });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ message: expect.stringContaining(rule) as string });
    expect(String(error)).not.toContain('pw');
  });

  it.each<readonly [string, (client: OptionsFlowClient) => Promise<unknown>, string]>([
    ['an empty ticker', (client) => client.trades(''), 'ticker must be a symbol'],
    ['a day that is none', (client) => client.trades('SPY', { startDate: '2026-02-30' }), 'startDate must be a day of the calendar'],
    ['a Date that is none', (client) => client.trades('SPY', { endTime: new Date(Number.NaN) }), 'endTime must be a valid Date'],
    ['a time that is none', (client) => client.minuteData('SPY', { startTime: '9:30' }), 'startTime must be a time of day'],
    ['days in the wrong order', (client) => client.predictions('SPY', { startDate: '2026-11-02', endDate: '2026-11-01' }), 'startDate must not be after endDate'],
    ['times in the wrong order', (client) => client.divergence('SPY', { startDate: '2026-11-02', endDate: '2026-11-02', startTime: '10:00', endTime: '09:59' }), 'startTime must not be after endTime'],
    ['no rows', (client) => client.trades('SPY', { limit: 0 }), 'limit must be a whole number'],
    ['limits in the wrong order', (client) => client.dataRange('SPY', { minDelta: 0.5, maxDelta: 0.4 }), 'minDelta must not be after maxDelta'],
    ['no number', (client) => client.dataRange('SPY', { minSize: Number.NaN }), 'minSize must be a finite number'],
  ])('refuses %s and sends nothing', async (_name, call, rule) => {
    await using service = await FlowService.open(json(200, {}));
    await using client = clientOf(service);
    await expect(call(client)).rejects.toMatchObject({ message: expect.stringContaining(rule) as string });
    expect(service.requests).toHaveLength(0);
  });
});
