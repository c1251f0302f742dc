import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import type { LatestPrediction } from '../answers/answers.js';
import { OptionsFlowError } from '../client/flow-error.js';
import type { FlowErrorCode } from '../client/flow-error.js';
import { OptionsFlowMonitor } from './options-flow-monitor.js';
import type { OptionsFlowMonitorOptions, PredictionSource } from './options-flow-monitor.js';

/** What the source answers next: a prediction or a failure. */
type Answer = Readonly<Record<string, unknown>> | Error;

function failure(code: FlowErrorCode, retryAfterMs?: number): OptionsFlowError {
  return new OptionsFlowError({ code, message: code, retryable: true, retryAfterMs });
}

/** A source that answers one after the other, and the last one for ever. */
class ScriptedSource implements PredictionSource {
  readonly asked: string[] = [];
  readonly #answers: Answer[];

  constructor(...answers: Answer[]) {
    this.#answers = answers;
  }

  say(...answers: Answer[]): void {
    this.#answers.splice(0, Infinity, ...answers);
  }

  latestPrediction(ticker: string): Promise<LatestPrediction> {
    this.asked.push(ticker);
    const answer = this.#answers.length > 1 ? this.#answers.shift() : this.#answers[0];
    if (answer === undefined || answer instanceof Error) return Promise.reject(answer ?? new Error('nothing to say'));
    const { signal = 'up', confidence = 0.5 } = answer;
    return Promise.resolve({ ticker, prediction: { signal: String(signal), confidence: Number(confidence), stockPrice: undefined, raw: answer }, modelInfo: undefined, raw: {} });
  }
}

function make(source: PredictionSource, options: Partial<OptionsFlowMonitorOptions> = {}) {
  const clock = createTestClock();
  const monitor = new OptionsFlowMonitor({ client: source, tickers: ['SPY'], everyMs: 10_000, clock, random: { next: () => 1 }, ...options });
  const told: string[] = [];
  monitor.events.on('flow.prediction', ({ ticker, prediction, previous }) => told.push(`new ${ticker} ${prediction.confidence}${previous === undefined ? ' first' : ''}`));
  monitor.events.on('flow.threshold', ({ ticker, threshold, direction }) => told.push(`${direction} ${ticker} ${threshold.name}`));
  monitor.events.on('flow.stateChanged', ({ status, stale }) => told.push(`${status}${stale ? ' stale' : ''}`));
  monitor.events.on('flow.failed', ({ ticker, error }) => told.push(`failed ${ticker} ${error.message}`));
  return { clock, monitor, told };
}

describe('OptionsFlowMonitor', () => {
  it('tells each new prediction once, by its id or time, else by all that it says', async () => {
    const source = new ScriptedSource({ id: 1, confidence: 0.5 }, { id: 1, confidence: 0.6 }, { id: 2, confidence: 0.6 }, { confidence: 0.6 }, { confidence: 0.6 }, { confidence: 0.7 });
    const { clock, monitor, told } = make(source);
    monitor.start();
    monitor.start();
    await clock.advance(50_000);
    expect(told).toEqual(['polling', 'new SPY 0.5 first', 'new SPY 0.6', 'new SPY 0.6', 'new SPY 0.7']);
    expect(monitor.latest('spy')?.prediction.confidence).toBe(0.7);
    await monitor.close();
    expect(clock.pending).toBe(0);
  });

  it('tells a threshold when it is crossed, up and down, and only for its signal', async () => {
    const source = new ScriptedSource(...[[0.9, 'up'], [0.95, 'up'], [0.9, 'down'], [0.3, 'down'], [0.85, 'UP']].map(([confidence, signal], id) => ({ id, confidence, signal })));
    const { clock, monitor, told } = make(source, { thresholds: [{ name: 'strong', confidence: 0.8 }, { name: 'long', confidence: 0.8, signal: 'up' }] });
    monitor.start();
    await clock.advance(40_000);
    expect(told.filter((text) => !text.startsWith('new'))).toEqual(['polling', 'up SPY strong', 'up SPY long', 'down SPY long', 'down SPY strong', 'up SPY strong', 'up SPY long']);
    await monitor.close();
  });

  it('asks less and less often while the service fails, says that it is stale, and recovers', async () => {
    const source = new ScriptedSource({ id: 1 });
    const { clock, monitor, told } = make(source, { maxBackoffMs: 60_000 });
    monitor.start();
    await clock.settle();
    source.say(failure('IBKR_FLOW_UNAVAILABLE'));
    await clock.advance(10_000);
    expect(monitor.state).toMatchObject({ status: 'backingOff', failures: 1, stale: false });
    // 20 s, 40 s, 60 s, 60 s from here.
    await clock.advance(20_000);
    expect(monitor.state).toMatchObject({ failures: 2, stale: true, error: { code: 'IBKR_FLOW_UNAVAILABLE' }, nextAtMs: clock.now() + 40_000 });
    await clock.advance(40_000 + 60_000 + 60_000);
    expect(source.asked).toHaveLength(1 + 5);
    source.say({ id: 2 });
    await clock.advance(60_000);
    expect(told.filter((text) => !text.startsWith('failed'))).toEqual(['polling', 'new SPY 0.5 first', 'backingOff', 'backingOff stale', 'polling', 'new SPY 0.5']);
    expect(monitor.state).toMatchObject({ failures: 0, stale: false, error: undefined });
    await monitor.close();
  });

  it('says that it is stale, and about whom, when one ticker of two is not answered any more', async () => {
    const answers = new Map<string, Answer>([['SPY', { id: 1 }], ['QQQ', { id: 1 }]]);
    const source: PredictionSource = { latestPrediction: (ticker) => new ScriptedSource(answers.get(ticker) ?? {}).latestPrediction(ticker) };
    const { clock, monitor, told } = make(source, { tickers: ['SPY', 'QQQ'] });
    monitor.start();
    await clock.settle();
    expect(monitor.state).toMatchObject({ stale: false, staleTickers: [] });
    answers.set('SPY', failure('IBKR_FLOW_REFUSED'));
    await clock.advance(29_999);
    expect(monitor.state.stale).toBe(false);
    await clock.advance(1);
    expect(monitor.state).toMatchObject({ status: 'polling', stale: true, staleTickers: ['SPY'] });
    answers.set('SPY', { id: 2 });
    await clock.advance(10_000);
    expect(monitor.state).toMatchObject({ stale: false, staleTickers: [] });
    expect(told.filter((text) => text.startsWith('polling'))).toEqual(['polling', 'polling stale', 'polling']);
    await monitor.close();
    expect(clock.pending).toBe(0);
  });

  it('lets one ticker whose answers are broken not keep the others from theirs', async () => {
    const source: PredictionSource = { latestPrediction: (ticker) => new ScriptedSource(ticker === 'SPY' ? failure('IBKR_FLOW_ANSWER_INVALID') : { id: 1 }).latestPrediction(ticker) };
    const { clock, monitor, told } = make(source, { tickers: ['SPY', 'QQQ'] });
    monitor.start();
    await clock.advance(30_000);
    expect(told).toContain('new QQQ 0.5 first');
    expect(monitor.state).toMatchObject({ stale: true, staleTickers: ['SPY'] });
    await monitor.close();
  });

  it('leaves the service alone for as long as it asks', async () => {
    const source = new ScriptedSource(failure('IBKR_FLOW_RATE_LIMITED', 300_000), { id: 1 });
    const { clock, monitor, told } = make(source, { tickers: ['SPY', 'QQQ'] });
    monitor.start();
    await clock.advance(299_999);
    expect(source.asked).toEqual(['SPY']);
    await clock.advance(1);
    expect(source.asked).toEqual(['SPY', 'SPY', 'QQQ']);
    expect(told).toContain('backingOff stale');
    await monitor.close();
  });

  it('goes on with the others when the service refuses one ticker', async () => {
    const source = new ScriptedSource(failure('IBKR_FLOW_REFUSED'), { id: 1 });
    const { clock, monitor, told } = make(source, { tickers: ['XXX', 'spy', 'SPY'] });
    monitor.start();
    await clock.settle();
    expect(source.asked).toEqual(['XXX', 'SPY']);
    expect(told).toEqual(['failed XXX IBKR_FLOW_REFUSED', 'polling', 'new SPY 0.5 first']);
    await monitor.close();
  });

  it('stops when the key is not accepted, and says so for ever', async () => {
    const source = new ScriptedSource(failure('IBKR_FLOW_UNAUTHORISED'));
    const { clock, monitor, told } = make(source);
    monitor.start();
    await clock.advance(600_000);
    expect(source.asked).toHaveLength(1);
    expect(monitor.state).toMatchObject({ status: 'stopped', stale: true, error: { code: 'IBKR_FLOW_UNAUTHORISED' } });
    expect(told).toContain('stopped stale');
    await monitor.close();
    expect(clock.pending).toBe(0);
  });

  it('is not disturbed by a source that throws nonsense, and closes while it asks', async () => {
    const odd: PredictionSource = {
      latestPrediction: (_ticker, { signal }) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => {
            reject(new Error('closed'));
          });
        }),
    };
    const { clock, monitor, told } = make(odd);
    monitor.start();
    await clock.advance(30_000);
    await monitor.close();
    await monitor.close();
    expect(told).toEqual(['idle stale', 'closed stale']);
    expect(() => {
      monitor.start();
    }).toThrow(/closed/u);
    expect(clock.pending).toBe(0);
  });

  it.each<readonly [Partial<OptionsFlowMonitorOptions>, string]>([
    [{ tickers: [] }, 'tickers must be a list'],
    [{ tickers: ['SPY', ' '] }, 'tickers must be symbols'],
    [{ everyMs: 999 }, 'everyMs must be a number of milliseconds of at least 1000'],
    [{ maxBackoffMs: 9_999 }, 'maxBackoffMs must be a number of milliseconds of at least 10000'],
    [{ thresholds: [{ name: '', confidence: 1 }] }, 'thresholds[0].name must be a text'],
    [{ thresholds: [{ name: 'a', confidence: Number.NaN }] }, 'thresholds[0].confidence must be'],
    [{ thresholds: [{ name: 'a', confidence: 1 }, { name: 'a', confidence: 2 }] }, 'thresholds[1].name must be there once'],
  ])('refuses %j', (options, rule) => {
    expect(() => make(new ScriptedSource(), options)).toThrow(rule);
  });
});
